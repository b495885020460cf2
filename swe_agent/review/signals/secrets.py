"""Secrets on lines that came. Neither the line nor the secret is told again: what is posted is read by many."""

from __future__ import annotations

from collections.abc import Iterator

from swe_agent.core.secrets import ALLOW, Leak, allowed, find, is_sure_in
from swe_agent.review.change import Reviewed, here
from swe_agent.review.diff_index import FileDiff, Row
from swe_agent.review.findings import Finding, Severity


def findings(change: Reviewed) -> Iterator[Finding]:
    known = _allowed(change)
    for file in change.index.files:
        rows = file.changed("right")
        if not rows or file.new is None:
            continue
        leaks: dict[int, Leak] = {}
        for leak in find("\n".join(row.text for row in rows), known):
            if leak.line not in leaks or leak.is_sure > leaks[leak.line].is_sure:
                leaks[leak.line] = leak
        for number, leak in leaks.items():
            row = rows[number - 1]
            if not file.is_moved(row):
                yield _finding(file, row, leak)


def _allowed(change: Reviewed) -> frozenset[str]:
    """By the base: who sends a change does not say what of it is no secret."""
    file = change.index.file(ALLOW)
    lines = change.around.lines(ALLOW) if file is None else change.lines("left", file.old)
    return allowed("\n".join(lines))[0]


def _finding(file: FileDiff, row: Row, leak: Leak) -> Finding:
    is_sure = is_sure_in(leak, file.path)
    return Finding(
        rule=f"secret/{leak.rule.replace(' ', '-')}",
        severity=Severity.CRITICAL if is_sure else Severity.MEDIUM,
        message=f"This line holds what looks like a secret ({leak.rule}).",
        detail="Whoever can read the repository can use it, and it stays in the history after it is taken out. "
        "Revoke it where it was issued, then remove it.",
        category="security",
        path=file.path,
        anchor=here(file, row),
        confidence=1.0 if is_sure else 0.6,
    )
