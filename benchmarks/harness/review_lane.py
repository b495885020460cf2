"""The deterministic lane of a review on two commits of a repository, as people are told it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from swe_agent import review_commits


@dataclass(frozen=True, kw_only=True)
class Said:
    """A finding as a person gets it. `is_told`: at a line, and not in the fold."""

    rule: str
    severity: str
    path: str
    side: str = ""
    first: int = 0
    last: int = 0
    message: str = ""
    detail: str = ""
    is_told: bool = False


def lane(clone: Path, base: str, head: str) -> list[Said]:
    """What is found between two commits, the most important first."""
    review = review_commits(clone, base, head)
    rows = [(one, True) for one in review.told] + [(one, False) for one, _ in (*review.folded, *review.left)]
    return [_said(one.finding, one.anchor, is_told) for one, is_told in rows]


def _said(finding: Any, anchor: Any, is_told: bool) -> Said:
    return Said(
        rule=finding.rule,
        severity=finding.severity.word,
        path=finding.path,
        side=anchor.side if anchor else "",
        first=anchor.first if anchor else 0,
        last=anchor.last if anchor else 0,
        message=finding.message,
        detail=finding.detail,
        is_told=is_told,
    )
