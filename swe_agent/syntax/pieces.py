"""A text of Python without the statements that a change leaves alone: what is left is read in a part of the time.

White space tells where Python's statements begin, so this needs no tree. Lines keep their numbers.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

_TOP = re.compile(r"\n(?:(?:async +def|def|class)\b|@|import\b|from\b[^\n]*\bimport\b)")
_MEMBER = re.compile(r"\n    (?:(?:async +def|def|class)\b|@)")
"""Where a statement begins that stands in no bracket."""
_OUTSIDE = re.compile(r"\n[^ #)\]}\r\n]")
"""A line of no class, but for one that ends what its head has begun."""
_QUOTES = ('"""', "'''")
Range = tuple[int, int]
"""Characters, from the line end before a line to that of the last one."""


def cut_around(text: str, numbers: Iterable[int], *, has_whole_classes: bool = False) -> str | None:
    """The statements of a module, and of its classes the members, in which the lines of these numbers stand (from 1),
    and blank lines for the others. Of a class there are its head and last member too; all of them where its first line
    is among the lines, or all of any class. None where a string over many lines may have been cut, or what has to stand
    above everything else."""
    data = f"\n{text}"
    tops = [0, *(found.start() for found in _TOP.finditer(data, 1))]
    touched = list(_places(data, tops, sorted(set(numbers))))
    if any(data.startswith("\nfrom __future__", at) for at in tops if touched and at >= touched[0]):
        return None
    kept: list[Range] = []
    at = 0
    for place in touched:
        if kept and place < at:
            continue
        first, head, end = _statement(data, tops, place)
        is_whole = has_whole_classes or head in touched
        members = [(first, end)] if is_whole else _members(data, first, head, end)
        if any(_is_cut(data, one) for one in ((at, first), *members)):
            return None
        kept += _chosen(members, touched)
        at = end
    return None if _is_cut(data, (at, len(data))) else "".join(_without_rest(data, kept))[1:]


def _places(data: str, tops: Sequence[int], numbers: Iterable[int]) -> Iterator[int]:
    """Where lines begin."""
    lines = [1]
    for above, top in pairwise(tops):
        lines.append(lines[-1] + data.count("\n", above, top))
    line, at = 1, 0
    for number in numbers:
        nearest = bisect_right(lines, number) - 1
        if nearest >= 0 and lines[nearest] > line:
            line, at = lines[nearest], tops[nearest]
        while line < number and at >= 0:
            line, at = line + 1, data.find("\n", at + 1)
        if at < 0:
            return
        if number > 0:
            yield at


def _statement(data: str, tops: Sequence[int], place: int) -> tuple[int, int, int]:
    """The statement of the module around a line and what follows up to the next definition or import: its decorators,
    its head, its end."""
    at = head = bisect_right(tops, place) - 1
    while at > 0 and data[tops[at - 1] + 1] == "@":
        at -= 1
    while head + 1 < len(tops) and data.startswith("@", tops[head] + 1):
        head += 1
    return tops[at], tops[head], tops[head + 1] if head + 1 < len(tops) else len(data)


def _members(data: str, first: int, head: int, end: int) -> list[Range]:
    """A class's head and its members; of anything else the whole."""
    if not data.startswith("\nclass ", head):
        return [(first, end)]
    marked = [found.start() for found in _MEMBER.finditer(data, head + 1, end)]
    found = [at for above, at in pairwise((head, *marked)) if not data.startswith("\n    @", above)]
    if not found or _OUTSIDE.search(data, head + 1, found[-1]):
        return [(first, end)]
    return list(pairwise((first, *found, end)))


def _chosen(members: Sequence[Range], touched: Sequence[int]) -> list[Range]:
    starts = [first for first, _ in members]
    here = touched[bisect_right(touched, starts[0] - 1) : bisect_right(touched, members[-1][1] - 1)]
    wanted = {0, len(members) - 1, *(bisect_right(starts, place) - 1 for place in here)}
    return [members[at] for at in sorted(wanted)]


def _is_cut(data: str, piece: Range) -> bool:
    """Whether it seems to begin or end within a string."""
    return any(data.count(quote, *piece) % 2 for quote in _QUOTES)


def _without_rest(data: str, kept: Iterable[Range]) -> Iterator[str]:
    at = 0
    for first, end in kept:
        yield "\n" * data.count("\n", at, first)
        yield data[first:end]
        at = end
    yield "\n" * data.count("\n", at, len(data))
