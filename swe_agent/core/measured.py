"""What a benchmark said of two trees, taken in turns. Pure.

Runs come in pairs, one on each tree right after the other, so that what disturbs the machine for longer than a pair
disturbs both. What counts is the ratio of each pair: its geometric mean, with Student's interval of the logarithms
(95 %). An effect is one that the interval does not let be 1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

_T95 = (
    *(12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228),
    *(2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086),
    *(2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042),
)
"""Student's t for 97.5 %, of 1 to 30 degrees of freedom; beyond, the last is taken, which errs on the safe side."""
LEAST = 3
"""Pairs, below which there is no interval worth the name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Pairs of figures, `before[i]` and `after[i]` taken one after the other; less is better. `command` gave them."""

    command: str
    before: tuple[float, ...]
    after: tuple[float, ...]
    unit: str = "s"

    @property
    def ratio(self) -> float:
        """After to before: 0.8 is a fifth less."""
        from statistics import fmean  # every job may hold such a value, and few are looked at

        return math.exp(fmean(self._logs))

    @property
    def interval(self) -> tuple[float, float]:
        logs = self._logs
        if len(logs) < LEAST:
            return 0.0, math.inf
        from statistics import fmean, stdev

        middle = fmean(logs)
        spread = _T95[min(len(logs) - 1, len(_T95)) - 1] * stdev(logs) / math.sqrt(len(logs))
        return math.exp(middle - spread), math.exp(middle + spread)

    @property
    def word(self) -> Literal["better", "worse", "within the noise"]:
        low, high = self.interval
        return "better" if high < 1 else "worse" if low > 1 else "within the noise"

    @property
    def _logs(self) -> list[float]:
        return [math.log(new / old) for old, new in zip(self.before, self.after, strict=True)]

    def __str__(self) -> str:
        from statistics import median

        low, high = self.interval
        return (
            f"{median(self.before):.4g} {self.unit} before, {median(self.after):.4g} {self.unit} after: "
            f"{self.ratio:.3f} times, 95 % interval {low:.3f} to {high:.3f}, {len(self.before)} pairs"
        )
