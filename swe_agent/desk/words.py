"""Lines side by side: which removed line became which added one, and which words of the two differ. Text alone."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache

from swe_agent.core.diff import changed_runs

Span = tuple[int, int]
"""From and to, in characters of a line."""

ALIKE = 0.5
"""Of two lines, the share of characters in words that they have in common from which on one is made of the other."""
MOST_COMPARED = 2_500
"""Pairs of lines of which all are compared, some 10 ms; in a larger block lines pair from both of its ends inwards."""
MOST_WORDS = 200
"""Of a line, white space and signs among them; a longer one was made by a program, and is compared with nothing."""
_WORD = re.compile(r"\w+|\s+|[^\w\s]")

_Bag = tuple[Counter[str], int]
"""The words of a line, and how many characters they have together."""


def pairs(removed: Sequence[str], added: Sequence[str]) -> tuple[tuple[int, int], ...]:
    """Removed and added lines that belong together, both in order: what is alike, and between that, where as many
    lines come as go, each line with the one in its place."""
    found: list[tuple[int, int]] = []
    i = j = 0
    for to_i, to_j in (*_alike_pairs(removed, added), (len(removed), len(added))):
        if to_i - i == to_j - j:
            found += zip(range(i, to_i), range(j, to_j), strict=True)
        if to_i < len(removed) and to_j < len(added):
            found.append((to_i, to_j))
        i, j = to_i + 1, to_j + 1
    return tuple(found)


def _alike_pairs(removed: Sequence[str], added: Sequence[str]) -> Sequence[tuple[int, int]]:
    left, right = list(map(_bag, removed)), list(map(_bag, added))
    if len(left) * len(right) <= MOST_COMPARED:
        return list(_best(left, right))
    start, end, least = 0, 0, min(len(left), len(right))
    while start < least and _likeness(left[start], right[start]) >= ALIKE:
        start += 1
    while end < least - start and _likeness(left[-1 - end], right[-1 - end]) >= ALIKE:
        end += 1
    i, j = len(left) - end, len(right) - end
    within = _best(left[start:i], right[start:j]) if (i - start) * (j - start) <= MOST_COMPARED else ()
    return [
        *((at, at) for at in range(start)),
        *((start + one, start + other) for one, other in within),
        *((i + at, j + at) for at in range(end)),
    ]


def _best(left: Sequence[_Bag], right: Sequence[_Bag]) -> Iterator[tuple[int, int]]:
    """The pairs, in order, that have most in common: the longest common subsequence with likeness for equality."""
    alike = [[_likeness(one, other) for other in right] for one in left]
    best = [[0.0] * (len(right) + 1) for _ in range(len(left) + 1)]
    for i in reversed(range(len(left))):
        for j in reversed(range(len(right))):
            paired = alike[i][j] + best[i + 1][j + 1] if alike[i][j] >= ALIKE else 0.0
            best[i][j] = max(paired, best[i + 1][j], best[i][j + 1])
    i = j = 0
    while i < len(left) and j < len(right):
        if alike[i][j] >= ALIKE and best[i][j] == alike[i][j] + best[i + 1][j + 1]:
            yield i, j
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1


@lru_cache(maxsize=4_000)
def changed_words(old: str, new: str) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    """Where the two lines differ; nowhere where they have too little in common to be compared.

    >>> changed_words("a + b", "a - b")
    (((2, 3),), ((2, 3),))
    """
    if _likeness(_bag(old), _bag(new)) < ALIKE:
        return (), ()
    before, after = _WORD.findall(old), _WORD.findall(new)
    runs = changed_runs(before, after)
    return (
        tuple(_spans(before, [(run[0], run[1]) for run in runs])),
        tuple(_spans(after, [(run[2], run[3]) for run in runs])),
    )


def _bag(line: str) -> _Bag:
    words = _WORD.findall(line) if len(line) < 10 * MOST_WORDS else []
    bag = Counter(word for word in words if not word.isspace()) if len(words) <= MOST_WORDS else Counter[str]()
    return bag, sum(len(word) * count for word, count in bag.items())


def _likeness(one: _Bag, other: _Bag) -> float:
    (left, left_size), (right, right_size) = one, other
    # Lengths alone tell most pairs apart, without counting.
    if not left_size or not right_size or 2 * min(left_size, right_size) < ALIKE * (left_size + right_size):
        return 0.0
    common = sum(len(word) * min(count, right[word]) for word, count in left.items() if word in right)
    return 2 * common / (left_size + right_size)


def _spans(words: Sequence[str], runs: Sequence[tuple[int, int]]) -> Sequence[Span]:
    """Runs of words as characters; what only white space lies between is one."""
    ends = [0]
    for word in words:
        ends.append(ends[-1] + len(word))
    found: list[Span] = []
    last = 0
    for start, end in runs:
        if start == end:
            continue
        if found and all(word.isspace() for word in words[last:start]):
            found[-1] = (found[-1][0], ends[end])
        else:
            found.append((ends[start], ends[end]))
        last = end
    return found
