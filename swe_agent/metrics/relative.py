"""AI lines next to lines of people, of the same repository and the same months.

Raw survival says as much of the repository and its age as of who wrote the lines. So people's lines are weighted to the
months in which the AI lines landed (direct standardisation), and the answer is a ratio: 1.00 is as durable as people's.
AI lines count as alive when a person has edited them, because of people's lines nobody tells either.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from swe_agent.metrics.alike import of_lines
from swe_agent.metrics.interval import ENOUGH_CLUSTERS, ENOUGH_UNITS, Estimate
from swe_agent.metrics.survival import DAY, Stay

COVERED = 0.5
"""Of the AI lines at least so many must have landed in months in which people's lines landed too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    value: float
    low: float
    high: float | None
    """None where nothing bounds it from above."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Relative:
    """`ai` and `human` are of the months that have both; `human` is weighted by the AI lines of each month."""

    days: float
    ai: Estimate
    human: Estimate
    covered: float
    """The share of AI lines that landed in such months."""
    ratio: Ratio | None
    """None where there is not enough to compare."""
    missing: str = ""
    """What there is not enough of."""


def relative(ai: Sequence[Stay], human: Sequence[Stay], days: float) -> Relative:
    """Survival of AI lines over that of people's, of lines that are at least so old."""
    of_ai, of_people = _months(ai, days), _months(human, days)
    shared = sorted(of_ai.keys() & of_people.keys())
    everything = sum(month.n for month in of_ai.values())
    left = {month: of_ai[month] for month in shared}
    total = sum(one.n for one in left.values())
    weights = {month: one.n / total for month, one in left.items()}
    mine = of_lines(_standardised(left, weights))
    theirs = of_lines(_standardised({month: of_people[month] for month in shared}, weights))
    covered = total / everything if everything else 0.0
    missing = _missing(everything, mine, theirs, covered)
    return Relative(
        days=days,
        ai=mine,
        human=theirs,
        covered=covered,
        ratio=None if missing else ratio_of(mine, theirs),
        missing=missing,
    )


def _missing(all_ai: int, ai: Estimate, human: Estimate, covered: float) -> str:
    if all_ai < ENOUGH_UNITS:
        return f"AI lines (n = {all_ai}, {ENOUGH_UNITS} are needed)"
    for name, one in (("human", human), ("AI", ai)):
        if one.n < ENOUGH_UNITS:
            return f"{name} lines of the same months (n = {one.n:.0f}, {ENOUGH_UNITS} are needed)"
        if not one.enough:
            return f"independent {name} commits ({one.clusters}; {ENOUGH_CLUSTERS} of even size are needed)"
    if covered < COVERED:
        return f"months with both ({covered:.0%} of AI lines landed in one)".replace("%", " %")
    return "" if human.value else "human lines that are alive"


def ratio_of(above: Estimate, below: Estimate) -> Ratio | None:
    """Of two shares, its limits recovered from theirs on the scale of logarithms (G. Y. Zou and A. Donner,
    "Construction of confidence limits about effect measures", Statistics in Medicine 27, 2008): so it agrees with the
    two intervals that stand beside it, and holds where a share is 1. None where the lower share is 0 or unknown."""
    if above.value is None or not below.value or above.low is None or above.high is None:
        return None
    assert below.low is not None
    assert below.high is not None
    value = above.value / below.value
    if not above.value:
        return Ratio(value=0.0, low=0.0, high=above.high / below.low if below.low else None)
    down = math.hypot(_log(above.value, above.low), _log(below.high, below.value))
    up = math.hypot(_log(above.high, above.value), _log(below.value, below.low))
    return Ratio(value=value, low=value * math.exp(-down), high=value * math.exp(up) if math.isfinite(up) else None)


def _log(above: float, below: float) -> float:
    return math.log(above / below) if below else math.inf


@dataclass(frozen=True, slots=True, kw_only=True)
class _Month:
    hits: Mapping[str, int]
    """By cluster."""
    lines: Mapping[str, int]

    @property
    def n(self) -> int:
        return sum(self.lines.values())

    @property
    def value(self) -> float:
        return sum(self.hits.values()) / self.n


def _months(cohort: Iterable[Stay], days: float) -> dict[str, _Month]:
    limit = days * DAY
    hits: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    lines: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    for cluster, month, age, seen, ended, n in cohort:
        if age >= limit:
            lines[month][cluster] += n
            if not ended or seen > limit:
                hits[month][cluster] += n
    return {month: _Month(hits=hits[month], lines=lines[month]) for month in lines}


def _standardised(months: Mapping[str, _Month], weights: Mapping[str, float]) -> list[tuple[float, float]]:
    """Clusters as they weigh in the weighted share. How many lines that is worth falls as the weights are uneven; what
    a cluster adds to the variance is its distance from the share of its own month."""
    if not months:
        return []
    worth = 1 / sum(weights[month] ** 2 / one.n for month, one in months.items())
    share = sum(weights[month] * one.value for month, one in months.items())
    counts: defaultdict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for month, one in months.items():
        scale, off = worth * weights[month] / one.n, share - one.value
        for cluster, lines in one.lines.items():
            count = counts[cluster]
            count[0] += scale * (one.hits.get(cluster, 0) + off * lines)
            count[1] += scale * lines
    return [(hits if 0 < share < 1 else n * share, n) for hits, n in counts.values()]
