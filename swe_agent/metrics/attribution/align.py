"""Where the tokens of new lines stood in old ones.

Whole lines first: those that are there once on both sides ("patience diff", Bram Cohen), and equal ones right beside
them; what is left between is matched token by token, longest block first (Ratcliff and Obershelp's gestalt matching,
difflib), for that is where lines are split, joined, or changed in a part.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from difflib import SequenceMatcher

from swe_agent.metrics.attribution.tokens import Tokens

MOST_WORK = 400_000
"""Pairs of tokens; a larger gap is matched by whole lines alone, or a minified file would take minutes."""


def align(old: Sequence[Tokens], new: Sequence[Tokens]) -> list[list[int]]:
    """For each token of each new line, the old line that it stood in; -1 where it is new."""
    found = [[-1] * len(line) for line in new]
    i0 = j0 = 0
    is_first = True
    for i, j in [*_anchors(old, new, 0, len(old), 0, len(new)), (len(old), len(new))]:
        is_last = j == len(new)
        _between(old, new, i0, i, j0, j, found, after=not is_first, before=not is_last)
        if not is_last:
            found[j] = [i] * len(new[j])
        i0, j0, is_first = i + 1, j + 1, False
    return found


def _between(
    old: Sequence[Tokens],
    new: Sequence[Tokens],
    i0: int,
    i1: int,
    j0: int,
    j1: int,
    found: list[list[int]],
    *,
    after: bool,
    before: bool,
) -> None:
    """Between two anchors, or an anchor and an end. Equal lines beside an end mean nothing: the last line of a piece is
    like the last line of many others."""
    while after and i0 < i1 and j0 < j1 and old[i0] == new[j0]:
        found[j0] = [i0] * len(new[j0])
        i0, j0 = i0 + 1, j0 + 1
    while before and i0 < i1 and j0 < j1 and old[i1 - 1] == new[j1 - 1]:
        i1, j1 = i1 - 1, j1 - 1
        found[j1] = [i1] * len(new[j1])
    if i0 < i1 and j0 < j1:
        _by_tokens(old, new, i0, i1, j0, j1, found)


def _anchors(old: Sequence[Tokens], new: Sequence[Tokens], i0: int, i1: int, j0: int, j1: int) -> list[tuple[int, int]]:
    """Pairs of equal lines that are there once on both sides, in the same order on both: the longest such row."""
    once = _once(old, i0, i1)
    pairs = [(once[line], j) for line, j in sorted(_once(new, j0, j1).items(), key=lambda one: one[1]) if line in once]
    ends: list[int] = []
    at: list[int] = []
    before: list[int] = []
    for number, (i, _) in enumerate(pairs):
        place = bisect_left(ends, i)
        before.append(at[place - 1] if place else -1)
        ends[place : place + 1] = [i]
        at[place : place + 1] = [number]
    row: list[tuple[int, int]] = []
    number = at[-1] if at else -1
    while number >= 0:
        row.append(pairs[number])
        number = before[number]
    return row[::-1]


def _once(lines: Sequence[Tokens], start: int, end: int) -> dict[Tokens, int]:
    places: dict[Tokens, int] = {}
    for number in range(start, end):
        line = lines[number]
        if len(line) > 1:
            places[line] = -1 if line in places else number
    return {line: number for line, number in places.items() if number >= 0}


def _by_tokens(
    old: Sequence[Tokens], new: Sequence[Tokens], i0: int, i1: int, j0: int, j1: int, found: list[list[int]]
) -> None:
    a = [token for i in range(i0, i1) for token in old[i]]
    b = [token for j in range(j0, j1) for token in new[j]]
    if not a or not b:
        return
    of_a = [i for i in range(i0, i1) for _ in old[i]]
    of_b = [(j, place) for j in range(j0, j1) for place in range(len(new[j]))]
    if a == b:
        for at, (j, place) in enumerate(of_b):
            found[j][place] = of_a[at]
    elif len(a) * len(b) > MOST_WORK:
        _by_lines(old, new, i0, i1, j0, j1, found)
    else:
        for start_a, start_b, size in SequenceMatcher(None, a, b, autojunk=False).get_matching_blocks():
            for step in range(size):
                j, place = of_b[start_b + step]
                found[j][place] = of_a[start_a + step]


def _by_lines(
    old: Sequence[Tokens], new: Sequence[Tokens], i0: int, i1: int, j0: int, j1: int, found: list[list[int]]
) -> None:
    """Equal lines in order, each with the next one that is equal."""
    places: dict[Tokens, list[int]] = {}
    for i in range(i1 - 1, i0 - 1, -1):
        places.setdefault(old[i], []).append(i)
    last = i0 - 1
    for j in range(j0, j1):
        rest = places.get(new[j])
        while rest and rest[-1] <= last:
            rest.pop()
        if rest and new[j]:
            last = rest.pop()
            found[j] = [last] * len(new[j])
