"""Figures, as metrics take them: sums of the ledger, and the lines of the default branch."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from swe_agent.core.codec import decode
from swe_agent.core.encode import encode
from swe_agent.jobs.kit import Kit
from swe_agent.jobs.lines import LineBook, line_book, remembered
from swe_agent.jobs.notes import is_unwritten
from swe_agent.metrics.by_session import accepted, bills, bills_mark
from swe_agent.metrics.catalogue import Cut
from swe_agent.metrics.figures import Accepted, Bill, Figures
from swe_agent.metrics.overview import LineAnswers, line_answers
from swe_agent.metrics.rollup import figures

OFFER = "other clones cannot tell these lines yet: `swe-agent stats notes write`, then `stats notes push`"


@dataclass(frozen=True)
class Reading:
    """All of one moment. Lines are found, and sessions added up, when they are first asked for."""

    now: datetime
    since: str
    _kit: Kit
    _database: sqlite3.Connection

    @cached_property
    def book(self) -> LineBook:
        return line_book(self._kit)

    @cached_property
    def _accepted(self) -> tuple[Accepted, ...]:
        return accepted(self._database)

    @cached_property
    def _bills(self) -> tuple[Bill, ...]:
        return bills(self._database)

    def of_blocks(self, cut: Cut) -> Figures:
        """Without lines and sessions."""
        return figures(self._database, cut, self.now, self.since)

    def of_money(self, cut: Cut) -> Figures:
        """Without what was accepted by session, which is read block by block: only what lands is followed by that."""
        return replace(self.of_blocks(cut), lives=self.book.lives, bills=self._bills)

    def __call__(self, cut: Cut) -> Figures:
        return replace(self.of_money(cut), accepted=self._accepted)

    def line_answers(self) -> tuple[LineAnswers, LineBook]:
        """Of the summary: made anew where lines or bills are others, and once an hour. The book has no lives."""
        question = f"{self.since} {self.now:%Y-%m-%d %H} {bills_mark(self._database)}"

        def make(book: LineBook) -> str:
            found = Figures(now=self.now, since=self.since, lives=book.lives, bills=self._bills)
            return json.dumps(encode(line_answers(found)))

        text, book = remembered(self._kit, question, make)
        return decode(LineAnswers, json.loads(text)), book


@contextmanager
def reading(kit: Kit, since: str = "") -> Iterator[Reading]:
    """`since` is a day, as `cli.stats.options` gives it. Afterwards the notes are offered where they lack something."""
    with kit.books.ledger.read() as database:
        yield Reading(kit.time.clock(), since, kit, database)
    offer_notes(kit)


def offer_notes(kit: Kit) -> None:
    """Say how other clones come to know what is recorded here, where they cannot yet."""
    if is_unwritten(kit):
        kit.voices.note(OFFER)
