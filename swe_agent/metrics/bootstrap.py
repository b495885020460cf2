"""Resampling of clusters, the same every time: nothing is left to chance, so that a figure is the same tomorrow."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from statistics import NormalDist
from typing import TypeVar

from swe_agent.metrics.interval import student_t

_MASK = (1 << 64) - 1
RESAMPLES = 999

Item = TypeVar("Item")


class SplitMix64:
    """Sixty-four bits at a time from a counter (G. L. Steele, D. Lea and C. H. Flood, "Fast splittable pseudorandom
    number generators", OOPSLA 2014). Not for secrets.

    >>> chance = SplitMix64(1234567)
    >>> [chance.next() for _ in range(2)]
    [6457827717110365317, 3203168211198807973]
    """

    def __init__(self, seed: int) -> None:
        self._state = seed & _MASK

    def next(self) -> int:
        self._state = (self._state + 0x9E3779B97F4A7C15) & _MASK
        mixed = self._state
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
        return mixed ^ (mixed >> 31)

    def sample(self, items: Sequence[Item]) -> list[Item]:
        """As many as there are, each drawn from all of them."""
        n = len(items)
        return [items[(self.next() * n) >> 64] for _ in range(n)]


def interval(
    arms: Sequence[Sequence[Item]], statistic: Callable[[Sequence[Sequence[Item]]], float | None], *, clusters: float
) -> tuple[float, float] | None:
    """The 95 % percentile interval of a statistic, each arm's clusters drawn anew; None where it cannot be computed for
    most draws. `clusters` is the number of those of even size in the smaller arm: with few of them, percentiles further
    out are taken (T. C. Hesterberg, "What teachers should know about the bootstrap", The American Statistician 69,
    2015, section 5.3)."""
    chance = SplitMix64(RESAMPLES)
    drawn = (statistic([chance.sample(arm) for arm in arms]) for _ in range(RESAMPLES))
    values = sorted(value for value in drawn if value is not None)
    if len(values) <= RESAMPLES // 2:
        return None
    few = max(2.0, clusters)
    tail = NormalDist().cdf(-math.sqrt(few / (few - 1)) * student_t(few - 1))
    return _at(values, tail), _at(values, 1 - tail)


def _at(values: Sequence[float], share: float) -> float:
    place = min(max(share * (len(values) + 1) - 1, 0.0), len(values) - 1.0)
    low = math.floor(place)
    high = min(low + 1, len(values) - 1)
    return values[low] + (place - low) * (values[high] - values[low])
