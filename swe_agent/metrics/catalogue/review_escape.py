"""Of the lines it let pass, how many had to be fixed soon?"""

from __future__ import annotations

from swe_agent.metrics.catalogue import Cut, Metric, Row
from swe_agent.metrics.catalogue._reviews import SOURCE, reviewed
from swe_agent.metrics.figures import Figures
from swe_agent.metrics.reviews import escape


def measure(figures: Figures, cut: Cut) -> tuple[Row, ...]:
    return reviewed(figures, escape)


METRIC = Metric(
    name="review.escape",
    title="Escaped",
    question="Of the lines it let pass, how many had to be fixed soon?",
    numerator="lines that a fix changed within 30 days after the merge",
    denominator="lines that were reviewed without a comment and merged at least 30 days ago",
    window="30 days from the merge",
    exclusions="nothing",
    source=SOURCE,
    units="lines",
    cuts=frozenset(),
    measure=measure,
    interval="Wilson on the effective number of lines, clustered by pull request",
)
