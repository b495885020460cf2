"""Of what was accepted, how much came to the default branch in time."""

from __future__ import annotations

from collections import defaultdict

from swe_agent.metrics.catalogue import Cut, Metric, Row
from swe_agent.metrics.catalogue._lines import LEFT_OUT, SOURCE
from swe_agent.metrics.figures import Accepted, Figures, Group
from swe_agent.metrics.funnel import LANDS_WITHIN, land
from swe_agent.metrics.survival import seconds


def measure(figures: Figures, cut: Cut) -> tuple[Row, ...]:
    start = seconds(figures.since) if figures.since else 0
    groups: defaultdict[Group, list[Accepted]] = defaultdict(list)
    for one in figures.accepted:
        if seconds(one.at) >= start:
            of = {"language": one.language or "unknown", "model": one.model or "unknown", "month": one.at[:7]}
            groups[tuple(of[dimension] for dimension in cut)].append(one)
    found = ((group, land(groups[group], figures.lives, figures.now)) for group in sorted(groups))
    return tuple(Row(group=group, figure=estimate) for group, estimate in found if estimate.n)


METRIC = Metric(
    name="land",
    title="Landed in time",
    question=f"Of the lines that were accepted, how many are on the default branch {LANDS_WITHIN} days later?",
    numerator=f"accepted lines that came to the default branch, edited or not, within {LANDS_WITHIN} days",
    denominator=f"effective lines accepted at least {LANDS_WITHIN} days ago, by a person or a policy, and not undone",
    window="by the day on which the last line of a session was accepted",
    exclusions=LEFT_OUT,
    source=f"the ledger, and {SOURCE}",
    units="lines",
    cuts=frozenset({"language", "model", "month"}),
    measure=measure,
    interval="Wilson on the effective number of lines, clustered by session",
    of_lines=True,
)
