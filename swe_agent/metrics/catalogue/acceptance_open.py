"""What still waits for a person, and so is in no share yet."""

from __future__ import annotations

from swe_agent.metrics.catalogue import ANY_CUT, Cut, Metric, Number, Row, rows
from swe_agent.metrics.figures import Figures


def measure(figures: Figures, cut: Cut) -> tuple[Row, ...]:
    return rows(figures, lambda cell: Number(value=cell.open_blocks, unit="blocks", n=cell.open_blocks))


METRIC = Metric(
    name="acceptance.open",
    title="Still open",
    question="How many blocks wait to be decided or to land?",
    numerator="blocks that are undecided, deferred, or accepted and not landed, and have not expired",
    denominator="none: it is a count",
    window="now",
    exclusions="blocks of jobs that are closed, or were shown more than seven days ago: those have expired",
    source="the ledger",
    units="blocks",
    cuts=ANY_CUT,
    measure=measure,
)
