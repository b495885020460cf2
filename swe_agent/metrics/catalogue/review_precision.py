"""Of its comments that anybody judged, how many were right?"""

from __future__ import annotations

from swe_agent.metrics.catalogue import Cut, Metric, Row
from swe_agent.metrics.catalogue._reviews import SOURCE, reviewed
from swe_agent.metrics.figures import Figures
from swe_agent.metrics.reviews import precision


def measure(figures: Figures, cut: Cut) -> tuple[Row, ...]:
    return reviewed(figures, precision)


METRIC = Metric(
    name="review.precision",
    title="Precision of its comments",
    question="Of its comments that anybody judged, how many were right?",
    numerator="comments that were applied, addressed by a change before the merge, or given a thumbs-up",
    denominator="comments with any verdict",
    window="comments posted before the merge",
    exclusions="nothing",
    source=SOURCE,
    units="comments",
    cuts=frozenset(),
    measure=measure,
    interval="Wilson on the effective number of comments, clustered by pull request",
)
