"""What was accepted without a person: it says nothing of what people think of it, and so is counted apart."""

from __future__ import annotations

from swe_agent.metrics.catalogue import ANY_CUT, Cut, Metric, Number, Row, rows
from swe_agent.metrics.figures import Cell, Figures


def measure(figures: Figures, cut: Cut) -> tuple[Row, ...]:
    return rows(figures, _count)


def _count(cell: Cell) -> Number:
    note = f"{cell.auto_lines} effective lines" if cell.auto_blocks else ""
    return Number(value=cell.auto_blocks, unit="blocks", n=cell.auto_blocks, note=note)


METRIC = Metric(
    name="acceptance.auto",
    title="Accepted by a policy",
    question="How many blocks landed by `--yes` or another policy, without a person's decision?",
    numerator="blocks that a policy accepted, landed and not undone",
    denominator="none: it is a count",
    window="by the day of the first decision on the proposal",
    exclusions="everything that a person decided",
    source="the ledger",
    units="blocks",
    cuts=ANY_CUT,
    measure=measure,
)
