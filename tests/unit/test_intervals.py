"""Intervals of clustered units, held to what must be true of them and to figures worked out otherwise."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swe_agent.metrics.bootstrap import SplitMix64, interval
from swe_agent.metrics.interval import (
    LEAST_EFFECT,
    ClusterSums,
    Estimate,
    clustered,
    effective_n,
    independent,
    student_t,
    wilson,
)

clusters = st.lists(st.integers(1, 30).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), min_size=1)


def summed(pairs: Sequence[tuple[int, int]]) -> ClusterSums:
    return sum((ClusterSums.one(hits, n) for hits, n in pairs), ClusterSums())


def bounds(one: Estimate) -> tuple[float, float, float]:
    assert one.value is not None
    assert one.low is not None
    assert one.high is not None
    return one.low, one.value, one.high


@given(clusters)
def test_an_interval_holds_its_share_and_mirrors(pairs: list[tuple[int, int]]) -> None:
    low, value, high = bounds(clustered(summed(pairs), "blocks"))
    assert 0 <= low <= value <= high <= 1
    other = bounds(clustered(summed([(n - hits, n) for hits, n in pairs]), "blocks"))
    assert other == pytest.approx((1 - high, 1 - value, 1 - low), abs=1e-9)


@given(clusters)
def test_units_are_worth_at_least_one_and_little_more_than_their_number(pairs: list[tuple[int, int]]) -> None:
    sums = summed(pairs)
    assert 1 <= effective_n(sums) <= sums.n / LEAST_EFFECT


@given(st.integers(2, 40), st.integers(1, 12), st.integers(2, 20))
def test_many_alike_units_of_one_proposal_are_worth_one_proposal(proposals: int, hits: int, size: int) -> None:
    """All of a proposal accepted, or nothing of it: that is as much as so many yes or no."""
    taken = min(hits, proposals - 1)
    pairs = [(size, size)] * taken + [(0, size)] * (proposals - taken)
    worth = effective_n(summed(pairs))
    assert worth <= proposals * 1.5


@given(clusters, clusters)
def test_sums_of_clusters_add_up(left: list[tuple[int, int]], right: list[tuple[int, int]]) -> None:
    assert summed(left) + summed(right) == summed([*left, *right])


@pytest.mark.parametrize(
    ("pairs", "enough"),
    [
        ([(0, 3)] * 2, False),
        ([(5, 5)] * 3, False),
        ([(1, 2)] * 24, False),  # 48 units
        ([(3, 6)] * 11, False),  # 66 units of eleven
        ([(3, 6)] * 12, True),
        ([(100, 200), *[(1, 2)] * 40], False),  # one of them is most of it
    ],
)
def test_little_is_said_to_be_little(pairs: list[tuple[int, int]], enough: bool) -> None:
    assert clustered(summed(pairs), "blocks").enough is enough


@pytest.mark.parametrize(("hits", "wide"), [(0, 0.25), (5, 0.25)])
def test_all_or_nothing_of_a_few_proposals_proves_little(hits: int, wide: float) -> None:
    low, _, high = bounds(clustered(summed([(hits, 5)] * 4), "blocks"))
    assert high - low > wide
    assert (low == 0.0, high == 1.0) == (hits == 0, hits == 5)


def test_no_units_have_no_share() -> None:
    one = clustered(ClusterSums(), "blocks")
    assert (one.value, one.low, one.high, one.n, one.enough, one.method) == (None, None, None, 0, False, "")


def test_units_that_stand_each_for_itself_have_wilsons_interval() -> None:
    one = independent(30, 60, "tasks")
    assert (one.low, one.high) == wilson(30, 60)
    assert (one.clusters, one.enough, one.units) == (60, True, "tasks")


@pytest.mark.parametrize(
    ("freedom", "point"),
    [(1, 12.7062), (2, 4.3027), (3, 3.1824), (4, 2.7764), (9, 2.2622), (11, 2.2010), (30, 2.0423), (120, 1.9799)],
)
def test_students_t_as_in_printed_tables(freedom: int, point: float) -> None:
    assert student_t(freedom) == pytest.approx(point, abs=2e-4)


def test_students_t_falls_towards_the_normal_distribution() -> None:
    points = [student_t(freedom) for freedom in range(1, 2000)]
    assert points == sorted(points, reverse=True)
    assert points[-1] == pytest.approx(1.96, abs=3e-3)


# ---- resampling


def mean(arms: Sequence[Sequence[float]]) -> float | None:
    return sum(arms[0]) / len(arms[0])


def test_chance_is_the_same_every_time_and_meets_everything() -> None:
    drawn = SplitMix64(7).sample(range(100))
    assert drawn == SplitMix64(7).sample(range(100))
    assert drawn != SplitMix64(8).sample(range(100))
    chance = SplitMix64(1)
    met = [one for _ in range(400) for one in chance.sample(range(5))]
    assert all(abs(met.count(one) - 400) < 80 for one in range(5))


def test_the_interval_of_a_mean_is_that_of_the_textbook() -> None:
    values = [float(number % 10) for number in range(200)]
    found = interval([values], mean, clusters=200)
    assert found is not None
    spread = student_t(199) * math.sqrt(sum((one - 4.5) ** 2 for one in values) / 199 / 200)
    assert found == pytest.approx((4.5 - spread, 4.5 + spread), abs=0.06)


def test_few_clusters_make_it_wider() -> None:
    values = [float(number % 10) for number in range(200)]
    many, few = (interval([values], mean, clusters=clusters) for clusters in (200, 4))
    assert many is not None
    assert few is not None
    assert few[0] < many[0] < many[1] < few[1]


def test_what_cannot_be_computed_for_most_draws_has_no_interval() -> None:
    assert interval([[1.0, 2.0]], lambda arms: None, clusters=2) is None
