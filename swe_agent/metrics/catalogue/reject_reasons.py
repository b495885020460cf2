"""Why blocks are rejected, as people say it."""

from __future__ import annotations

from swe_agent.metrics.catalogue import ANY_CUT, Cut, Metric, Number, Row, order
from swe_agent.metrics.figures import Figures

SHOWN = 8
"""Reasons that are named; the rest are one row."""
NONE, OTHERS = "no reason given", "others"


def measure(figures: Figures, cut: Cut) -> tuple[Row, ...]:
    found: list[Row] = []
    for group, cell in sorted(figures.cells.items(), key=lambda one: order(one[0])):
        n = sum(blocks for _, blocks in cell.reasons)
        rest = sum(blocks for _, blocks in cell.reasons[SHOWN:])
        counts = [(reason or NONE, blocks) for reason, blocks in cell.reasons[:SHOWN]] + [(OTHERS, rest)] * bool(rest)
        found += (Row(group=group, figure=Number(value=k, unit="blocks", n=n), of=reason) for reason, k in counts)
    return tuple(found)


METRIC = Metric(
    name="reject_reasons",
    title="Reasons of rejection",
    question="Why are blocks rejected?",
    numerator="rejected blocks with that reason: the one key at the desk, or what was written, its first 60 characters",
    denominator="rejected blocks",
    window="by the day of the first decision on the proposal",
    exclusions="rejections that were taken back",
    source="the ledger; `forget` erases the reasons of a job",
    units="blocks",
    cuts=ANY_CUT,
    measure=measure,
)
