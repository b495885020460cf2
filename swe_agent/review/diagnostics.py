"""What linters say of the head and did not say of the base.

Not "what they say of changed lines": a change may be wrong about a line that it does not touch, and a line that was
moved is no news. So reports of both ends are compared as often as each is made, by rule and by the text of the line.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from swe_agent.review.change import Reviewed
from swe_agent.review.diff_index import FileDiff, Side
from swe_agent.review.findings import Anchor, Finding
from swe_agent.review.linters import Reported

Key = tuple[str, str, str]


def findings(change: Reviewed, linter: str, base: Sequence[Reported], head: Sequence[Reported]) -> Iterator[Finding]:
    """`base` names files as the base does, `head` as the head does."""
    before = Counter(_key(change, "left", row) for row in base)
    alike: dict[Key, list[Reported]] = {}
    for row in head:
        alike.setdefault(_key(change, "right", row), []).append(row)
    for key, rows in alike.items():
        new = len(rows) - before[key]
        # Of several alike those on lines that came are the new ones, as far as anybody can tell.
        ranked = sorted(rows, key=lambda row: (not _came(change, row), row.line))
        for row in sorted(ranked[: max(0, new)], key=lambda row: row.line):
            yield _finding(linter, row)


def _key(change: Reviewed, side: Side, row: Reported) -> Key:
    file = change.index.file(row.path)
    lines = change.lines(side, row.path)
    text = lines[row.line - 1].strip() if 0 < row.line <= len(lines) else ""
    return (file.path if file else row.path), row.code, text


def _came(change: Reviewed, row: Reported) -> bool:
    file: FileDiff | None = change.index.file(row.path)
    shown = file.row_at("right", row.line) if file else None
    return shown is not None and shown.sign == "+"


def _finding(linter: str, row: Reported) -> Finding:
    return Finding(
        rule=f"{linter}/{row.code}",
        severity=row.severity,
        message=" ".join(row.message.split()),
        category="correctness",
        path=row.path,
        anchor=Anchor(row.path, "right", row.line, row.line) if row.line else None,
    )
