"""Which commits hold what has landed, as hints of git's hooks tell it. What follows lines through a history needs none
of these.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitSeen:
    """`commit` holds `lines` of the `of` lines of a landing that can be told from others. An amended or rebased commit
    is seen anew."""

    commit: str
    landing: str
    lines: int
    of: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewritten:
    """`new` stands in the place of the commit `old`, which held lines of a landing."""

    old: str
    new: str
    how: str
    """`amend` or `rebase`, as git says it."""
    landing: str
