"""What metrics of review bots share."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from swe_agent.core.review import ReviewRun
from swe_agent.metrics.catalogue import Number, Row
from swe_agent.metrics.figures import Figures
from swe_agent.metrics.interval import Estimate

SOURCE = "runs of the review bot, and what became of its comments"


def reviewed(figures: Figures, measured: Callable[[Sequence[ReviewRun]], Estimate | Number]) -> tuple[Row, ...]:
    """A row that says so where there were no reviews."""
    runs = [run for run in figures.reviews if run.at >= figures.since]
    if not runs:
        nothing = Number(value=None, unit="", n=0, enough=False, note="no reviews recorded")
        return (Row(group=(), figure=nothing),)
    return (Row(group=(), figure=measured(runs)),)
