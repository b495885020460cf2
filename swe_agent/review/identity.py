"""Whether a finding is one that was made before, on another state of the same change.

What rules prove is known again by its fingerprint: path, rule, the text of its line, and which of several alike it is.
Which one that is changes with what comes and goes above it, so of several alike those are joined whose lines are the
same now, where that is known. What a model says comes back in other words, with another quote and now and then under
another heading: it is joined where a model says something of about the same lines both times. Each is joined with one
at most.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from swe_agent.review.findings import Anchor, Finding, fingerprint

MODEL = "model"
NEAR = 6
"""Lines between two findings of a model that may be one: what it quotes may begin three too high and then three too
low."""


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
    is_said = now.is_from_model and before.side == now.side
    if is_said and is_placed and (gap := _gap(before, now)) <= NEAR:
        return 1, max(gap, 0) + apart, is_other
    if is_alike:
        return (2 if before.fingerprint == now.fingerprint else 3), apart, is_other
    if is_said and not is_placed and before.symbol == now.symbol != "":
        return 4, 0, is_other
    return None


def _gap(one: Made, other: Made) -> int:
    """Lines from one to the other; 0 or less where they share some."""
    return max(one.first, other.first) - min(one.last, other.last)
