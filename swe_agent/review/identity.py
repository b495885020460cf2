"""Whether a finding is one that was made before, on another state of the same change.

What rules prove is known again by its fingerprint: path, rule, the text of its line, and which of several alike it is.
Which one that is changes with what comes and goes above it, so of several alike those are joined whose lines are the
same now, where that is known. What a model says comes back in other words, with another quote and now and then under
another heading: it is joined where a model says something of about the same lines both times. A platform forgets where
a line was that has changed since; then the others of the quote tell. Each is joined with one at most.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from swe_agent.review.findings import Anchor, Finding, Told, fingerprint

MODEL = "model"
NEAR = 6
"""Lines between two findings of a model that may be one: what it quotes may begin three too high and then three too
low."""

SIGNS, LEAST = 12, 8
"""Lines of a finding that are kept signs of, and letters that a line must have to be told from others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A finding as far as it is kept where it was posted. `first` and `last` are its lines in the head of now, or 0
    where nobody knows; those of `side` left are the base's."""

    fingerprint: str
    path: str
    rule: str = ""
    category: str = ""
    symbol: str = ""
    side: str = "right"
    first: int = 0
    last: int = 0
    is_from_model: bool = False
    signs: tuple[str, ...] = ()


def told_of(rows: Sequence[tuple[Finding, Anchor | None]], text_of: Callable[[Anchor], str | None]) -> list[Told]:
    """In the order given. `text_of` gives the first line of an anchor."""
    marks = fingerprints(rows, text_of)
    return [
        Told(finding, anchor, mark, _signs(anchor, text_of) if finding.is_from_model and anchor else ())
        for (finding, anchor), mark in zip(rows, marks, strict=True)
    ]


def _signs(anchor: Anchor, text_of: Callable[[Anchor], str | None]) -> tuple[str, ...]:
    texts = (text_of(replace(anchor, first=line)) for line in range(anchor.first, anchor.last + 1))
    words = (text.strip() for text in texts if text is not None)
    return tuple(_sign(text) for text in words if sum(map(str.isalnum, text)) >= LEAST)[:SIGNS]


def _sign(text: str) -> str:
    """One of 65,536: among the few lines that are compared none is taken for another."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:4]


def fingerprints(
    findings: Iterable[tuple[Finding, Anchor | None]], text_of: Callable[[Anchor], str | None]
) -> list[str]:
    """In the order given. Which of several alike one is goes by where it stands, and is told by the last letters: the
    others are the same for all of them. `text_of` gives the first line."""
    rows = list(findings)
    order = sorted(range(len(rows)), key=lambda at: (anchor.first if (anchor := rows[at][1]) else 0, at))
    alike: Counter[str] = Counter()
    found = [""] * len(rows)
    for at in order:
        finding, anchor = rows[at]
        text = (text_of(anchor) if anchor else None) or finding.message
        # What a model calls the same fault changes from one time to the next.
        rule = MODEL if finding.is_from_model else finding.rule
        stem = fingerprint(finding.path, rule, text)
        found[at] = f"{stem}{alike[stem]:04x}"
        alike[stem] += 1
    return found


def _stem(print_: str) -> str:
    return print_[:16]


def matched(before: Sequence[Made], now: Sequence[Made]) -> Mapping[int, int]:
    """Places in `now` to places in `before`. The surest pairs are joined first."""
    pairs = sorted(
        (cost, old, at) for at, old in _candidates(before, now) if (cost := _cost(before[old], now[at])) is not None
    )
    found: dict[int, int] = {}
    taken: set[int] = set()
    for _, old, at in pairs:
        if old not in taken and at not in found:
            found[at] = old
            taken.add(old)
    return found


def _candidates(before: Sequence[Made], now: Sequence[Made]) -> Iterator[tuple[int, int]]:
    """Those alike, and of a model those of the same file."""
    known: dict[tuple[bool, str], list[int]] = {}
    for at, one in enumerate(before):
        known.setdefault(_group(one), []).append(at)
    for at, one in enumerate(now):
        for old in known.get(_group(one), ()):
            yield at, old


def _group(one: Made) -> tuple[bool, str]:
    return one.is_from_model, one.path if one.is_from_model else _stem(one.fingerprint)


def _cost(before: Made, now: Made) -> tuple[int, int, bool] | None:
    """The less, the surer that it is the same finding; None where it cannot be."""
    is_alike = _stem(before.fingerprint) == _stem(now.fingerprint)
    is_other = before.category != now.category
    is_placed = bool(before.first and now.first)
    apart = abs(before.last - now.last) if is_placed else 0
    if is_alike and is_placed and not apart:
        return 0, 0, is_other
    if not now.is_from_model:
        return ((2 if before.fingerprint == now.fingerprint else 3), apart, is_other) if is_alike else None
    is_same_side, is_within = before.side == now.side, before.symbol == now.symbol
    if is_same_side and is_placed and (gap := _gap(before, now)) <= NEAR:
        return 1, max(gap, 0) + apart, is_other
    shared = len({*before.signs} & {*now.signs}) if is_same_side else 0
    if is_within and (is_alike or shared):
        return (2 if is_alike else 3), apart - shared, is_other
    if is_within and now.symbol and is_same_side and (not is_placed or gap <= 2 * NEAR):
        return 4, apart, is_other
    if is_alike or (shared and not is_placed):
        return (5 if is_alike else 6), apart - shared, is_other
    return None


def _gap(one: Made, other: Made) -> int:
    """Lines from one to the other; 0 or less where they share some."""
    return max(one.first, other.first) - min(one.last, other.last)
