"""How much of the code AI wrote: of what is there, and of what was added.

Four classes add up to all effective lines: `ai`, `ai_edited`, `human` where that is attested, and `unknown`, which is
never counted as human. Lines of one session or commit come together, so intervals are clustered by these. What was
there before the records begin is counted, and cannot come out otherwise: it does not vary.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from swe_agent.core.evidence import LineKind, Lives
from swe_agent.metrics.alike import of_lines
from swe_agent.metrics.interval import ENOUGH_UNITS, Estimate
from swe_agent.metrics.survival import seconds

CLASSES: tuple[LineKind, ...] = ("ai", "ai_edited", "human", "unknown")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """`group` is a month, a language, a model; the four classes are of `n` lines, `made` are `ai` and `ai_edited`."""

    group: str
    n: int
    ai: Estimate
    ai_edited: Estimate
    human: Estimate
    unknown: Estimate
    made: Estimate

    def of(self, kind: LineKind) -> Estimate:
        return {"ai": self.ai, "ai_edited": self.ai_edited, "human": self.human, "unknown": self.unknown}[kind]


Key = Callable[[Lives], str]


def everything(_: Lives) -> str:
    return "all"


def language(one: Lives) -> str:
    return one.language or "unknown"


def month(one: Lives) -> str:
    """As `2026-03`; empty for what was there before the records begin."""
    return one.landed_at[:7]


def share_at_head(lives: Iterable[Lives], now: datetime, key: Key = everything) -> tuple[Shares, ...]:
    """Of the lines that live now, in the order of the groups."""
    until = int(now.timestamp())
    return _shares(
        (key(one), _class(one, until), one)
        for one in lives
        if (not one.landed_at or seconds(one.landed_at) <= until)
        and (not one.ended_at or seconds(one.ended_at) > until)
    )


def share_added(lives: Iterable[Lives], now: datetime, *, since: str = "", key: Key = everything) -> tuple[Shares, ...]:
    """Of the lines that landed from the day `since` on, whatever has become of them: their class is that of the moment
    when they landed. What was moved, renamed or reformatted was not added."""
    until, start = int(now.timestamp()), seconds(since) if since else 0
    return _shares(
        (key(one), _class(one, seconds(one.landed_at)), one)
        for one in lives
        if one.landed_at and start <= seconds(one.landed_at) <= until
    )


def _class(one: Lives, at: int) -> LineKind:
    """Of an AI line at a moment, in seconds since 1970."""
    return "ai_edited" if one.kind == "ai" and one.edited_at and seconds(one.edited_at) <= at else one.kind


_PLACES = {kind: place for place, kind in enumerate(CLASSES)}


def _shares(lines: Iterable[tuple[str, LineKind, Lives]]) -> tuple[Shares, ...]:
    """Lines by group, cluster and place in CLASSES."""
    groups: defaultdict[str, defaultdict[str, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0, 0, 0]))
    for group, kind, one in lines:
        groups[group][one.session or one.landed_at][_PLACES[kind]] += one.lines
    return tuple(_row(group, groups[group]) for group in sorted(groups))


def _row(group: str, clusters: dict[str, list[int]]) -> Shares:
    fixed = clusters.pop("", [0, 0, 0, 0])
    totals = [sum(counts) for counts in clusters.values()]

    def share(*kinds: LineKind) -> Estimate:
        places = [_PLACES[kind] for kind in kinds]
        hits = [sum([counts[place] for place in places]) for counts in clusters.values()]
        return _beside(of_lines(zip(hits, totals, strict=True)), sum(fixed[place] for place in places), sum(fixed))

    return Shares(
        group=group,
        n=sum(totals) + sum(fixed),
        ai=share("ai"),
        ai_edited=share("ai_edited"),
        human=share("human"),
        unknown=share("unknown"),
        made=share("ai", "ai_edited"),
    )


def _beside(estimate: Estimate, hits: int, n: int) -> Estimate:
    """The same with lines beside it that do not vary."""
    total = estimate.n + n
    if not n or not total:
        return estimate
    known = estimate.n / total

    def scaled(share: float | None) -> float:
        return (share or 0.0) * known + hits / total

    return replace(
        estimate,
        hits=estimate.hits + hits,
        n=total,
        value=scaled(estimate.value),
        low=scaled(estimate.low),
        high=scaled(estimate.high),
        method=f"{estimate.method}, and {n:,} lines from before the records" if estimate.method else "all counted",
        enough=estimate.enough or (not estimate.n and n >= ENOUGH_UNITS),
    )
