"""What was accepted, landed, and then taken back."""

from __future__ import annotations

from swe_agent.metrics.catalogue import ANY_CUT, Cut, Metric, Row, rows
from swe_agent.metrics.figures import ACCEPTED, Figures
from swe_agent.metrics.interval import clustered


def measure(figures: Figures, cut: Cut) -> tuple[Row, ...]:
    return rows(figures, lambda cell: clustered(cell.blocks.share(("undone",), (*ACCEPTED, "undone")), "blocks"))


METRIC = Metric(
    name="undone",
    title="Undone",
    question="Of the blocks that landed by a person's decision, how many were taken back?",
    numerator="blocks that landed and were then undone",
    denominator="those, and accepted blocks that stand",
    window="by the day of the first decision on the proposal; without one, the day on which it expired",
    exclusions="blocks that a policy accepted (`acceptance.auto`), superseded ones, and those that are still open",
    source="the ledger: the fold of trajectories, journal and `stats ingest`",
    units="blocks",
    cuts=ANY_CUT,
    measure=measure,
    interval="Wilson on the effective number of blocks, clustered by proposal",
)
