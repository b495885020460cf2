"""All that was paid."""

from __future__ import annotations

from swe_agent.core.usage import NANO
from swe_agent.metrics.catalogue import JOB_CUT, Cut, Metric, Number, Row, rows
from swe_agent.metrics.catalogue._money import SOURCE, WINDOW, unknown
from swe_agent.metrics.figures import Cell, Figures


def measure(figures: Figures, cut: Cut) -> tuple[Row, ...]:
    return rows(figures, _total)


def _total(cell: Cell) -> Number | None:
    money = cell.money
    if not money.calls:
        return None
    if money.unpriced:
        return unknown(cell, n=money.calls)
    note = f"{money.calls} calls of {money.jobs} jobs"
    return Number(value=(money.priced.nano_usd or 0) / NANO, unit="USD", n=money.calls, note=note)


METRIC = Metric(
    name="cost.total",
    title="Paid for models",
    question="What did all calls of models cost?",
    numerator="US dollars of all calls of all jobs: rejected, failed and open ones too",
    denominator="none: it is a sum",
    window=WINDOW,
    exclusions="other tools' edits, whose price nobody knows",
    source=SOURCE,
    units="USD",
    cuts=JOB_CUT,
    measure=measure,
)
