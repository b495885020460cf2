"""Taste: of candidates that pass the same tests, which comes first."""

from __future__ import annotations

import pytest

from swe_agent.repair.candidate import Candidate
from swe_agent.repair.judge import confidence, doubts, shared_score

TEXT = "def f(a, b):\n    return a < b and a + 10\n"


def change(old: str, new: str, cost: float = 1.0) -> Candidate:
    start = TEXT.index(old)
    return Candidate(
        path="m.py", start=start, end=start + len(old), replacement=new, template="t", cost=cost, line=2, statement=2
    )


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (change("<", "<="), change("<", ">", 1.6)),
        (change("<", "<="), change("a < b and a + 10", "a + 10")),
        (change("10", "0"), change("10", "4711")),
        (change("a < b", "b < a"), change("a < b", "a < b and isinstance(a, object) and isinstance(b, object)")),
        (change("<", "<="), change("a < b", "a < 9")),
    ],
)
def test_the_more_plausible_comes_first(better: Candidate, worse: Candidate) -> None:
    assert better.cost + doubts(better, TEXT) < worse.cost + doubts(worse, TEXT)


def test_nothing_speaks_for_an_edit_but_its_rank() -> None:
    # The search ends where nothing that follows could be judged better: a doubt below none would break that.
    assert doubts(change("<", "<="), TEXT) == 0.005
    assert doubts(change("<", ">"), TEXT) == 0


def test_confidence_is_a_share() -> None:
    assert confidence([1.0], []) == 1
    assert confidence([1.0], [1.0, 1.0]) == pytest.approx(1 / 3)
    assert confidence([1.0], [2.0]) > confidence([1.0], [1.5])
    assert confidence([1.0, 1.0], [1.0]) == pytest.approx(2 / 3)


def test_what_several_say_counts_more_than_what_one_says() -> None:
    assert shared_score([2.0]) == 2
    assert shared_score([2.0, 2.0]) < 2 < shared_score([2.5, 9.0])
    assert shared_score([1000.0, 1001.0]) == pytest.approx(999.69, abs=0.01)
