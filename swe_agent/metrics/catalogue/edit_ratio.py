"""How much a person changes of what they accept with changes."""

from __future__ import annotations

from swe_agent.metrics.catalogue import ANY_CUT, Cut, Metric, Number, Row, rows
from swe_agent.metrics.figures import Cell, Figures
from swe_agent.metrics.interval import ENOUGH_UNITS

TWENTIETH = 0.05


def measure(figures: Figures, cut: Cut) -> tuple[Row, ...]:
    return rows(figures, _mean)


def _mean(cell: Cell) -> Number | None:
    n = sum(blocks for _, blocks in cell.edits)
    if not n:
        return None
    mean = sum((place + 0.5) * TWENTIETH * blocks for place, blocks in cell.edits) / n
    return Number(value=mean, unit="share", n=n, enough=n >= ENOUGH_UNITS)


METRIC = Metric(
    name="edit_ratio",
    title="Changed in edited blocks",
    question="What share of its tokens does a person change in a block before they accept it?",
    numerator="words and signs without a counterpart on the other side, of the longer one of the proposed and the "
    "accepted text; the mean over blocks",
    denominator="blocks accepted after an edit, of which the proposed text is known",
    window="by the day of the first decision on the proposal",
    exclusions="blocks accepted as proposed; other tools' edits",
    source="the ledger, in steps of 5 %",
    units="share of tokens",
    cuts=ANY_CUT,
    measure=measure,
)
