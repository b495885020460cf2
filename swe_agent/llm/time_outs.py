"""How long a door waits for a server."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

Left = Callable[[], float]
"""Seconds that a job still has; endless where it has no limit."""


def endless() -> float:
    return math.inf


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeOuts:
    """Seconds. `idle` is the longest silence between two pieces of an answer, and before its first."""

    connect: float = 10.0
    idle: float = 120.0
    left: Left = endless

    @property
    def silence(self) -> float:
        """The longest silence that may still be waited for."""
        return max(0.5, min(self.idle, self.left()))
