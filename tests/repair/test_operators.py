"""Which operators are odd between what stands there."""

from __future__ import annotations

import pytest

from swe_agent.repair.generate import all_candidates
from swe_agent.repair.operators import NEVER, oddness


@pytest.mark.parametrize(
    ("text", "odder"),
    [
        ("x is 5", "x == 5"),
        ("x == None", "x is None"),
        ("x < None", "x is None"),
        ("x in 5", "x == 5"),
        ("x - 'a'", "x + 'a'"),
        ("x * 'a' ", "x + 'a'"),
        ("'%s' / x", "'%s' % x"),
        ("x ^ y", "x - y"),
        ("x << y", "x * y"),
        ("len(x) & 1.5", "len(x) + 1.5"),
    ],
)
def test_what_is_odd_is_turned_into_what_is_not_before_the_reverse(text: str, odder: str) -> None:
    def cost(old: str, new: str) -> float:
        source = f"def f(x, y):\n    return {old}\n"
        found = [c.cost for c in all_candidates({"m.py": source}) if c.apply(source) == source.replace(old, new)]
        return min(found)

    odd, usual = text.strip(), odder
    assert cost(odd, usual) < cost(usual, odd)


@pytest.mark.parametrize(
    "operator", ["+", "-", "*", "/", "//", "%", "**", "|", "&", "^", "<<", ">>", "==", "<", "in", "is"]
)
def test_nothing_is_better_than_usual(operator: str) -> None:
    kinds = ("", "text", "whole", "number", "none", "truth", "list", "mapping", "set", "constant")
    assert all(0 <= oddness(operator, one, two) <= NEVER for one in kinds for two in kinds)
