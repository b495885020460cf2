"""Rules that settings may name are those that there are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from swe_agent.review import signals
from swe_agent.review.rules import FAMILIES, RULES, unknown

_RULE = re.compile(r'rule=f?"([a-z/-]+)|"((?:api|tests|touches|dependency|characters|dead-code)/[a-z-]+)"')


def test_each_rule_of_a_signal_is_known() -> None:
    texts = [path.read_text("utf-8") for path in Path(signals.__path__[0]).glob("*.py")]
    found = {rule or other for text in texts for rule, other in _RULE.findall(text)}
    assert {one for one in found if not one.startswith(tuple(f"{family}/" for family in FAMILIES))} == set(RULES)


@pytest.mark.parametrize(
    "pattern",
    ["leftover", "secret/*", "secret/aws-access-key-id", "*", "ruff*", "*/E501", "eslint/@x/y", "dead-code/*"],
)
def test_what_is_a_rule(pattern: str) -> None:
    assert unknown([pattern]) == []


@pytest.mark.parametrize("pattern", ["leftovr", "secret", "rufff/*", "api/gone", "dead-code", ""])
def test_what_is_none(pattern: str) -> None:
    assert unknown([pattern]) == [pattern]
