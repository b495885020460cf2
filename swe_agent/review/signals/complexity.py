"""Functions that the change has made much harder to follow, by the number of ways through them (McCabe, 1976)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from typing import TYPE_CHECKING

from swe_agent.core.source import Symbol
from swe_agent.review.change import Reviewed
from swe_agent.review.diff_index import FileDiff, Side
from swe_agent.review.findings import Anchor, Finding, Severity
from swe_agent.review.signals.definitions import CALLED
from swe_agent.review.signals.grammar import Rows, rows_of
from swe_agent.review.signals.near import Near
from swe_agent.syntax.language import is_test_file
from swe_agent.syntax.parse import Parsed

if TYPE_CHECKING:
    from tree_sitter import Node

LEAST, JUMP, NEW = 16, 9, 30
"""Ways through a function that are many, and so many more than before that somebody should look; those that are too
many for one that comes."""


def findings(change: Reviewed) -> Iterator[Finding]:
    for file in change.written:
        if file.new is None or is_test_file(file.path):
            continue
        lines = sorted(row.new for row in file.changed("right"))
        if len(lines) < JUMP:
            continue
        for new in _functions(change, "right", file):
            if _within(lines, new) < JUMP // 2 or len(now := _ways(change, "right", file, new)) + 1 < LEAST:
                continue
            # Overloads have one name: which of them this was nobody says, so it is taken for the hardest.
            olds = [one for one in _functions(change, "left", file) if one.qualified == new.qualified]
            was = max((len(_ways(change, "left", file, old)) for old in olds), default=0)
            if len(now) - was >= JUMP and (olds or len(now) + 1 >= NEW):
                yield _finding(file, new, was + 1 if olds else 0, now, set(lines))


def _within(lines: list[int], symbol: Symbol) -> int:
    return bisect_left(lines, symbol.span.end + 1) - bisect_left(lines, symbol.span.start)


def _functions(change: Reviewed, side: Side, file: FileDiff) -> list[Symbol]:
    return [one for one in change.once(Near).symbols(side, file) if one.kind in CALLED]


def _ways(change: Reviewed, side: Side, file: FileDiff, symbol: Symbol) -> list[int]:
    """The lines on which a way through the function divides."""
    parsed = change.once(Near).parsed(side, file)
    rows = rows_of(symbol.language)
    if parsed is None or rows is None:
        return []
    lines = change.lines(side, file.path_on(side))
    first, last = lines[symbol.span.start - 1], lines[symbol.span.end - 1]
    begins, ends = len(first) - len(first.lstrip()), max(0, len(last.rstrip()) - 1)
    node = parsed.root.descendant_for_point_range((symbol.span.start - 1, begins), (symbol.span.end - 1, ends))
    return list(_divided(parsed, rows, node or parsed.root, symbol))


def _divided(parsed: Parsed, rows: Rows, top: Node, symbol: Symbol) -> Iterator[int]:
    """Without functions that stand in the function and have a count of their own."""
    first, last = symbol.span.start - 1, symbol.span.end - 1
    stack = [(top, 0)]
    while stack:
        node, depth = stack.pop()
        if node.end_point.row < first or node.start_point.row > last:
            continue
        if node.type in rows.functions and node.start_point.row >= first:
            depth += 1
        if depth > 1:
            continue
        if node.type in rows.decisions:
            yield node.start_point.row + 1
        stack += [(child, depth) for child in node.children]


def _finding(file: FileDiff, symbol: Symbol, was: int, now: list[int], lines: set[int]) -> Finding:
    """`was` is 0 for one that was not there."""
    line = min((line for line in now if line in lines), default=symbol.span.start)
    ways = f"{len(now) + 1} ways through it"
    said = f"has become much harder to follow: {ways}, {was} before." if was else f"comes with {ways}: who can test it?"
    return Finding(
        rule="complexity",
        severity=Severity.LOW,
        message=f"`{symbol.name}` {said}",
        category="style",
        path=file.path,
        anchor=Anchor(file.path, "right", line, line),
        symbol=symbol.qualified,
        confidence=0.8,
    )
