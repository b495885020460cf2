"""What a task that came to something has cost, with all that was paid for those that did not."""

from __future__ import annotations

from swe_agent.metrics.catalogue import JOB_CUT, Cut, Metric, Number, Row, rows
from swe_agent.metrics.catalogue._money import EXCLUSIONS, INTERVAL, SOURCE, WINDOW, per
from swe_agent.metrics.figures import Cell, Figures


def measure(figures: Figures, cut: Cut) -> tuple[Row, ...]:
    return rows(figures, _cost)


def _cost(cell: Cell) -> Number | None:
    money = cell.money
    return per(cell, money.landed_tasks, "task has landed", squares=(money.landed_tasks, money.cost_landed))


METRIC = Metric(
    name="cost.per_landed_task",
    title="Cost of a landed task",
    question="What did one task that landed cost, failed and rejected attempts included?",
    numerator="US dollars of all calls of all jobs: rejected, failed and open ones too",
    denominator="tasks of which any attempt has landed and stands",
    window=WINDOW,
    exclusions=EXCLUSIONS,
    source=SOURCE,
    units="USD a task",
    cuts=JOB_CUT,
    measure=measure,
    interval=INTERVAL,
)
