"""What a review bot is worth, on made-up reviews."""

from __future__ import annotations

import math
from random import Random

import pytest

from swe_agent.core.review import Reaction, ReviewComment, ReviewRun
from swe_agent.metrics.catalogue import Number
from swe_agent.metrics.interval import ClusterSums, clustered, independent
from swe_agent.metrics.reviews import (
    addressed,
    coverage,
    difference,
    escape,
    noise,
    noise_per_thousand,
    precision,
)

AT = "2026-05-01T12:00:00+00:00"


def comment(reaction: Reaction = "", *, changed: bool = False, base: tuple[bool, ...] = ()) -> ReviewComment:
    return ReviewComment(kind="bug", severity="high", posted_at=AT, reaction=reaction, changed=changed, base=base)


def run(pull: str, *comments: ReviewComment, finished: bool = True, changed: int = 100, silent: int = 0,
        escaped: int = 0) -> ReviewRun:  # fmt: skip
    return ReviewRun(
        pull=pull, at=AT, finished=finished, changed_lines=changed, silent_lines=silent, escaped_lines=escaped,
        comments=comments,
    )  # fmt: skip


RUNS = (
    run("1", comment("applied", base=(True, False, False, False)),
        comment(changed=True, base=(True, False, False, False)), comment(base=(False,) * 4), silent=80, escaped=2),
    run("2", comment("thumbs_up", base=(False,) * 4), comment("thumbs_down", base=(False,) * 4),
        comment("dismissed", base=(False,) * 4), changed=400, silent=390, escaped=1),
    run("2", comment("dismissed", changed=True, base=(False,) * 4), changed=0),
    run("3", finished=False),
)  # fmt: skip


def shares(*pairs: tuple[int, int]) -> ClusterSums:
    return sum((ClusterSums.one(*pair) for pair in pairs), ClusterSums())


def test_shares_by_hand() -> None:
    assert coverage(RUNS) == independent(3, 4, "pull requests")
    assert precision(RUNS) == clustered(shares((2, 2), (2, 4)), "comments")
    assert noise(RUNS) == clustered(shares((1, 3), (2, 4)), "comments")
    assert noise_per_thousand(RUNS) == Number(value=6.0, unit="comments", n=500)
    assert escape(RUNS) == clustered(shares((2, 80), (1, 390)), "lines")


def test_the_base_rate_is_taken_off() -> None:
    """3 of 7 comments were followed, and 2 of 28 lines that nobody spoke of."""
    near, base = clustered(shares((2, 3), (1, 4)), "comments"), clustered(shares((2, 12), (0, 16)), "lines")
    low, high = difference(near, base)
    assert addressed(RUNS) == Number(
        value=3 / 7 - 2 / 28,
        unit="share",
        n=7,
        low=low,
        high=high,
        enough=False,
        note="43 % of comments, less a base rate of 7 %",
    )
    assert near.low is not None
    assert base.high is not None
    assert low == pytest.approx(3 / 7 - 2 / 28 - math.hypot(3 / 7 - near.low, base.high - 2 / 28))


def test_without_reviews_or_without_a_base_rate() -> None:
    assert addressed(()) == Number(value=None, unit="share", n=0, enough=False, note="no reviews recorded")
    bare = addressed([run("1", comment(changed=True))])
    assert (bare.value, bare.note) == (None, "no base rate recorded")
    assert noise_per_thousand(()).note == "no reviews recorded"


def test_a_bot_that_comments_at_random_addresses_nothing() -> None:
    """Code near half of all lines changes anyway. In 300 worlds the interval holds the truth, which is 0; it may be too
    wide, because comments and their base rate share pull requests."""
    dice, held, worlds = Random(7), 0, 300
    for _ in range(worlds):
        runs = []
        for pull in range(40):
            busy = dice.betavariate(2, 2)
            runs.append(
                run(
                    str(pull),
                    *(
                        comment(changed=dice.random() < busy, base=tuple(dice.random() < busy for _ in range(3)))
                        for _ in range(dice.randint(1, 6))
                    ),
                )
            )
        found = addressed(runs)
        assert found.low is not None
        assert found.high is not None
        held += found.low <= 0 <= found.high
    assert held / worlds >= 0.93
