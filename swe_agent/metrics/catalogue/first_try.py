"""Tasks that needed no second attempt."""

from __future__ import annotations

from swe_agent.metrics.catalogue import JOB_CUT, Cut, Metric, Row, rows
from swe_agent.metrics.figures import Figures
from swe_agent.metrics.interval import independent


def measure(figures: Figures, cut: Cut) -> tuple[Row, ...]:
    return rows(figures, lambda cell: independent(cell.tasks.landed_first, cell.tasks.ended, "tasks"))


METRIC = Metric(
    name="first_try",
    title="Landed at first try",
    question="How many tasks landed from their first attempt alone?",
    numerator="tasks of which attempt 1 has landed and stands, and no later attempt",
    denominator="tasks whose last attempt is no longer open, those that came to no proposal too",
    window="by the day on which the last attempt counts",
    exclusions="branches and patches that were only decided here; jobs that were cancelled or interrupted; other "
    "tools' edits, which name no task",
    source="the ledger; attempts side by side, and those that revise another one, are one task",
    units="tasks",
    cuts=JOB_CUT,
    measure=measure,
    interval="Wilson",
)
