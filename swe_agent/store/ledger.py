"""The ledger: a SQLite cache of the fold of trajectories and journal, brought up to date by whoever opens it.

A job whose logs have grown is folded again from its first event, so that the rows cannot depend on when they were
brought up to date; `rebuild` and any series of `catch_up` give the same rows (a property test holds it to that).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields, replace
from operator import attrgetter
from pathlib import Path
from typing import Any, Protocol

from swe_agent.core.codec import decode_event
from swe_agent.core.event import Event
from swe_agent.core.record import INGESTED, BlockRecord, CallRecord, EditRecord, JobBook, JobRecord, LandingRecord
from swe_agent.core.usage import Cost, Usage
from swe_agent.store.database import Database, insert
from swe_agent.store.journal import Journal
from swe_agent.store.trajectory import Trajectory, sizes

Fold = Callable[[str, Sequence[Event]], JobBook | None]
"""The events of one job, trajectory first, to its book; None where they hold no job."""


class Kept(Protocol):
    """What is kept beside the books, in the same transactions, and thrown away with them."""

    @property
    def tables(self) -> tuple[str, ...]: ...

    def keep(self, connection: sqlite3.Connection, books: Mapping[str, JobBook | None]) -> None:
        """These jobs have changed; None for one of which nothing is known any more."""


_AT_ONCE = 500
"""Books that are held in memory at a time."""
_TABLES = ("job", "block", "call", "landing", "edit")
_JOURNAL = {"journal", "journal mark"}
"""Names in `folded` that are no job's."""


class Ledger:
    def __init__(self, path: Path, trajectories: Path, journal: Journal, fold: Fold, kept: Kept) -> None:
        self._database = Database(path)
        self._trajectories = trajectories
        self._journal = journal
        self._fold = fold
        self._kept = kept

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """The ledger's tables as they are now, caught up. Figures that are kept beside the books are in them too."""
        self.catch_up()
        with self._database.open() as connection:
            yield connection

    def catch_up(self) -> None:
        """Fold what has been written since the last time."""
        with self._database.writing() as connection:
            self._fold_in(connection)

    def _fold_in(self, connection: sqlite3.Connection) -> None:
        again, new = self._drain_journal(connection)
        jobs = sorted(again | self._grown(connection))
        for first in range(0, len(jobs), _AT_ONCE):
            books = {job: self._refolded(connection, job, new) for job in jobs[first : first + _AT_ONCE]}
            self._kept.keep(connection, books)

    def rebuild(self) -> None:
        """Throw the rows away and fold everything again."""
        with self._database.writing() as connection:
            for table in (*_TABLES, "journal", "folded", *self._kept.tables):
                connection.execute(f"DELETE FROM {table}")  # noqa: S608  # fixed lists of our own tables
            self._fold_in(connection)

    def scrub(self) -> None:
        """Catch up, and leave nothing of erased rows in the file: SQLite only marks their space as free."""
        with self.read() as database:
            database.execute("VACUUM")
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def books(self) -> tuple[JobBook, ...]:
        """All jobs of ours, oldest first. Decisions of other tools are in the figures alone: they may be many."""
        query = "SELECT * FROM job WHERE surface <> ? ORDER BY started_at, job"
        with self.read() as database:
            jobs = database.execute(query, (INGESTED,)).fetchall()
            return tuple(self._book(database, JobRecord(**_named(JobRecord, row))) for row in jobs)

    def book(self, job: str) -> JobBook | None:
        with self.read() as database:
            row = database.execute("SELECT * FROM job WHERE job = ?", (job,)).fetchone()
            return self._book(database, JobRecord(**_named(JobRecord, row))) if row else None

    def edits_of(self, model: str) -> dict[str, tuple[int, int]]:
        """By format, how many edits of a model were applied and how many refused, over all jobs."""
        query = "SELECT format, SUM(applied), SUM(refused) FROM edit WHERE model = ? GROUP BY format"
        with self.read() as database:
            return {format: (applied, refused) for format, applied, refused in database.execute(query, (model,))}

    def _drain_journal(self, database: sqlite3.Connection) -> tuple[set[str], dict[int, Event]]:
        """Copy the journal's new lines: the jobs that they concern, and the events by their numbers. A journal that was
        rewritten is copied anew."""
        read = self._journal.read(_size(database, "journal"), _size(database, "journal mark"))
        again: set[str] = set()
        if read.anew:
            again = {job for (job,) in database.execute("SELECT job FROM job UNION SELECT job FROM journal")}
            database.execute("DELETE FROM journal")
        database.executemany(
            "INSERT OR REPLACE INTO journal VALUES (?, ?, ?)", [(e.seq, e.job, line) for e, line in read.events]
        )
        _set_size(database, "journal", read.offset)
        _set_size(database, "journal mark", read.mark)
        return again | {event.job for event, _ in read.events}, {event.seq: event for event, _ in read.events}

    def _grown(self, database: sqlite3.Connection) -> set[str]:
        known = dict(database.execute("SELECT log, size FROM folded").fetchall())
        found = sizes(self._trajectories)
        # One that is gone was erased: what the journal keeps of its job is all there is.
        grown = {job for job in found.keys() | known.keys() - _JOURNAL if found.get(job, 0) != known.get(job, 0)}
        for job in grown:
            _set_size(database, job, found.get(job, 0))
        return grown

    def _trajectory(self, job: str) -> Trajectory:
        return Trajectory(self._trajectories / f"{job}.jsonl", _no_clock)

    def _refolded(self, database: sqlite3.Connection, job: str, new: Mapping[int, Event]) -> JobBook | None:
        """`new` are events that were decoded just now."""
        lines = database.execute("SELECT seq, line FROM journal WHERE job = ? ORDER BY seq", (job,)).fetchall()
        events = [*self._trajectory(job).events(), *(new.get(seq) or decode_event(line) for seq, line in lines)]
        if database.execute("SELECT 1 FROM job WHERE job = ?", (job,)).fetchone():
            for table in _TABLES:
                database.execute(f"DELETE FROM {table} WHERE job = ?", (job,))  # noqa: S608  # our own tables
        book = self._fold(job, events)
        if book is None:
            return None
        insert(database, "job", [_values(book.job)])
        insert(database, "block", [(*_values(block), place) for place, block in enumerate(book.blocks)])
        insert(database, "call", [(*_call_row(call), place) for place, call in enumerate(book.calls)])
        insert(database, "edit", [(*_values(edit), place) for place, edit in enumerate(book.edits)])
        insert(database, "landing", [_values(landing) for landing in book.landings])
        return book

    def _book(self, database: sqlite3.Connection, job: JobRecord) -> JobBook:
        def rows(table: str, order: str) -> list[Any]:
            query = f"SELECT * FROM {table} WHERE job = ? ORDER BY {order}"  # noqa: S608  # our own tables
            return database.execute(query, (job.job,)).fetchall()

        blocks = (BlockRecord(**_named(BlockRecord, row)) for row in rows("block", "place"))
        return JobBook(
            job=job,
            blocks=tuple(replace(block, companion=bool(block.companion)) for block in blocks),
            calls=tuple(_call(row) for row in rows("call", "place")),
            landings=tuple(LandingRecord(**_named(LandingRecord, row)) for row in rows("landing", "at, landing")),
            edits=tuple(EditRecord(**_named(EditRecord, row)) for row in rows("edit", "place")),
        )


def _no_clock() -> Any:
    raise AssertionError("the ledger reads trajectories and never writes one")


def _named(cls: type[Any], row: Sequence[Any]) -> dict[str, Any]:
    return dict(zip((f.name for f in fields(cls)), row, strict=False))


_GETTERS = {
    cls: attrgetter(*(field.name for field in fields(cls)))
    for cls in (JobRecord, BlockRecord, EditRecord, LandingRecord, Usage)
}


def _values(record: Any) -> tuple[Any, ...]:
    """The fields of a record, in their order. `astuple` would copy each, which takes ten times as long."""
    values: tuple[Any, ...] = _GETTERS[type(record)](record)
    return values


def _call_row(call: CallRecord) -> tuple[Any, ...]:
    return (call.job, call.call, call.role, call.model, call.at, *_values(call.usage), call.cost.nano_usd)


def _call(row: Sequence[Any]) -> CallRecord:
    usage = Usage(**_named(Usage, row[5:11]))
    return CallRecord(
        job=row[0],
        call=row[1],
        role=row[2],
        model=row[3],
        at=row[4],
        usage=replace(usage, estimated=bool(usage.estimated)),
        cost=Cost(nano_usd=row[11]),
    )


def _size(database: sqlite3.Connection, log: str) -> int:
    row = database.execute("SELECT size FROM folded WHERE log = ?", (log,)).fetchone()
    return int(row[0]) if row else 0


def _set_size(database: sqlite3.Connection, log: str, size: int) -> None:
    database.execute("INSERT OR REPLACE INTO folded VALUES (?, ?)", (log, size))
