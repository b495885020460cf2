"""Two models, prompts, formats or languages side by side: who is accepted more, the work being the same.

Who gets the easier work looks better. So what is judged is the difference of standardised rates: the rate of each arm
in each language and kind of task, weighed by how often both arms together met it. The plain difference stands beside
it, with a warning where the two point in different directions.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from swe_agent.metrics import bootstrap
from swe_agent.metrics.interval import ENOUGH_CLUSTERS, ENOUGH_UNITS, ClusterSums, Estimate, clustered, student_t

ONE_STRATUM = 0.6
"""Share of all units; where one stratum holds more, the others hardly count."""
MOST_RESAMPLED = 1000
"""Clusters of both arms; of more, the linearised variance comes to the same, and sooner."""

Verdict = Literal["first", "second", "none", "not enough data"]
"""Which arm is higher; `none`: no difference can be claimed."""
Counts = tuple[int, int]
"""Hits and units."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterRow:
    """Of one cluster, what it holds of one stratum."""

    arm: str
    cluster: str
    stratum: str
    hits: int
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Of the first arm's rate less the second's; None where the two have nothing in common."""

    value: float | None
    low: float | None = None
    high: float | None = None
    method: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stratum:
    """`weight` is its share of what both arms met; None where only one of them did, so that it is left out."""

    name: str
    first: Counts
    second: Counts
    weight: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    arms: tuple[str, str]
    rates: tuple[Estimate, Estimate]
    standardised: tuple[float | None, float | None]
    plain: Difference
    adjusted: Difference
    strata: tuple[Stratum, ...]
    """Those with most units first."""
    verdict: Verdict
    turned: bool
    """The plain and the adjusted difference point in different directions: Simpson's paradox."""
    one_sided: str
    """The stratum that holds most of all; empty where none does."""
    left_out: float
    """The share of units in strata that only one arm met."""


Cluster = Mapping[str, Counts]
"""By stratum."""


def compare(rows: Iterable[ClusterRow], first: str, second: str) -> Comparison:
    clusters: dict[str, defaultdict[str, dict[str, Counts]]] = {first: defaultdict(dict), second: defaultdict(dict)}
    for row in rows:
        clusters[row.arm][row.cluster][row.stratum] = (row.hits, row.n)
    arms = (list(clusters[first].values()), list(clusters[second].values()))
    strata = _strata(*map(_by_stratum, arms))
    weights = {one.name: one.weight for one in strata if one.weight is not None}
    sums = tuple(_sums(arm) for arm in arms)
    rates = (clustered(sums[0], "blocks"), clustered(sums[1], "blocks"))
    standard = tuple(_standardised(_by_stratum(arm), weights) for arm in arms)
    plain = _plain(arms, rates, sums)
    adjusted = _adjusted(arms, weights, sums) if len(weights) > 1 or len(strata) > 1 else plain
    total = sum(one.n for one in sums)
    kept = sum(one.first[1] + one.second[1] for one in strata if one.weight is not None)
    top = max(weights, key=lambda name: weights[name], default="")
    return Comparison(
        arms=(first, second),
        rates=rates,
        standardised=(standard[0], standard[1]),
        plain=plain,
        adjusted=adjusted,
        strata=strata,
        verdict=_verdict(adjusted, sums),
        turned=bool(plain.value and adjusted.value and plain.value * adjusted.value < 0),
        one_sided=top if len(weights) > 1 and weights[top] > ONE_STRATUM else "",
        left_out=1 - kept / total if total else 0.0,
    )


def _sums(arm: Iterable[Cluster]) -> ClusterSums:
    found = ClusterSums()
    for cluster in arm:
        found += ClusterSums.one(sum(h for h, _ in cluster.values()), sum(n for _, n in cluster.values()))
    return found


def _by_stratum(arm: Iterable[Cluster]) -> dict[str, Counts]:
    found: dict[str, Counts] = {}
    for cluster in arm:
        for name, (hits, n) in cluster.items():
            before = found.get(name, (0, 0))
            found[name] = (before[0] + hits, before[1] + n)
    return found


def _strata(first: Mapping[str, Counts], second: Mapping[str, Counts]) -> tuple[Stratum, ...]:
    both = {name for name in first.keys() & second.keys() if first[name][1] and second[name][1]}
    total = sum(first[name][1] + second[name][1] for name in both)
    found = [
        Stratum(
            name=name,
            first=(one := first.get(name, (0, 0))),
            second=(other := second.get(name, (0, 0))),
            weight=(one[1] + other[1]) / total if name in both else None,
        )
        for name in sorted(first.keys() | second.keys())
    ]
    return tuple(sorted(found, key=lambda stratum: -(stratum.first[1] + stratum.second[1])))


def _standardised(counts: Mapping[str, Counts], weights: Mapping[str, float]) -> float | None:
    """The rate with the pooled mix. None without strata in common, or where a draw has lost one of them altogether."""
    met = {name: weight for name, weight in weights.items() if counts.get(name, (0, 0))[1]}
    share = sum(met.values())
    if not met or share < ONE_STRATUM:
        return None
    return sum(weight * counts[name][0] / counts[name][1] for name, weight in met.items()) / share


def _plain(
    arms: Sequence[Sequence[Cluster]], rates: tuple[Estimate, Estimate], sums: Sequence[ClusterSums]
) -> Difference:
    if rates[0].value is None or rates[1].value is None:
        return Difference(value=None)
    value = rates[0].value - rates[1].value
    if any(one.hits in (0, one.n) for one in sums):
        return _newcombe(rates, value)
    everything = {"": 1.0}
    together = [[{"": _total(cluster)} for cluster in arm] for arm in arms]
    return _interval(together, everything, value, sums)


def _total(cluster: Cluster) -> Counts:
    return sum(h for h, _ in cluster.values()), sum(n for _, n in cluster.values())


def _adjusted(
    arms: Sequence[Sequence[Cluster]], weights: Mapping[str, float], sums: Sequence[ClusterSums]
) -> Difference:
    rates = [_standardised(_by_stratum(arm), weights) for arm in arms]
    if rates[0] is None or rates[1] is None:
        return Difference(value=None)
    value = rates[0] - rates[1]
    if any(one.hits in (0, one.n) for one in sums):
        return _newcombe((clustered(sums[0], "blocks"), clustered(sums[1], "blocks")), value)
    return _interval(arms, weights, value, sums)


def _newcombe(rates: tuple[Estimate, Estimate], value: float) -> Difference:
    """From the intervals of the two rates (R. G. Newcombe, Statistics in Medicine 17, 1998, method 10): an arm in which
    all or nothing was a hit has nothing to resample."""
    (a, b) = rates
    assert a.value is not None
    assert a.low is not None
    assert a.high is not None
    assert b.value is not None
    assert b.low is not None
    assert b.high is not None
    low = value - math.hypot(a.value - a.low, b.high - b.value)
    high = value + math.hypot(a.high - a.value, b.value - b.low)
    return Difference(value=value, low=max(-1.0, low), high=min(1.0, high), method="Newcombe, clustered by proposal")


def _interval(
    arms: Sequence[Sequence[Cluster]], weights: Mapping[str, float], value: float, sums: Sequence[ClusterSums]
) -> Difference:
    even = min(one.even_clusters for one in sums)
    if sum(map(len, arms)) > MOST_RESAMPLED:
        spread = student_t(max(1.0, even - 1)) * math.sqrt(sum(_variance(arm, weights) for arm in arms))
        return Difference(value=value, low=value - spread, high=value + spread, method="linearised, by proposal")

    def statistic(drawn: Sequence[Sequence[Cluster]]) -> float | None:
        one, other = (_standardised(_by_stratum(arm), weights) for arm in drawn)
        return None if one is None or other is None else one - other

    found = bootstrap.interval(arms, statistic, clusters=even)
    if found is None:
        return Difference(value=value)
    return Difference(value=value, low=found[0], high=found[1], method="bootstrap by proposal")


def _variance(arm: Sequence[Cluster], weights: Mapping[str, float]) -> float:
    """Of a standardised rate: the sum over clusters of the squares of what each moves it by."""
    counts = _by_stratum(arm)
    rates = {name: counts[name][0] / counts[name][1] for name in weights if counts.get(name, (0, 0))[1]}
    moved = (
        sum(
            weights[name] * (hits - rates[name] * n) / counts[name][1]
            for name, (hits, n) in cluster.items()
            if name in rates
        )
        for cluster in arm
    )
    return len(arm) / max(1, len(arm) - 1) * sum(one * one for one in moved)


def _verdict(difference: Difference, sums: Sequence[ClusterSums]) -> Verdict:
    too_few = any(one.n < ENOUGH_UNITS or one.clusters < ENOUGH_CLUSTERS for one in sums)
    if too_few or difference.low is None or difference.high is None:
        return "not enough data"
    if difference.low > 0:
        return "first"
    return "second" if difference.high < 0 else "none"
