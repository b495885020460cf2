"""Of its comments, how many helped nobody?"""

from __future__ import annotations

from swe_agent.metrics.catalogue import Cut, Metric, Row
from swe_agent.metrics.catalogue._reviews import SOURCE, reviewed
from swe_agent.metrics.figures import Figures
from swe_agent.metrics.reviews import noise


def measure(figures: Figures, cut: Cut) -> tuple[Row, ...]:
    return reviewed(figures, noise)


METRIC = Metric(
    name="review.noise",
    title="Noise",
    question="Of its comments, how many helped nobody?",
    numerator="comments that were dismissed, given a thumbs-down, or neither answered nor followed at the merge",
    denominator="all comments",
    window="comments posted before the merge",
    exclusions="nothing",
    source=SOURCE,
    units="comments",
    cuts=frozenset(),
    measure=measure,
    interval="Wilson on the effective number of comments, clustered by pull request",
)
