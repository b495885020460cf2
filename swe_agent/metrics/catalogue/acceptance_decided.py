"""Acceptance as most vendors count it: what nobody decided is left out."""

from __future__ import annotations

from swe_agent.metrics.catalogue import ANY_CUT, Cut, Metric, Row, rows
from swe_agent.metrics.figures import ACCEPTED, Figures
from swe_agent.metrics.interval import clustered


def measure(figures: Figures, cut: Cut) -> tuple[Row, ...]:
    return rows(
        figures, lambda cell: clustered(cell.blocks.share(ACCEPTED, (*ACCEPTED, "rejected", "undone")), "blocks")
    )


METRIC = Metric(
    name="acceptance.decided",
    title="Accepted of decided",
    question="Of the blocks that somebody did decide, how many were accepted and stand?",
    numerator="blocks accepted by a person, as proposed or edited, that have landed and were not undone",
    denominator="those, and rejected and undone blocks",
    window="by the day of the first decision on the proposal; without one, the day on which it expired",
    exclusions="blocks that a policy accepted (`acceptance.auto`), superseded ones, and those that are still open; "
    "expired blocks",
    source="the ledger: the fold of trajectories, journal and `stats ingest`",
    units="blocks",
    cuts=ANY_CUT,
    measure=measure,
    interval="Wilson on the effective number of blocks, clustered by proposal",
)
