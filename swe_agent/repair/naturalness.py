"""How usual an edit makes a line in its own project: a model of three words in a row, over the project's own files.

Code repeats itself, most of all within a project (Tu, Su and Devanbu, "On the Localness of Software", FSE 2014), and
what mends a fault is mostly more usual than the fault (Ray et al., "On the Naturalness of Buggy Code", ICSE 2016).
Indentation and notes are no words; the ends of lines are.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

_WORD = re.compile(
    rb"#[^\n]*|[A-Za-z_]\w*|\d[\w.]*|\"[^\"\n]*\"|'[^'\n]*'|\*\*|//|<<|>>|[<>=!+\-*/%&|^:]=|->|\n|[^\s\w]"
)
OTHERS = 0.4
"""What is left of an estimate for each word less that it looks back on, as in Brants et al., "Large Language Models in
Machine Translation", EMNLP 2007."""
UNHEARD = 0.2
"""Counted for a word that the project does not know."""
MOST = 5.0
"""Beyond, a gain or a loss says no more: rare names are not wrong ones."""

MOST_BYTES = 4_000_000
"""A megabyte takes about a third of a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Naturalness:
    """Counts of words, of pairs and of three in a row."""

    singles: Counter[bytes] = field(default_factory=Counter)
    pairs: Counter[tuple[bytes, bytes]] = field(default_factory=Counter)
    triples: Counter[tuple[bytes, bytes, bytes]] = field(default_factory=Counter)
    size: int = 1
    """All words, doubles included."""

    def of(self, words: Sequence[bytes]) -> float:
        """The log-probability of all words but the first two, each after the two before it."""
        return sum(self._log(*three) for three in zip(words, words[1:], words[2:], strict=False))

    def _log(self, one: bytes, two: bytes, word: bytes) -> float:
        if seen := self.triples.get((one, two, word)):
            return math.log(seen / self.pairs[one, two])
        if seen := self.pairs.get((two, word)):
            return math.log(OTHERS * seen / self.singles[two])
        return math.log(OTHERS * OTHERS * self.singles.get(word, UNHEARD) / self.size)


def naturalness(texts: Iterable[bytes]) -> Naturalness:
    """Of the first MOST_BYTES of the texts."""
    singles: Counter[bytes] = Counter()
    pairs: Counter[tuple[bytes, bytes]] = Counter()
    triples: Counter[tuple[bytes, bytes, bytes]] = Counter()
    left = MOST_BYTES
    for text in texts:
        words = [b"\n", b"\n", *(word for word in _WORD.findall(text[:left]) if word[:1] != b"#")]
        singles.update(words)
        pairs.update(pairwise(words))
        triples.update(zip(words, words[1:], words[2:], strict=False))
        left -= len(text)
        if left <= 0:
            break
    return Naturalness(singles=singles, pairs=pairs, triples=triples, size=max(1, singles.total()))


class Words:
    """A file's words and where they stand, to ask of one edit after another."""

    def __init__(self, data: bytes, known: Naturalness) -> None:
        found = [(match.start(), match.end(), match[0]) for match in _WORD.finditer(data) if match[0][:1] != b"#"]
        self._data, self._known = data, known
        self._starts = [start for start, _, _ in found]
        self._ends = [end for _, end, _ in found]
        self._words = [word for _, _, word in found]

    def gain(self, start: int, end: int, text: bytes) -> float:
        """How much more usual the words are with an edit than without it, as a difference of log-probabilities."""
        # Words that the edit touches may grow together with what it writes.
        first = bisect_left(self._ends, start)
        last = max(first, bisect_right(self._starts, end))
        before = [b"\n", b"\n", *self._words[max(0, first - 2) : first]][-2:]
        after = self._words[last : last + 2]
        head = self._data[self._starts[first] : start] if first < last else b""
        tail = self._data[end : self._ends[last - 1]] if first < last else b""
        new = [word for word in _WORD.findall(head + text + tail) if word[:1] != b"#"]
        old = self._words[first:last]
        gain = self._known.of([*before, *new, *after]) - self._known.of([*before, *old, *after])
        return max(-MOST, min(MOST, gain))
