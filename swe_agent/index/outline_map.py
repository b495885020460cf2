"""The repository map: the best files with the definitions that fit the task, within a budget of tokens.

It goes first into a prompt, so it changes little where little has changed: files that fit about equally well stand in
order of their paths, an edit changes the lines of its own file, and whatever the budget, the best files come first.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from swe_agent.core.context import RepoMap
from swe_agent.core.source import Symbol
from swe_agent.index.rank import Ranked

if TYPE_CHECKING:
    from swe_agent.index.index import Index

TOKENS_OF_A_FILE = 90
"""About what a path and a few signatures take: decides how many files a budget is shared among."""
FEWEST_FILES = 4
CHARACTERS = 3.4
"""Of one token: paths and signatures have more tokens than prose, for which one counts four."""
STEP = 0.5
"""Scores that differ by less count as equal where files are put in order."""
MAX_SIGNATURE = 110
MAX_SYMBOLS = 40


def draw(ranked: Sequence[Ranked], index: Index, tokens: int) -> RepoMap:
    room = int(CHARACTERS * tokens)
    chosen = list(ranked[: max(FEWEST_FILES, tokens // TOKENS_OF_A_FILE)])
    outlines = index.outlines([entry.path for entry in chosen if entry.path in index])
    sections = [_Section(entry, outlines[entry.path]) for entry in chosen if entry.path in outlines]
    used = 0
    shown: list[_Section] = []
    for section in sections:  # every file with its best definition, before any has two
        size = section.size_with(1)
        if used + size > room:
            break
        used += size
        section.take(1)
        shown.append(section)
    # Then one definition more for whichever file has the fewest for its place.
    waiting = [((place + 2) * 2, place) for place in range(len(shown))]
    heapq.heapify(waiting)
    while waiting:
        _, place = heapq.heappop(waiting)
        section = shown[place]
        more = section.size_with(section.count + 1) - section.size
        if more <= 0:
            continue
        if used + more > room:
            break
        section.take(section.count + 1)
        used += more
        heapq.heappush(waiting, ((place + 2) * (section.count + 1), place))
    best = max((entry.score for entry in chosen), default=0.0)
    ordered = sorted(shown, key=lambda section: (int((best - section.entry.score) / STEP), section.entry.path))
    text = "".join(section.text for section in ordered)
    return RepoMap(text=text, files=len(ordered), tokens=math.ceil(len(text) / CHARACTERS))


class _Section:
    """One file: its path, and the first `count` of its definitions in order of how well they fit."""

    def __init__(self, entry: Ranked, outline: Sequence[Symbol]) -> None:
        self.entry = entry
        best = list(entry.symbols)
        known = {id(symbol) for symbol in best}
        # What the words do not reach is filled up with the outer definitions, in order.
        rest = sorted((s for s in outline if id(s) not in known), key=lambda s: (s.qualified.count("."), s.span.start))
        self._symbols = [*best, *rest][:MAX_SYMBOLS]
        self.count = 0
        self.text = ""

    @property
    def size(self) -> int:
        return len(self.text)

    def size_with(self, count: int) -> int:
        return len(self._drawn(count))

    def take(self, count: int) -> None:
        self.count, self.text = count, self._drawn(count)

    def _drawn(self, count: int) -> str:
        shown = sorted(self._symbols[:count], key=lambda s: (s.span.start, -s.span.end))
        names = {symbol.qualified for symbol in shown}
        return "".join([f"{self.entry.path}\n", *(_line(symbol, names) for symbol in shown)])


def _line(symbol: Symbol, shown: set[str]) -> str:
    depth = symbol.depth_among(shown)
    around = symbol.qualified.rpartition(".")[0]
    # A member whose class is not shown says whose it is.
    owner = f"{around}: " if around and depth == 0 else ""
    return f"{'  ' * (depth + 1)}{symbol.span.start}: {owner}{symbol.signature[:MAX_SIGNATURE]}\n"
