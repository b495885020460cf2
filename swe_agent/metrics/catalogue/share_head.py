"""Of the code that is there, how much AI wrote."""

from __future__ import annotations

from swe_agent.metrics.catalogue import Cut, Metric, Row
from swe_agent.metrics.catalogue._lines import BY_COMMIT, LEFT_OUT, SOURCE
from swe_agent.metrics.figures import Figures
from swe_agent.metrics.line_groups import LINE_CUT, grouped
from swe_agent.metrics.share import CLASSES, share_at_head


def measure(figures: Figures, cut: Cut) -> tuple[Row, ...]:
    """`of` is the class of line; `made` are `ai` and `ai_edited` together."""
    rows: list[Row] = []
    for group, lives in grouped(figures.lives, cut):
        for share in share_at_head(lives, figures.now):
            rows += [Row(group=group, figure=share.of(kind), of=kind) for kind in CLASSES]
            rows.append(Row(group=group, figure=share.made, of="made"))
    return tuple(rows)


METRIC = Metric(
    name="share.head",
    title="Share of the code at HEAD",
    question="How much of the code that is there did AI write?",
    numerator="lines of each class: `ai`, `ai_edited`, `human` where it is attested, `unknown`; `made` are the first "
    "two",
    denominator="all lines at the tip of the default branch",
    window="now, whatever `--since` says",
    exclusions=LEFT_OUT,
    source=SOURCE,
    units="lines",
    cuts=LINE_CUT,
    measure=measure,
    interval=f"{BY_COMMIT}; lines from before the records do not vary",
    of_lines=True,
)
