"""Conflict markers of a merge that nobody has finished."""

from __future__ import annotations

from collections.abc import Iterator

from swe_agent.core.conflicts import conflicts
from swe_agent.review.change import Reviewed, here
from swe_agent.review.diff_index import FileDiff, Row
from swe_agent.review.findings import Anchor, Finding, Severity


def findings(change: Reviewed) -> Iterator[Finding]:
    for file in change.index.files:
        rows = file.changed("right")
        for first, last in conflicts(row.text for row in rows):
            yield _finding(file, rows[first], rows[last])


def _finding(file: FileDiff, first: Row, last: Row) -> Finding:
    anchor = here(file, first)
    return Finding(
        rule="conflict-marker",
        severity=Severity.CRITICAL,
        message="A merge was not finished: conflict markers are left in the file.",
        category="correctness",
        path=file.path,
        anchor=Anchor(anchor.path, anchor.side, first.new, last.new),
    )
