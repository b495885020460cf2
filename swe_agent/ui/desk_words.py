"""Lines side by side, as values: which removed line became which added one, which words of them differ, and what a
block comes to where only some of its lines are taken."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Literal, NamedTuple

from swe_agent.core.diff import Block

Span = tuple[int, int]

MOST_COMPARED = 2_500
"""Pairs of lines that are compared to find out what became of what; past them the first line goes with the first."""
MOST_TOKENS = 400
ALIKE = 0.5
"""The share of words that two lines have in common, from which on one is taken for what became of the other."""

_TOKEN = re.compile(r"\w+|\s+|[^\w\s]")


class LineOf(NamedTuple):
    """One line of a block: a removed or an added one, and which."""

    sign: Literal["-", "+"]
    at: int


def pairs(removed: Sequence[str], added: Sequence[str]) -> tuple[Span, ...]:
    """Removed and added lines that belong together, both in order."""
    if len(removed) == len(added) or len(removed) * len(added) > MOST_COMPARED:
        return tuple((i, i) for i in range(min(len(removed), len(added))))
    return _best(removed, added)


def _best(removed: Sequence[str], added: Sequence[str]) -> tuple[Span, ...]:
    """The pairs, in order, that have most in common: the longest common subsequence with likeness for equality."""
    left = [Counter(_TOKEN.findall(line.strip())) for line in removed]
    right = [Counter(_TOKEN.findall(line.strip())) for line in added]
    best = [[0.0] * (len(right) + 1) for _ in range(len(left) + 1)]
    for i in range(len(left) - 1, -1, -1):
        for j in range(len(right) - 1, -1, -1):
            together = _likeness(left[i], right[j])
            joined = together + best[i + 1][j + 1] if together >= ALIKE else 0.0
            best[i][j] = max(best[i + 1][j], best[i][j + 1], joined)
    found: list[Span] = []
    i = j = 0
    while i < len(left) and j < len(right):
        if best[i][j] == best[i + 1][j]:
            i += 1
        elif best[i][j] == best[i][j + 1]:
            j += 1
        else:
            found.append((i, j))
            i, j = i + 1, j + 1
    return tuple(found)


def _likeness(left: Counter[str], right: Counter[str]) -> float:
    total = left.total() + right.total()
    return 2 * (left & right).total() / total if total else 1.0


@lru_cache(maxsize=4_000)
def changed_words(old: str, new: str) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    """Where the two lines differ, in characters; nothing where they have too little in common to be compared.

    >>> changed_words("a + b", "a - b")
    (((2, 3),), ((2, 3),))
    """
    left, right = _TOKEN.findall(old), _TOKEN.findall(new)
    if max(len(left), len(right)) > MOST_TOKENS:
        return (), ()
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    if matcher.ratio() < ALIKE:
        return (), ()
    ends = [_ends(left), _ends(right)]
    spans: tuple[list[Span], list[Span]] = ([], [])
    for tag, i, k, j, m in matcher.get_opcodes():
        if tag != "equal":
            for side, start, end in ((0, i, k), (1, j, m)):
                if end > start:
                    spans[side].append((ends[side][start], ends[side][end]))
    return tuple(spans[0]), tuple(spans[1])


def _ends(tokens: Sequence[str]) -> list[int]:
    at, ends = 0, [0]
    for token in tokens:
        at += len(token)
        ends.append(at)
    return ends


def in_order(block: Block) -> tuple[LineOf, ...]:
    """All lines of a block in the one order that keeps what belongs together side by side: each removed line before
    what became of it, and both sides in their own order."""
    return tuple(_in_order(block))


def _in_order(block: Block) -> Iterator[LineOf]:
    i = j = 0
    for to_i, to_j in (*pairs(block.removed, block.added), (len(block.removed), len(block.added))):
        yield from (LineOf("-", k) for k in range(i, to_i))
        yield from (LineOf("+", k) for k in range(j, to_j))
        if to_i < len(block.removed) and to_j < len(block.added):
            yield LineOf("-", to_i)
            yield LineOf("+", to_j)
        i, j = to_i + 1, to_j + 1


def with_lines(block: Block, chosen: Collection[LineOf]) -> tuple[str, ...]:
    """What stands in the place of the block where only the chosen of its lines are taken: a removed line that is not
    chosen stays, an added one that is not does not come. All of them give the added lines, none the removed ones."""
    kept: list[str] = []
    for line in in_order(block):
        if (line in chosen) == (line.sign == "+"):
            kept.append(block.added[line.at] if line.sign == "+" else block.removed[line.at])
    # A last line without an end may have got another behind it.
    return (*(line if line.endswith("\n") else line + "\n" for line in kept[:-1]), *kept[-1:])
