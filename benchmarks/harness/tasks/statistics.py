"""Rates, their intervals, and whether two agents differ on the same tasks. Plain Python, exact where that is cheap."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    low: float
    high: float


def wilson(successes: int, of: int, z: float = 1.959963984540054) -> Interval:
    """The 95 % interval of a rate.

    >>> interval = wilson(5, 10)
    >>> round(interval.low, 4), round(interval.high, 4)
    (0.2366, 0.7634)
    """
    if not of:
        return Interval(low=0.0, high=1.0)
    rate = successes / of
    middle = (rate + z * z / (2 * of)) / (1 + z * z / of)
    half = z / (1 + z * z / of) * math.sqrt(rate * (1 - rate) / of + z * z / (4 * of * of))
    return Interval(low=max(0.0, middle - half), high=min(1.0, middle + half))


def mcnemar(only_first: int, only_second: int) -> float:
    """The two-sided exact probability that tasks which only one of two agents resolves part so unevenly by chance.

    >>> round(mcnemar(1, 8), 6), mcnemar(3, 3), mcnemar(0, 0)
    (0.039062, 1.0, 1.0)
    """
    differing = only_first + only_second
    tail = sum(math.comb(differing, at) for at in range(min(only_first, only_second) + 1)) / 2**differing
    return min(1.0, 2 * tail)


def clustered(outcomes: Mapping[str, Sequence[bool]], *, times: int = 5000, seed: int = 1) -> Interval:
    """The 95 % interval of a rate by drawing whole repositories again: tasks of one are no independent ones."""
    names = sorted(outcomes)
    if not names:
        return Interval(low=0.0, high=1.0)
    chance = random.Random(seed)
    rates = []
    for _ in range(times):
        drawn = [one for name in chance.choices(names, k=len(names)) for one in outcomes[name]]
        rates.append(sum(drawn) / len(drawn))
    rates.sort()
    return Interval(low=rates[int(0.025 * times)], high=rates[min(times - 1, int(0.975 * times))])


def quantile(values: Sequence[float], share: float) -> float:
    """Between the two nearest.

    >>> quantile([1.0, 2.0, 3.0, 4.0], 0.5)
    2.5
    """
    ordered = sorted(values)
    if not ordered:
        return 0.0
    place = (len(ordered) - 1) * share
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)
