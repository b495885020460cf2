"""By how much more often code changes where the bot commented."""

from __future__ import annotations

from swe_agent.metrics.catalogue import Cut, Metric, Row
from swe_agent.metrics.catalogue._reviews import SOURCE, reviewed
from swe_agent.metrics.figures import Figures
from swe_agent.metrics.reviews import addressed


def measure(figures: Figures, cut: Cut) -> tuple[Row, ...]:
    return reviewed(figures, addressed)


METRIC = Metric(
    name="review.addressed",
    title="Comments addressed",
    question="How many of its comments led to a change that would not have come anyway?",
    numerator="comments that were applied, or whose region changed before the merge in the direction they suggest",
    denominator="all comments; the share of uncommented changed lines of the same pull requests around which something "
    "changed as well is taken off",
    window="comments posted before the merge",
    exclusions="nothing",
    source=SOURCE,
    units="share",
    cuts=frozenset(),
    measure=measure,
    interval="of a difference, from the intervals of both shares (Newcombe 1998, method 10)",
)
