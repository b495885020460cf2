"""Whether a finding is one that was made before, on another state of the same change.

What rules prove is known again by its fingerprint: path, rule, the text of its line, and which of several alike it is.
What a model says comes back in other words, with another quote from the same lines and now and then under another
heading: what no fingerprint joins is joined where a model says it of the same lines of the same file both times. Each
is joined with one at most.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from swe_agent.review.findings import Anchor, Finding, fingerprint

NEAR = 3
"""Lines between two findings of a model that may be one."""


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
    """In the order given. Which of several alike one is goes by where it stands. `text_of` gives the first line."""
    rows = list(findings)
    order = sorted(range(len(rows)), key=lambda at: (anchor.first if (anchor := rows[at][1]) else 0, at))
    alike: Counter[str] = Counter()
    found = [""] * len(rows)
    for at in order:
        finding, anchor = rows[at]
        text = (text_of(anchor) if anchor else None) or finding.message
        bare = fingerprint(finding.path, finding.rule, text, 0)
        found[at] = bare if not alike[bare] else fingerprint(finding.path, finding.rule, text, alike[bare])
        alike[bare] += 1
    return found


def matched(before: Sequence[Made], now: Sequence[Made]) -> Mapping[int, int]:
    """Places in `now` to places in `before`."""
    left: dict[str, list[int]] = {}
    for at, one in enumerate(before):
        left.setdefault(one.fingerprint, []).append(at)
    found: dict[int, int] = {}
    for at, one in enumerate(now):
        if left.get(one.fingerprint):
            found[at] = left[one.fingerprint].pop(0)
    rest = sorted(at for places in left.values() for at in places)
    pairs = sorted(
        (_distance(before[old], one), old, at)
        for at, one in enumerate(now)
        if at not in found
        for old in rest
        if _may_be_one(before[old], one)
    )
    taken = set(found.values())
    for _, old, at in pairs:
        if old not in taken and at not in found:
            found[at] = old
            taken.add(old)
    return found


def _may_be_one(before: Made, now: Made) -> bool:
    if not (before.is_from_model and now.is_from_model) or before.path != now.path or before.side != now.side:
        return False
    if not (before.first and now.first):
        return bool(before.symbol) and before.symbol == now.symbol and before.category == now.category
    is_alike = before.category == now.category or (bool(before.symbol) and before.symbol == now.symbol)
    return _gap(before, now) <= (NEAR if is_alike else -1)


def _gap(one: Made, other: Made) -> int:
    """Lines between two; below 0 where they share some."""
    return max(one.first, other.first) - min(one.last, other.last)


def _distance(before: Made, now: Made) -> tuple[bool, int]:
    return before.category != now.category, abs(before.first - now.first)
