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


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspected:
    """Where failing tests lead: definitions, the most suspicious first. `tests` are those that were traced, in
    `seconds`; `note` says why nothing is known."""

    suspects: tuple[Suspicion, ...] = ()
    tests: tuple[str, ...] = ()
    seconds: float = 0.0
    note: str = ""
