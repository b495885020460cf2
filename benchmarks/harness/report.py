"""Goals, floors, and how a benchmark ends."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from benchmarks.harness.measure import machine

DATA_MISSING = 3


@dataclass(frozen=True, kw_only=True)
class Goal:
    """`holds` judges the floor, or the goal where there is none; None where a quick run has too little to judge by."""

    goal: float
    value: float | None
    floor: float | None = None
    holds: bool | None = None


def at_most(goal: float, value: float | None, *, floor: float | None = None, judge: bool = True) -> Goal:
    """A goal for a figure that should be small. A smoke run has too little to judge by."""
    limit = goal if floor is None else floor
    return Goal(goal=goal, floor=floor, value=value, holds=value <= limit if judge and value is not None else None)


def at_least(goal: float, value: float | None, *, floor: float | None = None, judge: bool = True) -> Goal:
    """A goal for a figure that should be large."""
    limit = goal if floor is None else floor
    return Goal(goal=goal, floor=floor, value=value, holds=value >= limit if judge and value is not None else None)


def arguments(description: str | None) -> argparse.Namespace:
    """What was typed, of the options that every benchmark takes."""
    return parser(description).parse_args()


def parser(description: str | None) -> argparse.ArgumentParser:
    """The options that every benchmark takes, for more to be added."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="end within a minute")
    parser.add_argument("--smoke", action="store_true", help="the smallest input: only shows that it runs")
    parser.add_argument("--data", metavar="DIR", help="where the data lie, for benchmarks that need some")
    parser.add_argument("--json", action="store_true", help="the last line is one JSON object")
    return parser


def finish(name: str, figures: Mapping[str, object], goals: Mapping[str, Goal], *, as_json: bool) -> int:
    """Print figures and goals; the exit code: 1 where a goal does not hold."""
    for key, value in figures.items():
        print(f"{key:32} {value:.4g}" if isinstance(value, float) else f"{key:32} {value}", file=sys.stderr)
    for key, goal in goals.items():
        word = {True: "holds", False: "DOES NOT HOLD", None: "not judged"}[goal.holds]
        floor = "" if goal.floor is None else f", floor {goal.floor}"
        print(f"{key:32} {goal.value} (goal {goal.goal}{floor}) {word}", file=sys.stderr)
    if as_json:
        line = {
            "name": name,
            "figures": figures,
            "goals": {key: asdict(goal) for key, goal in goals.items()},
            "machine": machine(),
        }
        print(json.dumps(line))
    return 1 if any(goal.holds is False for goal in goals.values()) else 0
