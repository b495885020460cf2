"""Times from shown to decided, kept as a histogram whose buckets add up, and percentiles of it with their intervals."""

from __future__ import annotations

import math
from collections.abc import Sequence

from swe_agent.metrics.interval import wilson

STEPS = 8
"""Buckets for each doubling: one is 9 % wide."""


def bucket(seconds: float) -> int:
    """
    >>> bucket(0), bucket(1), bucket(2), bucket(3600)
    (0, 0, 8, 94)
    """
    return math.floor(STEPS * math.log2(max(1.0, seconds)))


def percentile(histogram: Sequence[tuple[int, int]], share: float) -> float:
    """Seconds below which this share of what is counted lies. `histogram` has buckets, in order, with their counts."""
    left = share * sum(n for _, n in histogram)
    for place, n in histogram:
        if left <= n:
            return float(2 ** ((place + left / n) / STEPS))
        left -= n
    return float(2 ** ((histogram[-1][0] + 1) / STEPS))


def percentile_interval(histogram: Sequence[tuple[int, int]], share: float, worth: float) -> tuple[float, float]:
    """Of 95 %: the percentiles at the ends of the interval of the share (R. S. Woodruff, JASA 47, 1952). `worth` is how
    many independent times the counted ones are."""
    low, high = wilson(share * worth, worth)
    return percentile(histogram, low), percentile(histogram, high)
