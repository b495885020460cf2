"""Comparisons: the verdict goes by work that both did, and says when nobody can tell."""

from __future__ import annotations

import pytest

from swe_agent.metrics.compare import ClusterRow, Comparison, compare


def arm(name: str, **strata: tuple[int, int, int]) -> list[ClusterRow]:
    """Of each stratum: so many proposals, each with so many hits of so many blocks."""
    return [
        ClusterRow(arm=name, cluster=f"{name} {stratum} {number}", stratum=stratum, hits=hits, n=n)
        for stratum, (proposals, hits, n) in strata.items()
        for number in range(proposals)
    ]


def mixed(name: str, stratum: str, proposals: int, accepted: int) -> list[ClusterRow]:
    """Proposals of four blocks: three are accepted of the first `accepted` proposals, one of the others."""
    return [
        ClusterRow(arm=name, cluster=f"{name} {stratum} {n}", stratum=stratum, hits=3 if n < accepted else 1, n=4)
        for n in range(proposals)
    ]


def compared(*rows: list[ClusterRow]) -> Comparison:
    return compare([row for some in rows for row in some], "a", "b")


def test_a_clear_difference_is_named() -> None:
    found = compared(mixed("a", "go", 40, 36), mixed("b", "go", 40, 4))
    assert found.verdict == "first"
    assert (found.plain.value, found.adjusted) == (pytest.approx(0.4), found.plain)
    assert found.adjusted.low is not None
    assert found.adjusted.low > 0.2
    turned = compare([*mixed("a", "go", 40, 36), *mixed("b", "go", 40, 4)], "b", "a")
    assert turned.verdict == "second"


def test_no_difference_can_be_claimed_of_the_same() -> None:
    found = compared(mixed("a", "go", 40, 20), mixed("b", "go", 40, 21))
    assert found.verdict == "none"
    assert found.adjusted.low is not None
    assert found.adjusted.high is not None
    assert found.adjusted.low < 0 < found.adjusted.high


@pytest.mark.parametrize("proposals", [9, 12])
def test_fewer_than_fifty_blocks_or_ten_proposals_are_not_enough(proposals: int) -> None:
    """Nine proposals of six blocks each; twelve of four are 48 blocks."""
    size = 6 if proposals == 9 else 4
    found = compared(arm("a", go=(proposals, size, size)), arm("b", go=(proposals, 0, size)))
    assert found.verdict == "not enough data"
    assert found.plain.value == 1


def test_who_gets_the_easier_work_looks_better_and_is_not() -> None:
    """Simpson's paradox: `b` is better in each language, and `a` in all, because it had the easy one."""
    found = compared(
        mixed("a", "css", 90, 70), mixed("a", "rust", 10, 0), mixed("b", "css", 10, 10), mixed("b", "rust", 90, 22)
    )
    assert found.plain.value is not None
    assert found.adjusted.value is not None
    assert found.plain.value > 0 > found.adjusted.value
    assert found.turned
    assert found.verdict == "second"


def test_standardised_rates_are_weighed_by_what_both_had() -> None:
    found = compared(mixed("a", "go", 30, 30), mixed("a", "c", 10, 0), mixed("b", "go", 10, 0), mixed("b", "c", 30, 30))
    assert [(one.name, one.weight) for one in found.strata] == [("c", 0.5), ("go", 0.5)]
    assert found.standardised == (pytest.approx(0.5), pytest.approx(0.5))
    assert not found.one_sided


def test_one_stratum_with_most_of_all_is_told() -> None:
    found = compared(mixed("a", "go", 40, 20), mixed("a", "c", 5, 2), mixed("b", "go", 40, 20), mixed("b", "c", 5, 2))
    assert found.one_sided == "go"


def test_work_that_one_side_alone_had_is_left_out() -> None:
    found = compared(mixed("a", "go", 30, 15), mixed("a", "sql", 10, 10), mixed("b", "go", 40, 20))
    assert found.left_out == pytest.approx(10 / 80)
    assert [(one.name, one.weight) for one in found.strata] == [("go", 1.0), ("sql", None)]
    assert found.standardised == (pytest.approx(0.5), pytest.approx(0.5))


def test_nothing_in_common_is_not_enough() -> None:
    found = compared(mixed("a", "go", 30, 15), mixed("b", "sql", 30, 10))
    assert (found.verdict, found.adjusted.value, found.left_out) == ("not enough data", None, 1.0)


def test_all_and_nothing_are_told_apart_without_resampling() -> None:
    found = compared(arm("a", go=(30, 4, 4)), arm("b", go=(30, 0, 4)))
    assert found.verdict == "first"
    assert found.plain.method == "Newcombe, clustered by proposal"
    assert found.plain.low is not None
    assert 0.7 < found.plain.low < 1


def test_many_proposals_give_what_resampling_gives() -> None:
    small = compared(
        mixed("a", "go", 400, 220), mixed("a", "c", 90, 40), mixed("b", "go", 400, 180), mixed("b", "c", 90, 45)
    )
    large = compared(
        mixed("a", "go", 440, 242), mixed("a", "c", 99, 44), mixed("b", "go", 440, 198), mixed("b", "c", 99, 50)
    )
    assert (small.adjusted.method, large.adjusted.method) == ("bootstrap by proposal", "linearised, by proposal")
    for one, other in ((small.adjusted.low, large.adjusted.low), (small.adjusted.high, large.adjusted.high)):
        assert one == pytest.approx(other, abs=0.006)


def test_an_empty_side_is_not_enough() -> None:
    found = compared(mixed("a", "go", 30, 15))
    assert (found.verdict, found.rates[1].n, found.plain.value) == ("not enough data", 0, None)
