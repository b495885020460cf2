"""Of the lines that landed, how many are still there after a while."""

from __future__ import annotations

from swe_agent.metrics.catalogue import Cut, Metric, Row
from swe_agent.metrics.catalogue._lines import BY_COMMIT, LEFT_OUT, SOURCE
from swe_agent.metrics.figures import Figures
from swe_agent.metrics.line_groups import LINE_CUT, grouped, landed_since
from swe_agent.metrics.survival import FATES, HORIZONS, stays, survival


def measure(figures: Figures, cut: Cut) -> tuple[Row, ...]:
    """`of` is the kind of line and the days: `ai, 30 d`."""
    return tuple(
        Row(group=group, figure=estimate, of=f"{fate}, {days} d")
        for group, lives in grouped(landed_since(figures), cut)
        for fate in FATES
        if (cohort := stays(lives, fate, figures.now))
        for days in HORIZONS
        if (estimate := survival(cohort, days)).n
    )


METRIC = Metric(
    name="survival",
    title="Lines alive after 1, 7, 30 and 90 days",
    question="Of the lines that landed, how many are still there after a while?",
    numerator="lines that lived longer than so many days: `ai` ones until they end, `unchanged` ones until a person "
    "edits or ends them; `human` and `unknown` ones for comparison",
    denominator="lines of the kind that landed at least so many days ago",
    window="by the day on which a line came to the default branch",
    exclusions=f"{LEFT_OUT}; lines from before the records begin",
    source=SOURCE,
    units="lines",
    cuts=LINE_CUT,
    measure=measure,
    interval=BY_COMMIT,
    of_lines=True,
)
