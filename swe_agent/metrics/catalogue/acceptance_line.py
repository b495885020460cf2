"""Acceptance weighed by lines: one block of four hundred lines weighs as much as it is long."""

from __future__ import annotations

from swe_agent.metrics.catalogue import ANY_CUT, Cut, Metric, Row, rows
from swe_agent.metrics.figures import ACCEPTED, COUNTED, Figures
from swe_agent.metrics.interval import clustered


def measure(figures: Figures, cut: Cut) -> tuple[Row, ...]:
    return rows(figures, lambda cell: clustered(cell.lines.share(ACCEPTED, COUNTED), "lines"))


METRIC = Metric(
    name="acceptance.line",
    title="Lines accepted",
    question="How much of the proposed code was accepted and stands?",
    numerator="effective lines of accepted blocks that have landed and were not undone",
    denominator="effective lines of blocks accepted, rejected, expired or undone",
    window="by the day of the first decision on the proposal; without one, the day on which it expired",
    exclusions="blank lines and lone brackets (a block that adds nothing counts the lines that it removes); "
    "blocks that a policy accepted (`acceptance.auto`), superseded ones, and those that are still open",
    source="the ledger: the fold of trajectories, journal and `stats ingest`",
    units="lines",
    cuts=ANY_CUT,
    measure=measure,
    interval="Wilson on the effective number of lines, clustered by proposal",
)
