"""Secrets on lines that came. Neither the line nor the secret is told again: what is posted is read by many."""

from __future__ import annotations

from collections.abc import Iterator

from swe_agent.core.secrets import STRONG, find
from swe_agent.review.change import Reviewed, here
from swe_agent.review.diff_index import FileDiff, Row
from swe_agent.review.findings import Finding, Severity


def findings(change: Reviewed) -> Iterator[Finding]:
    for file in change.index.files:
        rows = list(file.changed("right"))
        if not rows or file.new is None:
            continue
        leaks: dict[int, str] = {}
        for leak in find("\n".join(row.text for row in rows)):
            leaks.setdefault(leak.line, leak.rule)
        for number, rule in leaks.items():
            row = rows[number - 1]
            if not file.is_moved(row):
                yield _finding(file, row, rule)


def _finding(file: FileDiff, row: Row, rule: str) -> Finding:
    is_strong = rule in STRONG
    return Finding(
        rule=f"secret/{rule.replace(' ', '-')}",
        severity=Severity.CRITICAL if is_strong else Severity.HIGH,
        message=f"This line holds what looks like a secret ({rule}).",
        detail="Whoever can read the repository can use it, and it stays in the history after it is taken out. "
        "Revoke it where it was issued, then remove it.",
        category="security",
        path=file.path,
        anchor=here(file, row),
        confidence=1.0 if is_strong else 0.8,
    )
