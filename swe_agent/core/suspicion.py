"""Where a fault may lie, before any model is asked."""

from __future__ import annotations

from dataclasses import dataclass

from swe_agent.core.source import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspicion:
    """`score` is 0 to 1, comparable within one ranking only; `reasons` say what spoke for it."""

    path: str
    span: Span
    score: float
    reasons: tuple[str, ...]
