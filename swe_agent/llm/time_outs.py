"""How long a door waits for a server."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeOuts:
    """Seconds. `idle` is the longest silence between two pieces of an answer, and before its first."""

    connect: float = 10.0
    idle: float = 120.0
