"""What a line has cost that is still there after a month."""

from __future__ import annotations

from swe_agent.metrics.catalogue import Cut, Metric, Row
from swe_agent.metrics.catalogue._lines import LEFT_OUT, SOURCE
from swe_agent.metrics.figures import Figures
from swe_agent.metrics.funnel import SURVIVED, cost_per_surviving_line
from swe_agent.metrics.survival import seconds


def measure(figures: Figures, cut: Cut) -> tuple[Row, ...]:
    start = seconds(figures.since) if figures.since else 0
    bills = [one for one in figures.bills if seconds(one.at) >= start]
    if not bills:
        return ()
    if not cut:
        return (Row(group=(), figure=cost_per_surviving_line(bills, figures.lives, figures.now)),)
    models = sorted({one.model for one in bills})
    return tuple(
        Row(
            group=(model or "unknown",),
            figure=cost_per_surviving_line([one for one in bills if one.model == model], figures.lives, figures.now),
        )
        for model in models
    )


METRIC = Metric(
    name="cost.per_surviving_line",
    title="Cost of a surviving line",
    question="What did a line cost that is still as it was written after a month?",
    numerator=f"all that was paid for models in sessions that began at least {SURVIVED} days ago, rejected and failed "
    "ones too",
    denominator=f"their lines that were `ai`, neither edited nor gone, {SURVIVED} days after they landed",
    window="by the day on which a session began",
    exclusions=f"{LEFT_OUT}; decisions of other tools, whose price nobody knows; it is unknown where the price of one "
    "call is",
    source=f"the ledger, and {SOURCE}",
    units="USD",
    cuts=frozenset({"model"}),
    measure=measure,
    interval="of a ratio of sums over sessions, linearised, on the scale of logarithms (Cochran 1977, section 6.3)",
    of_lines=True,
)
