"""How long lines live: shares alive after a while, curves, what lines die of, and AI lines next to those of people.

A line is born when it comes to the default branch. It dies when it is deleted, reverted, or rewritten so far that
nothing of it is left; as written (`unchanged`) it ends already when a person edits it, which is at birth where that was
before the landing. Lines that were there before the records begin are in no cohort. What nobody attests is `unknown`,
a curve of its own, and never taken for human.

Curves are Kaplan and Meier's (JASA 53, 1958): lines that are younger count for as long as they have been seen. Lines of
one session or commit live and die together, so an interval is made from these: the influence that each cluster has on
the curve (the infinitesimal jackknife; R. L. Williams, "Product-limit survival functions with correlated survival
times", Lifetime Data Analysis 1, 1995) makes a pseudo-value of it, as if it had been seen to the end, and
`alike.of_lines` takes them as it takes any share of lines. Where nothing is censored they are the plain counts.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from itertools import groupby
from typing import Literal, NamedTuple

from swe_agent.core.evidence import Cause, Lives
from swe_agent.metrics.alike import of_lines
from swe_agent.metrics.interval import Estimate

HORIZONS = (1, 7, 30, 90)
"""Days."""
DAY = 86_400

Fate = Literal["unchanged", "ai", "human", "unknown"]
"""Which lines, and what their end is: `unchanged` are AI lines until somebody edits or ends them, `ai` the same lines
until they end."""
FATES: tuple[Fate, ...] = ("unchanged", "ai", "human", "unknown")
CAUSES: tuple[Cause, ...] = ("deleted", "rewritten", "rewritten by ai", "reverted")


class Stay(NamedTuple):
    """Lines of one cluster that were born together and seen for as long. There may be many, so it is a tuple."""

    cluster: str
    month: str
    """Of birth, as `2026-03`."""
    age: int
    """Seconds from birth to now, however long they lived."""
    seen: int
    """Seconds from birth to the end, or to now."""
    ended: bool
    lines: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """Of a curve: how many of the lines live longer than so many days; `at_risk` were seen alive for longer, in so many
    `clusters`."""

    days: float
    alive: Estimate
    at_risk: int
    clusters: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Death:
    """So many of the ended lines of a kind ended in this way; `dead` are all that ended."""

    kind: Literal["ai", "human", "unknown"]
    cause: Cause
    lines: int
    dead: int


def stays(lives: Iterable[Lives], fate: Fate, now: datetime) -> list[Stay]:
    """The cohort of `fate`: lines that have landed by `now`."""
    kind = "ai" if fate == "unchanged" else fate
    until = int(now.timestamp())
    found = []
    for one in lives:
        if one.kind != kind or not one.landed_at or not one.lines:
            continue
        born = seconds(one.landed_at)
        if born > until:
            continue
        end = seconds(one.ended_at) if one.ended_at else until + 1
        if fate == "unchanged" and one.edited_at:
            end = min(end, seconds(one.edited_at))
        ended = end <= until
        found.append(
            Stay(
                cluster=one.session or one.landed_at,
                month=one.landed_at[:7],
                age=until - born,
                seen=max(0, end - born) if ended else until - born,
                ended=ended,
                lines=one.lines,
            )
        )
    return found


@lru_cache(maxsize=100_000)
def seconds(at: str) -> int:
    """Since 1970; without a zone it is UTC. Commits share their moments, so most are asked for again."""
    moment = datetime.fromisoformat(at)
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def survival(cohort: Iterable[Stay], days: float) -> Estimate:
    """Of the lines that are at least so old, the share that lived longer. Nothing is censored here."""
    limit = days * DAY
    hits: defaultdict[str, int] = defaultdict(int)
    n: defaultdict[str, int] = defaultdict(int)
    for cluster, _, age, seen, ended, lines in cohort:
        if age >= limit:
            n[cluster] += lines
            if not ended or seen > limit:
                hits[cluster] += lines
    return of_lines((hits[cluster], n[cluster]) for cluster in n)


def curve(cohort: Sequence[Stay], days: Sequence[float]) -> tuple[Point, ...]:
    """Kaplan and Meier's estimate at so many days, in rising order; it ends where no line has been seen so long."""
    sweep = _Sweep(cohort)
    points = []
    for at in days:
        sweep.move_to(at * DAY)
        if not sweep.at_risk and not sweep.ends_at_nothing:
            break
        points.append(Point(days=at, alive=sweep.estimate(), at_risk=sweep.at_risk, clusters=sweep.clusters))
    return tuple(points)


class _Sweep:
    """Goes through the ends in order of time, and keeps for each cluster what its influence is made of.

    With Y lines at risk and d of them ending at a time, log S falls by log(1 - d/Y), and a cluster's influence on that
    is (its lines that end - its lines at risk * d/Y) / (Y - d). The second part is the same for all lines that are at
    risk, so a running sum of it is enough, and each line is looked at once.
    """

    def __init__(self, cohort: Sequence[Stay]) -> None:
        ordered = sorted(cohort, key=_leaves)
        self._times: Iterator[tuple[float, list[Stay]]] = (
            (time, list(group)) for time, group in groupby(ordered, key=_leaves)
        )
        self._next = next(self._times, None)
        self._risk: Counter[str] = Counter()
        for one in ordered:
            self._risk[one.cluster] += one.lines
        self._dead: Counter[str] = Counter()
        self._settled: defaultdict[str, float] = defaultdict(float)
        """Influence of lines that have left, but for their sign."""
        self._hazard = 0.0
        """The running sum of d / (Y (Y - d))."""
        self._alive = 1.0
        self.at_risk = sum(self._risk.values())

    @property
    def ends_at_nothing(self) -> bool:
        """Whether the last line was seen to end, so that the curve is known to stay at 0."""
        return self._alive == 0.0

    @property
    def clusters(self) -> int:
        """With lines at risk."""
        return sum(map(bool, self._risk.values()))

    def move_to(self, time: float) -> None:
        while self._next is not None and self._next[0] <= time:
            leaving = self._next[1]
            self._next = next(self._times, None)
            ending = sum(one.lines for one in leaving if one.ended)
            rest = self.at_risk - ending
            if ending:
                self._alive = self._alive * rest / self.at_risk if rest else 0.0
                self._hazard += ending / (self.at_risk * rest) if rest else 0.0
            for one in leaving:
                self._risk[one.cluster] -= one.lines
                self._settled[one.cluster] -= one.lines * self._hazard
                if one.ended:
                    self._dead[one.cluster] += one.lines
                    self._settled[one.cluster] += one.lines / rest if rest else 0.0
            self.at_risk -= sum(one.lines for one in leaving)

    def estimate(self) -> Estimate:
        known = {cluster: self._dead[cluster] + risk for cluster, risk in self._risk.items()}
        n = sum(known.values())
        alive = self._alive
        counts = []
        for cluster, lines in known.items():
            # At 0 and at 1 nothing has any influence; rounding must not make some.
            moved = self._settled[cluster] - self._risk[cluster] * self._hazard if 0.0 < alive < 1.0 else 0.0
            counts.append((alive * lines - n * alive * moved, lines))
        # The pseudo-values add up to that, but for rounding.
        return replace(of_lines(counts), hits=alive * n, value=alive if n else None)


def _leaves(one: Stay) -> float:
    """When it is not at risk any more. What was alive when last seen has outlived what ended at that moment."""
    return one.seen if one.ended else one.seen + 0.5


def causes(lives: Iterable[Lives], now: datetime) -> tuple[Death, ...]:
    """What lines of the cohorts have died of so far, by kind; causes that none died of are left out."""
    until = int(now.timestamp())
    found: defaultdict[Literal["ai", "human", "unknown"], Counter[Cause]] = defaultdict(Counter)
    for one in lives:
        if one.landed_at and one.ended_at and seconds(one.ended_at) <= until:
            found[one.kind][one.end] += one.lines
    return tuple(
        Death(kind=kind, cause=cause, lines=found[kind][cause], dead=found[kind].total())
        for kind in ("ai", "human", "unknown")
        for cause in (*CAUSES, "")
        if found[kind][cause]
    )
