"""How many lines come how far, from proposed to alive."""

from __future__ import annotations

from swe_agent.metrics.catalogue import Cut, Metric, Number, Row
from swe_agent.metrics.catalogue._lines import LEFT_OUT, SOURCE
from swe_agent.metrics.figures import Cell, Figures
from swe_agent.metrics.funnel import Stage, funnel


def measure(figures: Figures, cut: Cut) -> tuple[Row, ...]:
    """`of` is the stage."""
    cell = figures.cells.get((), Cell())
    stages = funnel(cell, figures.accepted, figures.lives, figures.now, figures.since)
    return tuple(Row(group=(), figure=_number(stage), of=stage.name) for stage in stages)


def _number(stage: Stage) -> Number:
    if stage.lines is None:
        return Number(value=None, unit="lines", n=0, enough=False, note="not recorded in this clone")
    return Number(value=float(stage.lines), unit="lines", n=stage.lines)


METRIC = Metric(
    name="funnel",
    title="From proposed to alive",
    question="How many of the proposed lines are still there?",
    numerator="lines that were proposed, decided, accepted and kept, landed on the default branch, and are alive",
    denominator="none: they are counts",
    window="blocks by the day of the first decision on their proposal, lines by the day on which they landed",
    exclusions=f"{LEFT_OUT}; proposals that are still open",
    source=f"the ledger, and {SOURCE}",
    units="lines",
    cuts=frozenset(),
    measure=measure,
    of_lines=True,
)
