"""How often a task has to be tried."""

from __future__ import annotations

import math

from swe_agent.metrics.catalogue import JOB_CUT, Cut, Metric, Number, Row, rows
from swe_agent.metrics.figures import Cell, Figures
from swe_agent.metrics.interval import ENOUGH_UNITS, student_t


def measure(figures: Figures, cut: Cut) -> tuple[Row, ...]:
    return rows(figures, _mean)


def _mean(cell: Cell) -> Number | None:
    counts = cell.tasks.attempts
    n = sum(tasks for _, tasks in counts)
    if not n:
        return None
    mean = sum(attempts * tasks for attempts, tasks in counts) / n
    low, high = None, None
    if n > 1:
        squares = sum(tasks * (attempts - mean) ** 2 for attempts, tasks in counts)
        spread = student_t(n - 1) * math.sqrt(squares / (n - 1) / n)
        low, high = max(1.0, mean - spread), mean + spread
    return Number(value=mean, unit="attempts", n=n, low=low, high=high, enough=n >= ENOUGH_UNITS)


METRIC = Metric(
    name="attempts",
    title="Attempts at a task",
    question="How many attempts does a task take?",
    numerator="attempts at the tasks of `first_try`, side by side or one after the other",
    denominator="those tasks",
    window="by the day on which the last attempt counts",
    exclusions="as of `first_try`",
    source="the ledger",
    units="attempts",
    cuts=JOB_CUT,
    measure=measure,
    interval="Student's t for the mean",
)
