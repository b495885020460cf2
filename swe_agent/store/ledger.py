"""The ledger: a SQLite cache of the fold of trajectories and journal, brought up to date by whoever opens it.

A job whose logs have grown is folded again from its first event, so that the rows cannot depend on when they were
brought up to date; `rebuild` and any series of `catch_up` give the same rows (a property test holds it to that).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import closing, contextmanager
from dataclasses import astuple, fields, replace
from pathlib import Path
from typing import Any

from swe_agent.core.codec import decode_event
from swe_agent.core.errors import EnvironmentLacks
from swe_agent.core.event import Event
from swe_agent.core.record import BlockRecord, CallRecord, EditRecord, JobBook, JobRecord, LandingRecord
from swe_agent.core.usage import Cost, Usage
from swe_agent.store.journal import Journal
from swe_agent.store.migrations import migrate
from swe_agent.store.trajectory import Trajectory, job_ids

Fold = Callable[[str, Sequence[Event]], JobBook | None]
"""The events of one job, trajectory first, to its book; None where they hold no job."""

_TABLES = ("job", "block", "call", "landing", "edit")


class Ledger:
    def __init__(self, path: Path, trajectories: Path, journal: Journal, fold: Fold) -> None:
        self._path = path
        self._trajectories = trajectories
        self._journal = journal
        self._fold = fold

    @contextmanager
    def _open(self) -> Generator[sqlite3.Connection, None, None]:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self._path, timeout=30, isolation_level=None)) as database:
                database.execute("PRAGMA journal_mode = WAL")
                database.execute("PRAGMA synchronous = NORMAL")
                migrate(database)
                yield database
        except sqlite3.Error as error:
            raise EnvironmentLacks(
                f"cannot use the ledger {self._path}: {error}",
                hint="free some space; one that is damaged can be removed, it is made again from the logs",
            ) from error

    def catch_up(self) -> None:
        """Fold what has been written since the last time."""
        with self._open() as database:
            database.execute("BEGIN IMMEDIATE")
            try:
                for job in sorted(self._drain_journal(database) | self._grown(database)):
                    self._refold(database, job)
                database.execute("COMMIT")
            except BaseException:
                database.execute("ROLLBACK")
                raise

    def rebuild(self) -> None:
        """Throw the rows away and fold everything again."""
        with self._open() as database:
            for table in (*_TABLES, "journal", "folded"):
                database.execute(f"DELETE FROM {table}")  # noqa: S608  # a fixed list of our own tables
        self.catch_up()

    def scrub(self) -> None:
        """Catch up, and leave nothing of erased rows in the file: SQLite only marks their space as free."""
        self.catch_up()
        with self._open() as database:
            database.execute("VACUUM")
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def books(self) -> tuple[JobBook, ...]:
        """All jobs, oldest first."""
        self.catch_up()
        with self._open() as database:
            jobs = database.execute("SELECT * FROM job ORDER BY started_at, job").fetchall()
            return tuple(self._book(database, JobRecord(**_named(JobRecord, row))) for row in jobs)

    def book(self, job: str) -> JobBook | None:
        self.catch_up()
        with self._open() as database:
            row = database.execute("SELECT * FROM job WHERE job = ?", (job,)).fetchone()
            return self._book(database, JobRecord(**_named(JobRecord, row))) if row else None

    def edits_of(self, model: str) -> dict[str, tuple[int, int]]:
        """By format, how many edits of a model were applied and how many refused, over all jobs."""
        self.catch_up()
        query = "SELECT format, SUM(applied), SUM(refused) FROM edit WHERE model = ? GROUP BY format"
        with self._open() as database:
            return {format: (applied, refused) for format, applied, refused in database.execute(query, (model,))}

    def _drain_journal(self, database: sqlite3.Connection) -> set[str]:
        """Copy the journal's new lines; the jobs that they concern. A journal that was rewritten is copied anew."""
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
        return again | {event.job for event, _ in read.events}

    def _grown(self, database: sqlite3.Connection) -> set[str]:
        grown = set()
        for job in job_ids(self._trajectories):
            size = self._trajectory(job).size()
            if size != _size(database, job):
                grown.add(job)
                _set_size(database, job, size)
        return grown

    def _trajectory(self, job: str) -> Trajectory:
        return Trajectory(self._trajectories / f"{job}.jsonl", _no_clock)

    def _refold(self, database: sqlite3.Connection, job: str) -> None:
        lines = database.execute("SELECT line FROM journal WHERE job = ? ORDER BY seq", (job,)).fetchall()
        events = [*self._trajectory(job).events(), *(decode_event(line) for (line,) in lines)]
        for table in _TABLES:
            database.execute(f"DELETE FROM {table} WHERE job = ?", (job,))  # noqa: S608  # our own tables
        book = self._fold(job, events)
        if book is None:
            return
        _insert(database, "job", [astuple(book.job)])
        _insert(database, "block", [(*astuple(block), place) for place, block in enumerate(book.blocks)])
        _insert(database, "call", [(*_call_row(call), place) for place, call in enumerate(book.calls)])
        _insert(database, "edit", [(*astuple(edit), place) for place, edit in enumerate(book.edits)])
        _insert(database, "landing", [astuple(landing) for landing in book.landings])

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


def _insert(database: sqlite3.Connection, table: str, rows: Iterable[tuple[Any, ...]]) -> None:
    for row in rows:
        marks = ", ".join("?" * len(row))
        database.execute(f"INSERT INTO {table} VALUES ({marks})", [_storable(v) for v in row])  # noqa: S608  # our own


def _storable(value: Any) -> Any:
    """SQLite's text is UTF-8; a path that is not shows its stray bytes as escapes."""
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value


def _call_row(call: CallRecord) -> tuple[Any, ...]:
    return (call.job, call.call, call.role, call.model, call.at, *astuple(call.usage), call.cost.nano_usd)


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
