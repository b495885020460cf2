"""Figures, as metrics take them: sums of the ledger, and the lines of the default branch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property

from swe_agent.jobs.kit import Kit
from swe_agent.jobs.lines import LineBook, line_book
from swe_agent.metrics.by_session import accepted, bills
from swe_agent.metrics.catalogue import Cut
from swe_agent.metrics.figures import Accepted, Bill, Figures
from swe_agent.metrics.rollup import figures


@dataclass(frozen=True)
class Reading:
    """All of one moment. Lines are found, and sessions added up, when they are first asked for."""

    of_blocks: Callable[[Cut], Figures]
    _kit: Kit
    _sessions: Callable[[], tuple[tuple[Accepted, ...], tuple[Bill, ...]]]

    @cached_property
    def book(self) -> LineBook:
        return line_book(self._kit)

    @cached_property
    def _by_session(self) -> tuple[tuple[Accepted, ...], tuple[Bill, ...]]:
        return self._sessions()

    def __call__(self, cut: Cut) -> Figures:
        taken, paid = self._by_session
        return replace(self.of_blocks(cut), lives=self.book.lives, accepted=taken, bills=paid)


@contextmanager
def reading(kit: Kit, since: str = "") -> Iterator[Reading]:
    """`since` is a day, as `metrics.since` gives it."""
    now = kit.time.clock()
    with kit.books.ledger.read() as database:
        yield Reading(
            of_blocks=lambda cut: figures(database, cut, now, since),
            _kit=kit,
            _sessions=lambda: (accepted(database), bills(database)),
        )
