"""Whether a change leaves the heads of all definitions alone: then its base need not be read to know them. Said of
Python alone, where white space tells."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence

from swe_agent.core.source import Symbol
from swe_agent.review.diff_index import FileDiff

_DEF = re.compile(r"(\s*)(?:async\s+)?def\b")
_ENDS = re.compile(r":\s*(?:#.*)?$")


def keeps_heads(file: FileDiff, lines: Sequence[str], symbols: Iterable[Symbol]) -> bool:
    """Whether all that changes in a file lies in bodies of functions, by its lines and definitions at the head; False
    where it cannot be told."""
    bodies = _bodies(lines, symbols)
    starts = [first for first, _, _ in bodies]
    for hunk in file.hunks:
        above = hunk.span("right").start - 1
        for row in hunk.rows:
            above = row.new or above
            if row.sign == " ":
                continue
            at = bisect_right(starts, above) - 1
            if at < 0 or not _is_within(bodies[at], above, row.text, is_new=row.sign == "+"):
                return False
    return True


def _is_within(body: tuple[int, int, int], line: int, text: str, *, is_new: bool) -> bool:
    """`line` is its own at the head, or of what went that above it."""
    head, last, indent = body
    inside = head < line <= last if is_new else head <= line <= last
    return inside and (not text.strip() or len(text) - len(text.lstrip()) > indent)


def _bodies(lines: Sequence[str], symbols: Iterable[Symbol]) -> list[tuple[int, int, int]]:
    """Of functions that stand in no other: the last line of the head, the last of the body, the head's indent."""
    found: list[tuple[int, int, int]] = []
    for one in symbols:
        if one.kind in ("function", "method") and not (found and one.span.start <= found[-1][1]):
            head, indent = _head(lines, one.span.start, one.span.end)
            found.append((head, one.span.end, indent))
    return found


def _head(lines: Sequence[str], first: int, last: int) -> tuple[int, int]:
    indent = None
    for number in range(first, last + 1):
        text = lines[number - 1]
        if indent is None and (match := _DEF.match(text)):
            indent = len(match[1])
        if indent is not None and _ENDS.search(text):
            return number, indent
    return last, indent or 0
