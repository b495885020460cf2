"""Names of rules that there are, as settings name them."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

from swe_agent.review.linters import LINTERS

RULES = (
    *("conflict-marker", "syntax-error", "leftover", "complexity"),
    *("api/removed", "api/signature", "tests/weakened", "tests/missing", "touches/runs"),
    *("dependency/new", "dependency/lock-left-behind", "dependency/lock-alone"),
    *("characters/bidi", "characters/invisible", "characters/mixed-scripts"),
    *("dead-code/unreachable", "dead-code/unused", "dead-code/left", "dead-code/import"),
)
FAMILIES = ("secret", "workflow", "model", *(linter.name for linter in LINTERS))
"""Of rules that have a list of their own elsewhere, `FAMILY/RULE`."""


def unknown(patterns: Iterable[str]) -> list[str]:
    """Those of these patterns that no rule can match.

    >>> unknown(["leftover", "ruff/*", "*/E501", "leftovr", "secret"])
    ['leftovr', 'secret']
    """
    return [pattern for pattern in patterns if not _is_known(pattern)]


def _is_known(pattern: str) -> bool:
    family, slash, _ = pattern.partition("/")
    if any(fnmatchcase(rule, pattern) for rule in RULES):
        return True
    if slash:
        return any(fnmatchcase(one, family) for one in FAMILIES)
    return any(fnmatchcase(f"{one}/", pattern) for one in FAMILIES)
