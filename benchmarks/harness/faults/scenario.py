"""A scenario: what goes wrong, and the one way in which the program has to come out of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from benchmarks.harness.faults.doors import Door
from benchmarks.harness.faults.solver import Solver, solve
from swe_agent.core.message import ModelReply
from swe_agent.testing.dialects.faults import Step

Spoil = Callable[[ModelReply], Step]
"""What is sent in the place of the answer that the model had given."""
Stop = Literal["kill", "interrupt", "terminate"]
PLANS, FIRST, SECOND = 1, 2, 3
"""Requests of a job by number: the plan, then the editor's first two."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """`requests` are the least and the most questions; the server's own count, repetitions included. CPU is what a
    machine's load leaves alone; wall time is bounded too, loosely."""

    codes: tuple[int, ...]
    reasons: tuple[str, ...]
    requests: tuple[int, int]
    wall_s: float = 60.0
    cpu_s: float = 20.0
    usd: float = 0.05
    says: str = ""
    """Words of the error or its hint, without which a person would not know what to do."""
    waits_s: float = 0.0
    """The longest pause between two requests is at least this."""


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """`at` spoils answers by the number of the request, `every` all others. `stop` happens when request `stop_at`
    has come; a job that was stopped is taken up again by `resume`, which has its own outcome."""

    name: str
    door: Door
    outcome: Outcome
    at: Mapping[int, Spoil] = field(default_factory=dict)
    every: Spoil | None = None
    solver: Solver = solve
    options: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    listens: bool = True
    stop: Stop | None = None
    stop_at: int = 0
    stop_within_s: float = 0.0
    """So long after that request was answered; where it is 0, it never is."""
    resumed: Outcome | None = None
    resume_options: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        return f"{self.door.name}: {self.name}"


def instead(step: Step) -> Spoil:
    """The step, whatever the model had said."""
    return lambda _reply: step


def done(least: int = 5, most: int = 7, **more: object) -> Outcome:
    """A proposal, after so many requests."""
    return Outcome(codes=(0,), reasons=("proposed",), requests=(least, most), **more)  # type: ignore[arg-type]


def failed(least: int, most: int, says: str = "", **more: object) -> Outcome:
    """The environment lacks something: exit code 3."""
    return Outcome(codes=(3,), reasons=("failed",), requests=(least, most), says=says, **more)  # type: ignore[arg-type]
