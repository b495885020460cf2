"""What lines that are gone have died of."""

from __future__ import annotations

from swe_agent.metrics.catalogue import Cut, Metric, Number, Row
from swe_agent.metrics.catalogue._lines import LEFT_OUT, SOURCE
from swe_agent.metrics.figures import Figures
from swe_agent.metrics.line_groups import LINE_CUT, grouped, landed_since
from swe_agent.metrics.survival import Death, causes


def measure(figures: Figures, cut: Cut) -> tuple[Row, ...]:
    """`of` is the kind of line and the cause: `ai, deleted`."""
    return tuple(
        Row(group=group, figure=_number(death), of=f"{death.kind}, {death.cause or 'unknown'}")
        for group, lives in grouped(landed_since(figures), cut)
        for death in causes(lives, figures.now)
    )


def _number(death: Death) -> Number:
    share = f"{death.lines / death.dead:.0%} of {death.dead:,} that ended".replace("%", " %")
    return Number(value=float(death.lines), unit="lines", n=death.dead, note=share)


METRIC = Metric(
    name="survival.cause",
    title="Causes of death",
    question="What did the lines that are gone die of?",
    numerator="lines that were deleted, rewritten by a person, rewritten by AI, or reverted",
    denominator="all lines of the kind that are gone",
    window="by the day on which a line came to the default branch",
    exclusions=f"{LEFT_OUT}; lines from before the records begin",
    source=SOURCE,
    units="lines",
    cuts=LINE_CUT,
    measure=measure,
    of_lines=True,
)
