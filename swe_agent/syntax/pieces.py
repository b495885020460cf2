"""A text of Python without the statements that a change leaves alone: what is left is read in a part of the time.

White space tells where Python's statements begin, so this needs no tree. Lines keep their numbers.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

_TOP = ("def ", "class ", "async ", "@", "import ", "from ")
_TOP_WHOLE = re.compile(r"(?:async +def|def|class)\b|@|import\b|from\b.*\bimport\b")
_MEMBER = ("    def ", "    async ", "    class ", "    @")
"""How lines begin that begin a statement, and stand in no bracket."""
_OUTSIDE = re.compile(r"\n[^ #)\]}\r\n]")
"""A line of no class, but for one that ends what its head has begun."""
_QUOTES = ('"""', "'''")
Range = tuple[int, int]
"""Lines from 0, the first and the one after the last."""


def cut_around(lines: Sequence[str], numbers: Iterable[int], *, has_whole_classes: bool = False) -> str | None:
    """The statements of a module, and of its classes the members, in which the lines of these numbers stand (from 1),
    and blank lines for the others. Of a class there are its head and last member too; all of them where its first line
    is among the lines, or all of any class. None where a string over many lines may have been cut, or what has to stand
    above everything else."""
    known = {number - 1 for number in numbers if 0 < number <= len(lines)}
    touched = sorted(known)
    tops = [at for at, line in enumerate(lines) if line.startswith(_TOP) and _TOP_WHOLE.match(line)]
    if any("__future__" in lines[at] for at in tops if touched and at >= touched[0]):
        return None
    kept: list[Range] = []
    at = 0
    for line in touched:
        if kept and line < at:
            continue
        first, head, end = _statement(lines, tops, line)
        is_whole = has_whole_classes or head in known
        members = [(first, end)] if is_whole else _members(lines, first, head, end)
        if any(_is_cut(_text(lines, one)) for one in ((at, first), *members)):
            return None
        kept += _chosen(members, touched)
        at = end
    return None if _is_cut(_text(lines, (at, len(lines)))) else "".join(_without_rest(lines, kept))


def _text(lines: Sequence[str], where: Range) -> str:
    return "\n".join(lines[slice(*where)])


def _statement(lines: Sequence[str], tops: Sequence[int], line: int) -> tuple[int, int, int]:
    """The statement of the module around a line and what follows up to the next definition or import: its decorators,
    its head, its end."""
    at = bisect_right(tops, line) - 1
    if at < 0:
        return 0, 0, tops[0] if tops else len(lines)
    head = at
    while at > 0 and lines[tops[at - 1]].startswith("@"):
        at -= 1
    while head + 1 < len(tops) and lines[tops[head]].startswith("@"):
        head += 1
    return tops[at], tops[head], tops[head + 1] if head + 1 < len(tops) else len(lines)


def _members(lines: Sequence[str], first: int, head: int, end: int) -> list[Range]:
    """A class's head and its members; of anything else the whole."""
    if not lines[head].startswith("class "):
        return [(first, end)]
    marked = [at for at in range(head + 1, end) if lines[at].startswith(_MEMBER)]
    found = [at for above, at in pairwise((head, *marked)) if not lines[above].startswith("    @")]
    if not found or _OUTSIDE.search(_text(lines, (head, found[-1]))):
        return [(first, end)]
    return list(pairwise((first, *found, end)))


def _chosen(members: Sequence[Range], touched: Sequence[int]) -> list[Range]:
    starts = [first for first, _ in members]
    here = touched[bisect_left(touched, starts[0]) : bisect_left(touched, members[-1][1])]
    wanted = {0, len(members) - 1, *(bisect_right(starts, line) - 1 for line in here)}
    return [members[at] for at in sorted(wanted)]


def _is_cut(text: str) -> bool:
    """Whether it seems to begin or end within a string."""
    return any(text.count(quote) % 2 for quote in _QUOTES)


def _without_rest(lines: Sequence[str], kept: Iterable[Range]) -> Iterator[str]:
    at = 0
    for first, end in kept:
        yield "\n" * (first - at)
        yield _text(lines, (first, end))
        yield "\n"
        at = end
    yield "\n" * (len(lines) - at)
