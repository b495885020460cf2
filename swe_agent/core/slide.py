"""Where a run of added or removed lines begins, when it could begin in several places.

A run that begins with the line that follows it may as well stand one line further down: both tell the same change. Of
all such places the one is taken that reads best: it begins and ends where the text is indented least, after a blank
line rather than before one, and further down rather than up. That is what git's indent heuristic is after (Michael
Haggerty, 2016), and what a person takes for the thing that was added.
"""

from __future__ import annotations

from collections.abc import Sequence

Run = tuple[int, int, int, int]
"""(base from, base to, head from, head to)."""
FARTHEST = 200
"""Lines."""
TAB = 8


def slid(base: Sequence[str], head: Sequence[str], runs: Sequence[Run]) -> list[Run]:
    """The same runs, each where it reads best; none comes to touch its neighbour."""
    placed: list[Run] = []
    for number, (b0, b1, h0, h1) in enumerate(runs):
        if b0 < b1 and h0 < h1:
            placed.append((b0, b1, h0, h1))
            continue
        lines, start, end = (head, h0, h1) if h0 < h1 else (base, b0, b1)
        above = start - (placed[-1][3] if h0 < h1 else placed[-1][1]) - 1 if placed else start
        after = runs[number + 1] if number + 1 < len(runs) else None
        below = (after[2] if h0 < h1 else after[0]) - end - 1 if after else len(lines) - end
        by = _best(lines, start, end, min(above, FARTHEST), min(below, FARTHEST))
        placed.append((b0 + by, b1 + by, h0 + by, h1 + by))
    return placed


def _best(lines: Sequence[str], start: int, end: int, above: int, below: int) -> int:
    up = 0
    while up < above and lines[start - 1 - up] == lines[end - 1 - up]:
        up += 1
    down = 0
    while down < below and lines[start + down] == lines[end + down]:
        down += 1
    if not up and not down:
        return 0
    return min(range(-up, down + 1), key=lambda by: (*_cost(lines, start + by, end + by), -by))


def _cost(lines: Sequence[str], start: int, end: int) -> tuple[int, int]:
    """What speaks against a run from `start` to `end`: how deep the text is where it is cut, and how little it is cut
    there."""
    return _indent(lines, start) + _indent(lines, end), sum(not _is_gap(lines, at) for at in (start, end))


def _is_gap(lines: Sequence[str], at: int) -> bool:
    """Whether a blank line, or an end of the text, stands right before this line, and it is not blank itself."""
    if at in (0, len(lines)):
        return True
    return not lines[at - 1].strip() and bool(lines[at].strip())


def _indent(lines: Sequence[str], at: int) -> int:
    """Columns before the first line from `at` on that is not blank; 0 at the end of the text."""
    while at < len(lines):
        text = lines[at]
        if text.strip():
            return len(text[: len(text) - len(text.lstrip())].expandtabs(TAB))
        at += 1
    return 0
