"""Whole proposals: whether anything of them was of use."""

from __future__ import annotations

from swe_agent.metrics.catalogue import ANY_CUT, Cut, Metric, Row, rows
from swe_agent.metrics.figures import Figures
from swe_agent.metrics.interval import independent


def measure(figures: Figures, cut: Cut) -> tuple[Row, ...]:
    return rows(figures, lambda cell: independent(cell.landed_proposals, cell.proposals, "proposals"))


METRIC = Metric(
    name="acceptance.proposal",
    title="Proposals of use",
    question="Of how many proposals was at least one block accepted, so that it stands?",
    numerator="proposals of which a person accepted at least one block that has landed and was not undone",
    denominator="proposals with at least one block that a person was to decide, and that is no longer open",
    window="by the day of the first decision on the proposal; without one, the day on which it expired",
    exclusions="proposals that a policy accepted as a whole; superseded attempts",
    source="the ledger; an edit of another tool is one proposal",
    units="proposals",
    cuts=ANY_CUT,
    measure=measure,
    interval="Wilson",
)
