"""Of the code that was added, how much AI wrote."""

from __future__ import annotations

from swe_agent.metrics.catalogue import Cut, Metric, Row
from swe_agent.metrics.catalogue._lines import BY_COMMIT, LEFT_OUT, SOURCE
from swe_agent.metrics.figures import Figures
from swe_agent.metrics.line_groups import LINE_CUT, grouped
from swe_agent.metrics.share import CLASSES, share_added


def measure(figures: Figures, cut: Cut) -> tuple[Row, ...]:
    """`of` is the class of line at its landing; `made` are `ai` and `ai_edited` together."""
    rows: list[Row] = []
    for group, lives in grouped((one for one in figures.lives if one.landed_at), cut):
        for share in share_added(lives, figures.now, since=figures.since):
            rows += [Row(group=group, figure=share.of(kind), of=kind) for kind in CLASSES]
            rows.append(Row(group=group, figure=share.made, of="made"))
    return tuple(rows)


METRIC = Metric(
    name="share.added",
    title="Share of added lines",
    question="How much of the code that was added did AI write?",
    numerator="lines of each class when they landed: `ai`, `ai_edited`, `human` where it is attested, `unknown`",
    denominator="all lines that landed",
    window="by the day on which a line came to the default branch",
    exclusions=f"{LEFT_OUT}; lines that were only moved, renamed or reformatted; lines from before the records begin",
    source=SOURCE,
    units="lines",
    cuts=LINE_CUT,
    measure=measure,
    interval=BY_COMMIT,
    of_lines=True,
)
