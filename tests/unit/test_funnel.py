"""From proposed to alive, landing in time, and what a surviving line has cost."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from swe_agent.core.evidence import Lives
from swe_agent.core.usage import NANO, Cost
from swe_agent.metrics.alike import of_lines
from swe_agent.metrics.catalogue import Number
from swe_agent.metrics.figures import Accepted, Bill, Cell, Outcomes
from swe_agent.metrics.funnel import Stage, cost_per_surviving_line, funnel, land
from swe_agent.metrics.interval import student_t

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def ago(days: float) -> str:
    return (NOW - timedelta(days=days)).isoformat()


def taken(session: str, days: float, lines: int, language: str = "go") -> Accepted:
    return Accepted(session=session, language=language, model="m", at=ago(days), lines=lines)


def landed(session: str, days: float, lines: int, language: str = "go", ended: float | None = None,
           edited: float | None = None) -> Lives:  # fmt: skip
    return Lives(
        kind="ai", language=language, lines=lines, landed_at=ago(days), session=session,
        edited_at="" if edited is None else ago(edited), ended_at="" if ended is None else ago(ended),
        end="" if ended is None else "deleted",
    )  # fmt: skip


def test_lines_that_land_in_time() -> None:
    accepted = [
        taken("in time", 20, 10),
        taken("late", 30, 10),
        taken("never", 15, 5),
        taken("half", 40, 10, "rust"),
        taken("half", 40, 10, "go"),
        taken("young", 13, 1000),
        taken("merged twice", 50, 8),
    ]
    lives = [
        landed("in time", 19, 10),
        landed("late", 15.5, 10),
        landed("half", 39, 10, "rust"),
        landed("young", 12, 1000),
        landed("merged twice", 49, 8),
        landed("merged twice", 48, 8),
        Lives(kind="human", language="go", lines=9, landed_at=ago(14)),
    ]
    pairs = [(10, 10), (0, 10), (0, 5), (10, 20), (8, 8)]
    assert land(accepted, lives, NOW) == of_lines(pairs)
    assert land([], lives, NOW) == of_lines([])


def test_the_funnel() -> None:
    counts = {"accepted_unchanged": 50, "accepted_edited": 10, "rejected": 20, "expired": 15, "undone": 5}
    cell = Cell(lines=Outcomes.one(counts), auto_lines=7)  # type: ignore[arg-type]
    lives = [landed("a", 10, 40), landed("a", 9, 12, ended=2), landed("elsewhere", 9, 99), landed("a", 80, 7)]
    accepted = [taken("a", 11, 67)]
    stages = funnel(cell, accepted, lives, NOW, since=ago(30))
    assert stages == (
        Stage(name="proposed", lines=107),
        Stage(name="decided", lines=92),
        Stage(name="accepted", lines=67),
        Stage(name="landed", lines=52),
        Stage(name="alive", lines=40),
    )
    of_notes = funnel(Cell(), [], lives, NOW)
    assert [stage.lines for stage in of_notes] == [None, None, None, 158, 146]


def bill(session: str, days: float, usd: float | None) -> Bill:
    return Bill(
        session=session, model="m", at=ago(days), cost=Cost(nano_usd=None if usd is None else round(usd * NANO))
    )


def test_what_a_surviving_line_has_cost() -> None:
    """3 dollars for 60 lines; the failed session was paid for too, and neither the young one nor another tool's counts.
    By hand: R = 0.05, distances 1 - 0.05 * 40, 1.5 - 0.05 * 20 and 0.5 - 0."""
    bills = [bill("a", 90, 0.4), bill("a", 90, 0.6), bill("b", 80, 1.5), bill("failed", 50, 0.5), bill("young", 3, 9)]
    lives = [
        landed("a", 60, 40),
        landed("b", 60, 20),
        landed("b", 60, 5, ended=40),
        landed("b", 60, 5, edited=60),
        landed("b", 20, 1000),
        landed("another tool", 60, 1000),
    ]
    spread = student_t(2.0) * math.sqrt(3 / 2 * (1.0**2 + 0.5**2 + 0.5**2)) / 3.0
    assert cost_per_surviving_line(bills, lives, NOW) == Number(
        value=pytest.approx(0.05),
        unit="USD",
        n=60,
        low=pytest.approx(0.05 * math.exp(-spread)),
        high=pytest.approx(0.05 * math.exp(spread)),
        enough=False,
    )


def test_what_is_not_known_is_said() -> None:
    lives = [landed("a", 60, 40)]
    assert cost_per_surviving_line([], lives, NOW).note == "no session is 30 days old"
    assert cost_per_surviving_line([bill("a", 3, 1)], lives, NOW).note == "no session is 30 days old"
    unknown = cost_per_surviving_line([bill("a", 90, None), bill("b", 90, 1)], lives, NOW)
    assert (unknown.value, unknown.note) == (None, "the price of 1 of 2 sessions is unknown")
    none = cost_per_surviving_line([bill("b", 90, 1)], lives, NOW)
    assert (none.value, none.note) == (None, "no line has survived 30 days yet")
    alone = cost_per_surviving_line([bill("a", 90, 1)], lives, NOW)
    assert (alone.value, alone.low, alone.high, alone.enough) == (0.025, None, None, False)
    free = cost_per_surviving_line([bill("a", 90, 0), bill("b", 90, 0)], lives, NOW)
    assert (free.value, free.low) == (0.0, None)


def test_enough_lines_of_enough_sessions() -> None:
    bills = [bill(str(number), 60, 1) for number in range(10)]
    lives = [landed(str(number), 50, 5) for number in range(10)]
    assert cost_per_surviving_line(bills, lives, NOW).enough
    assert not cost_per_surviving_line(bills[1:], lives, NOW).enough
    assert not cost_per_surviving_line(bills, [replace(lives[0], lines=49)], NOW).enough
