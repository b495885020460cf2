"""Of the pull requests that it was to review, how many did the bot finish?"""

from __future__ import annotations

from swe_agent.metrics.catalogue import Cut, Metric, Row
from swe_agent.metrics.catalogue._reviews import SOURCE, reviewed
from swe_agent.metrics.figures import Figures
from swe_agent.metrics.reviews import coverage


def measure(figures: Figures, cut: Cut) -> tuple[Row, ...]:
    return reviewed(figures, coverage)


METRIC = Metric(
    name="review.coverage",
    title="Coverage of the review bot",
    question="Of the pull requests that it was to review, how many did the bot finish?",
    numerator="pull requests with a finished review",
    denominator="pull requests that the bot was to review",
    window="by the day of the review",
    exclusions="nothing",
    source=SOURCE,
    units="pull requests",
    cuts=frozenset(),
    measure=measure,
    interval="Wilson",
)
