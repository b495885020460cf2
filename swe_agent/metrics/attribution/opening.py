"""Which blocks can be found at a commit: those that were accepted by then and have not come to the main line yet."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from heapq import heappop, heappush

from swe_agent.metrics.attribution.book import Book
from swe_agent.metrics.attribution.labels import AI, EDITED, evidence_line
from swe_agent.metrics.attribution.packing import Mark
from swe_agent.metrics.attribution.times import SLACK_S, seconds

LINGERS = 3
"""Commits of the main line after which what is left of a block is given up, if half of it has landed."""
WAITS = 2000
"""Commits of the main line for which a block that does not land can still be found."""
SHORT_WAITS = 100
"""The same of a short block, which much else looks like."""
SHORT = 12
"""Tokens."""


@dataclass
class Opening:
    """Follows the walk: `commit` before each commit is looked at, `landed` after each one of the main line."""

    book: Book
    settled: set[int] = field(default_factory=set)
    """Blocks that need not be found any more."""
    found_before: Callable[[int, int], Collection[int]] = lambda _first, _end: ()
    """Of the lines of evidence from one on, before another, those that were found in an earlier walk, from 0."""
    _by_time: list[tuple[int, int]] = field(init=False, repr=False)
    _by_base: dict[str, list[int]] = field(init=False, repr=False, default_factory=dict)
    _missing: dict[int, set[int]] = field(init=False, repr=False, default_factory=dict)
    _half: dict[int, int] = field(init=False, repr=False, default_factory=dict)
    _ends: list[tuple[int, int]] = field(init=False, repr=False, default_factory=list)
    _landings: int = field(init=False, repr=False, default=0)

    def __post_init__(self) -> None:
        """Blocks that nothing is known of yet wait for their time, or for the commit that they were accepted on."""
        waiting = []
        for block in self.book.blocks:
            if block.place not in self.settled:
                waiting.append((seconds(block.told.at) - SLACK_S, block.place))
                self._by_base.setdefault(block.told.base, []).append(block.place)
        self._by_time = sorted(waiting, reverse=True)

    def commit(self, at: int, parents: Iterable[str]) -> None:
        """Open what may have come in with a commit that was made at this time, on top of these."""
        while self._by_time and self._by_time[-1][0] <= at:
            self._open(self._by_time.pop()[1])
        for parent in parents:
            for place in self._by_base.pop(parent, ()):
                self._open(place)

    def _open(self, place: int) -> None:
        if place in self.settled or place in self._missing:
            return
        block = self.book.blocks[place]
        missing = {i for i, line in enumerate(block.lines) if line.mark is Mark.AI and line.tokens}
        missing.difference_update(self.found_before(block.first, block.first + block.size))
        self._missing[place] = missing
        if not missing:
            self._give_up(place)
            return
        self.book.open(place)
        waits = WAITS if len(block.flat) >= SHORT else SHORT_WAITS
        heappush(self._ends, (self._landings + waits, place))

    def found(self, labels: Iterable[int]) -> None:
        """Labels of lines that the main line has by now."""
        for label in labels:
            if label & (AI | EDITED) == AI:
                place = self.book.place_of(evidence_line(label))
                missing = self._missing.get(place)
                if missing is not None:
                    missing.discard(evidence_line(label) - self.book.blocks[place].first)
                    if not missing:
                        self._give_up(place)
                    elif 2 * len(missing) <= self.book.blocks[place].size:
                        self._half[place] = self._landings

    def landed(self) -> None:
        """The main line is one commit longer."""
        self._landings += 1
        for place, when in list(self._half.items()):
            if self._landings - when >= LINGERS:
                self._give_up(place)
        while self._ends and self._ends[0][0] <= self._landings:
            self._give_up(heappop(self._ends)[1])

    def _give_up(self, place: int) -> None:
        self.book.close(place)
        self.settled.add(place)
        self._missing.pop(place, None)
        self._half.pop(place, None)
