"""Blocks that needed no polishing."""

from __future__ import annotations

from swe_agent.metrics.catalogue import ANY_CUT, Cut, Metric, Row, rows
from swe_agent.metrics.figures import COUNTED, Figures
from swe_agent.metrics.interval import clustered


def measure(figures: Figures, cut: Cut) -> tuple[Row, ...]:
    return rows(figures, lambda cell: clustered(cell.blocks.share(("accepted_unchanged",), COUNTED), "blocks"))


METRIC = Metric(
    name="acceptance.strict",
    title="Accepted as proposed",
    question="How many blocks are taken without a change?",
    numerator="blocks accepted by a person as they were proposed, landed and not undone",
    denominator="blocks accepted, rejected, expired or undone",
    window="by the day of the first decision on the proposal; without one, the day on which it expired",
    exclusions="blocks that a policy accepted (`acceptance.auto`), superseded ones, and those that are still open",
    source="the ledger: the fold of trajectories, journal and `stats ingest`",
    units="blocks",
    cuts=ANY_CUT,
    measure=measure,
    interval="Wilson on the effective number of blocks, clustered by proposal",
)
