"""What a line that was taken has cost, with all that was paid for those that were not."""

from __future__ import annotations

from swe_agent.metrics.catalogue import JOB_CUT, Cut, Metric, Number, Row, rows
from swe_agent.metrics.catalogue._money import EXCLUSIONS, INTERVAL, SOURCE, WINDOW, per
from swe_agent.metrics.figures import Cell, Figures


def measure(figures: Figures, cut: Cut) -> tuple[Row, ...]:
    return rows(figures, _cost)


def _cost(cell: Cell) -> Number | None:
    money = cell.money
    return per(cell, money.accepted_lines, "line was accepted", squares=(money.lines_lines, money.cost_lines))


METRIC = Metric(
    name="cost.per_accepted_line",
    title="Cost of an accepted line",
    question="What did one accepted line cost, failed and rejected attempts included?",
    numerator="US dollars of all calls of all jobs: rejected, failed and open ones too",
    denominator="effective lines of those jobs that a person or a policy accepted, landed and not undone",
    window=WINDOW,
    exclusions=EXCLUSIONS,
    source=SOURCE,
    units="USD a line",
    cuts=JOB_CUT,
    measure=measure,
    interval=INTERVAL,
)
