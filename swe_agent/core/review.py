"""Runs of a review bot, and what became of its comments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Reaction = Literal["", "applied", "thumbs_up", "thumbs_down", "dismissed"]
"""What a person did with a comment; empty where nobody answered it before the merge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewComment:
    kind: str
    severity: str
    posted_at: str
    reaction: Reaction = ""
    changed: bool = False
    """The commented region changed before the merge, in the direction that the comment suggests."""
    base: tuple[bool, ...] = ()
    """Of lines of the same pull request that were drawn at random among changed ones without a comment: whether the
    region around them changed before the merge."""

    @property
    def addressed(self) -> bool:
        return self.reaction == "applied" or self.changed

    @property
    def is_noise(self) -> bool:
        return not self.addressed and self.reaction != "thumbs_up"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRun:
    """Of one pull request that the bot was to review."""

    pull: str
    at: str
    finished: bool
    changed_lines: int = 0
    silent_lines: int = 0
    """Of these, reviewed ones without a comment, merged at least 30 days ago."""
    escaped_lines: int = 0
    """Of these, lines that a fix changed within 30 days after the merge."""
    comments: tuple[ReviewComment, ...] = ()
