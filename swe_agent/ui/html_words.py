"""Which words of a changed line have changed: the lines of a block in pairs, and each pair by words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from swe_agent.core.diff import changed_runs

Marks = Mapping[int, Sequence[tuple[int, int]]]
"""Index of a line → what has changed in it, from and to in characters."""

ALIKE = 0.5
"""Of two lines, the share of characters in words that they have in common from which on one is made of the other."""
MOST_PAIRS = 900
"""Beyond it not every line is compared with every other: in so large a block pairs are chance."""
MOST_WORDS = 120
"""Of a line; beyond it nothing is marked."""
_WORDS = re.compile(r"\w+|\s+|[^\w\s]")


def changed_words(removed: Sequence[str], added: Sequence[str]) -> tuple[Marks, Marks]:
    """What has changed in the removed and in the added lines. A line without a partner is new as a whole: no marks."""
    before, after = [_WORDS.findall(line) for line in removed], [_WORDS.findall(line) for line in added]
    left: dict[int, Sequence[tuple[int, int]]] = {}
    right: dict[int, Sequence[tuple[int, int]]] = {}
    for i, j in _pairs(before, after):
        runs = changed_runs(before[i], after[j])
        left[i] = _ranges(before[i], [(run[0], run[1]) for run in runs])
        right[j] = _ranges(after[j], [(run[2], run[3]) for run in runs])
    return left, right


def _pairs(before: Sequence[Sequence[str]], after: Sequence[Sequence[str]]) -> list[tuple[int, int]]:
    """Lines that are made of each other, in order, so that their likeness is greatest in all."""
    if not before or not after:
        return []
    left, right = [_bag(words) for words in before], [_bag(words) for words in after]
    if len(before) * len(after) > MOST_PAIRS:
        same = zip(range(len(before)), range(len(after)), strict=False) if len(before) == len(after) else ()
        return [(i, j) for i, j in same if _alike(left[i], right[j]) >= ALIKE]
    best = [[0.0] * (len(after) + 1) for _ in range(len(before) + 1)]
    alike = [[_alike(one, other) for other in right] for one in left]
    for i in reversed(range(len(before))):
        for j in reversed(range(len(after))):
            paired = alike[i][j] + best[i + 1][j + 1] if alike[i][j] >= ALIKE else 0.0
            best[i][j] = max(paired, best[i + 1][j], best[i][j + 1])
    found: list[tuple[int, int]] = []
    i = j = 0
    while i < len(before) and j < len(after):
        if alike[i][j] >= ALIKE and best[i][j] == alike[i][j] + best[i + 1][j + 1]:
            found.append((i, j))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
    return found


Bag = tuple[Counter[str], int]
"""The words of a line, and how many characters they have together."""


def _bag(words: Sequence[str]) -> Bag:
    if len(words) > MOST_WORDS:
        return Counter(), 0
    bag = Counter(word for word in words if not word.isspace())
    return bag, sum(len(word) * count for word, count in bag.items())


def _alike(one: Bag, other: Bag) -> float:
    (left, left_size), (right, right_size) = one, other
    # Lengths alone tell most pairs apart, without counting.
    if not left_size or not right_size or 2 * min(left_size, right_size) < ALIKE * (left_size + right_size):
        return 0.0
    common = sum(len(word) * min(count, right[word]) for word, count in left.items() if word in right)
    return 2 * common / (left_size + right_size)


def _ranges(words: Sequence[str], runs: Sequence[tuple[int, int]]) -> Sequence[tuple[int, int]]:
    """Runs of words as characters; what only white space lies between is one."""
    ends = [0]
    for word in words:
        ends.append(ends[-1] + len(word))
    found: list[tuple[int, int]] = []
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
