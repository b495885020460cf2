"""What others still call, and the change has taken away, or made to be called in another way."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from swe_agent.core.source import Symbol
from swe_agent.review.change import Mention, Reviewed
from swe_agent.review.findings import Anchor, Finding, Severity
from swe_agent.review.signals.arity import Parameters, call_at, parameters
from swe_agent.review.signals.callers import callers, told
from swe_agent.review.signals.definitions import Changed, Definitions, called

HEAD = 12
"""Lines of a function that its parameters may take."""
MANY = 3
"""Findings of one file that are told apart."""


def findings(change: Reviewed) -> Iterator[Finding]:
    definitions = change.once(Definitions)
    gone = [(one, found) for one in definitions.gone if (found := callers(change, one))]
    for _, group in groupby(gone, key=_path):
        rows = list(group)
        yield from [_many_gone(rows)] if len(rows) > MANY else [_gone(one, found) for one, found in rows]
    for one in definitions.resigned:
        assert one.old is not None
        assert one.new is not None
        before = parameters(change, "left", one.file, one.old)
        after = parameters(change, "right", one.file, one.new)
        if before is None or after is None or before == after or not _is_stricter(one.new, before, after):
            continue
        stale = [mention for mention in callers(change, one) if _is_stale(change, mention, one.new, before, after)]
        if stale:
            yield _resigned(one, stale)


def _path(row: tuple[Changed, list[Mention]]) -> str:
    return row[0].file.path


def _is_stricter(new: Symbol, before: Parameters, after: Parameters) -> bool:
    """JavaScript lets any function be called with more, or with less."""
    return new.language != "javascript" or after.least > before.least


def _is_stale(change: Reviewed, mention: Mention, new: Symbol, before: Parameters, after: Parameters) -> bool:
    """A call that fits as the function was, and does not fit as it is: any other is of something else."""
    call = call_at(change, mention, called(new))
    return call is not None and before.fit(call) and not after.fit(call)


def _gone(one: Changed, found: list[Mention]) -> Finding:
    symbol = one.symbol
    return Finding(
        rule="api/removed",
        severity=Severity.HIGH,
        message=f"The {symbol.kind} `{symbol.name}` is gone, but something still uses it.",
        detail=f"No file defines it any more. It is still used at {told(found)}.",
        category="api",
        path=one.file.path,
        anchor=Anchor(one.file.path, "left", symbol.span.start, symbol.span.start),
        symbol=symbol.qualified,
        confidence=0.9,
    )


def _many_gone(rows: list[tuple[Changed, list[Mention]]]) -> Finding:
    """Of one file; what is to be done is the same for all of them."""
    first, _ = rows[0]
    said = "".join(f"\n- `{one.symbol.name}` at {told(found, 2)}" for one, found in rows)
    return Finding(
        rule="api/removed",
        severity=Severity.HIGH,
        message=f"{len(rows)} definitions of this file are gone, but something still uses them.",
        detail=f"No file defines them any more. They are still used:\n{said}",
        category="api",
        path=first.file.path,
        anchor=Anchor(first.file.path, "left", first.symbol.span.start, first.symbol.span.start),
        confidence=0.9,
    )


def _resigned(one: Changed, stale: list[Mention]) -> Finding:
    assert one.new is not None
    symbol = one.new
    first = symbol.span.start
    head = range(first, min(first + HEAD, symbol.span.end + 1))
    line = next((row.new for row in one.file.changed("right") if row.new in head), first)
    return Finding(
        rule="api/signature",
        severity=Severity.HIGH,
        message=f"`{symbol.name}` takes other arguments than before, but something still calls it as it was.",
        detail=f"It is now `{symbol.signature}`. It is called as before at {told(stale)}.",
        category="api",
        path=one.file.path,
        anchor=Anchor(one.file.path, "right", line, line),
        symbol=symbol.qualified,
        confidence=0.9,
    )
