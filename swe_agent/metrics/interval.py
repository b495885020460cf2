"""Intervals for shares."""

from __future__ import annotations

import math
from dataclasses import dataclass

Z95 = 1.959963984540054
"""The 97.5 % point of the normal distribution: 95 % lie between its negative and itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """`hits` of `n`, with Wilson's 95 % score interval. Without cases there is no share and no interval."""

    hits: int
    n: int

    @property
    def value(self) -> float | None:
        return self.hits / self.n if self.n else None

    @property
    def interval(self) -> tuple[float, float] | None:
        return wilson(self.hits, self.n) if self.n else None


def wilson(hits: int, n: int, z: float = Z95) -> tuple[float, float]:
    """Wilson's score interval (E. B. Wilson, "Probable Inference", JASA 22, 1927), without continuity correction.

    >>> low, high = wilson(8, 10)
    >>> round(low, 4), round(high, 4)
    (0.4902, 0.9433)
    """
    if not 0 <= hits <= n or n == 0:
        raise ValueError(f"{hits} of {n} is no share")
    p = hits / n
    middle = p + z * z / (2 * n)
    spread = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    # At the ends the bound is exact; floating point would miss it by a hair, and leave the share itself outside.
    return (middle - spread) / scale if hits else 0.0, (middle + spread) / scale if hits < n else 1.0
