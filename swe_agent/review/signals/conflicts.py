"""Conflict markers of a merge that nobody has finished."""

from __future__ import annotations

import re
from collections.abc import Iterator

from swe_agent.review.change import Reviewed, here
from swe_agent.review.diff_index import FileDiff, Row
from swe_agent.review.findings import Anchor, Finding, Severity

_OPENS = re.compile(r"<{7}(?: |$)")
_CLOSES = re.compile(r">{7}(?: |$)")


def findings(change: Reviewed) -> Iterator[Finding]:
    """One for each conflict, at its first marker; a lone row of signs, as under a heading, is none."""
    for file in change.index.files:
        opened: Row | None = None
        divided = False
        for row in file.changed("right"):
            if _OPENS.match(row.text):
                opened, divided = row, False
            elif row.text.rstrip() == "=======" and opened:
                divided = True
            elif _CLOSES.match(row.text) and opened and divided:
                yield _finding(file, opened, row)
                opened = None


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
