"""What a review bot is worth: how much it looks at, and what becomes of its comments.

A comment that was followed by a change is not thereby addressed: code near any line of a pull request changes before
the merge. So each comment comes with a sample of changed lines of the same pull request that nobody commented on, and
how often code near those changed is taken off (the base rate).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

from swe_agent.core.review import ReviewRun
from swe_agent.metrics.interval import ClusterSums, Estimate, Number, clustered, independent


def coverage(runs: Iterable[ReviewRun]) -> Estimate:
    every = list(runs)
    return independent(sum(run.finished for run in every), len(every), "pull requests")


def addressed(runs: Iterable[ReviewRun]) -> Number:
    """By how much more often than around any changed line something changed where the bot had commented."""
    every = list(runs)
    near = _share(every, lambda run: (sum(one.addressed for one in run.comments), len(run.comments)), "comments")
    base = _share(
        every,
        lambda run: (sum(sum(one.base) for one in run.comments), sum(len(one.base) for one in run.comments)),
        "lines",
    )
    if near.value is None or base.value is None:
        note = "no reviews recorded" if near.value is None else "no base rate recorded"
        return Number(value=None, unit="share", n=int(near.n), enough=False, note=note)
    low, high = difference(near, base)
    return Number(
        value=near.value - base.value,
        unit="share",
        n=int(near.n),
        low=low,
        high=high,
        enough=near.enough and base.enough,
        note=f"{near.value:.0%} of comments, less a base rate of {base.value:.0%}".replace("%", " %"),
    )


def difference(one: Estimate, other: Estimate) -> tuple[float, float]:
    """Limits of `one` less `other`, from theirs (R. G. Newcombe, "Interval estimation for the difference between
    independent proportions", Statistics in Medicine 17, 1998, method 10). Of the same pull requests both rise and fall
    together, so it is rather too wide than too narrow."""
    assert one.value is not None
    assert one.low is not None
    assert one.high is not None
    assert other.value is not None
    assert other.low is not None
    assert other.high is not None
    value = one.value - other.value
    return (
        value - math.hypot(one.value - one.low, other.high - other.value),
        value + math.hypot(one.high - one.value, other.value - other.low),
    )


def precision(runs: Iterable[ReviewRun]) -> Estimate:
    """Of the comments with any verdict, those that were applied, addressed or thanked for."""

    def counts(run: ReviewRun) -> tuple[int, int]:
        judged = [one for one in run.comments if one.reaction or one.changed]
        return sum(one.addressed or one.reaction == "thumbs_up" for one in judged), len(judged)

    return _share(runs, counts, "comments")


def noise(runs: Iterable[ReviewRun]) -> Estimate:
    """Of the comments, those that were dismissed, disliked, or neither answered nor followed by the merge."""
    return _share(runs, lambda run: (sum(one.is_noise for one in run.comments), len(run.comments)), "comments")


def noise_per_thousand(runs: Iterable[ReviewRun]) -> Number:
    """Such comments for each 1,000 changed lines."""
    every = [run for run in runs if run.finished]
    lines = sum(run.changed_lines for run in every)
    count = sum(one.is_noise for run in every for one in run.comments)
    if not lines:
        return Number(value=None, unit="comments", n=0, enough=False, note="no reviews recorded")
    return Number(value=1_000 * count / lines, unit="comments", n=lines)


def escape(runs: Iterable[ReviewRun]) -> Estimate:
    """Of the lines that were reviewed without a comment, those that had to be fixed within 30 days after the merge."""
    return _share(runs, lambda run: (run.escaped_lines, run.silent_lines), "lines")


def _share(runs: Iterable[ReviewRun], counts: Callable[[ReviewRun], tuple[int, int]], units: str) -> Estimate:
    """Clustered by pull request; runs on the same one are one cluster."""
    pulls: dict[str, tuple[int, int]] = {}
    for run in runs:
        hits, n = counts(run)
        before = pulls.get(run.pull, (0, 0))
        pulls[run.pull] = (before[0] + hits, before[1] + n)
    return clustered(sum((ClusterSums.one(hits, n) for hits, n in pulls.values()), ClusterSums()), units)
