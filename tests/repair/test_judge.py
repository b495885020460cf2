"""Taste: of candidates that pass the same tests, which comes first."""

from __future__ import annotations

import pytest

from swe_agent.repair.candidate import Candidate
from swe_agent.repair.judge import implausibility, in_order

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
    assert implausibility(better, TEXT) < implausibility(worse, TEXT)
    assert in_order([worse, better], {"m.py": TEXT}) == [better, worse]


def test_equals_keep_one_order() -> None:
    one, two = change("a < b", "b < b"), change("a < b", "a < a")
    assert in_order([one, two], {"m.py": TEXT}) == in_order([two, one], {"m.py": TEXT})
