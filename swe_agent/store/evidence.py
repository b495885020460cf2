"""Where the journal holds evidence: offsets of its lines, kept in the ledger so that no command looks for them twice.

Only offsets and ids of jobs are kept, no content: what is erased from the journal has left nothing here.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2s
from pathlib import Path
from typing import Any, NamedTuple

from swe_agent.core.codec import decode
from swe_agent.core.evidence import Evidence, Ingested
from swe_agent.store.database import Database, transaction
from swe_agent.store.journal import Journal
from swe_agent.store.lines import RawLines

_TABLES = (
    "CREATE TABLE IF NOT EXISTS ingested (job TEXT PRIMARY KEY) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS evidence_entry (start INTEGER PRIMARY KEY, length INTEGER, digest INTEGER)",
    "CREATE TABLE IF NOT EXISTS evidence_upto (one INTEGER PRIMARY KEY, offset INTEGER, mark INTEGER)",
)
_HOLDS = re.compile(rb'\{"v":\d+,"seq":\d+,"at":"[^"]*","job":"[^"]*","type":"(?:Ingested|EvidenceRecorded)"')


class Place(NamedTuple):
    """Where a line of the journal stands, and a hash of it and of all lines of its kind before it."""

    start: int
    digest: int


NOWHERE = Place(-1, 0)


@dataclass(frozen=True, slots=True)
class EvidenceLines:
    """`path` is the ledger's."""

    path: Path
    journal: Journal

    def last(self) -> Place:
        """The last line that holds evidence. It is another one where anything that the journal holds of evidence is."""
        with self._read() as database:
            return _last(database)

    def taken(self, jobs: Iterable[str]) -> frozenset[str]:
        """Those of `jobs` that are ingested decisions which the journal has."""
        query = "SELECT 1 FROM ingested WHERE job = ?"
        with self._read() as database:
            return frozenset(job for job in jobs if database.execute(query, (job,)).fetchone())

    def evidence(self, after: Place = NOWHERE) -> tuple[Evidence, ...]:
        """What the journal holds behind a line, oldest first; all of it, where what stands before that line has changed
        since it was the last one."""
        with self._read() as database:
            after = _checked(database, after)
            query = "SELECT start, length FROM evidence_entry WHERE start > ? ORDER BY start"
            places = database.execute(query, (after.start,)).fetchall()
            upto = _upto(database)
        if not places:
            return ()
        since = int(places[0][0])
        data = self.journal.upto(*upto, since)
        if data is None:
            return self.evidence(after)  # rewritten in this moment: the offsets are of the former journal
        return tuple(_evidence(data, [(start - since, length) for start, length in places]))

    @contextmanager
    def _read(self) -> Generator[sqlite3.Connection, None, None]:
        """The ledger, with all that the journal holds by now."""
        with Database(self.path).open() as database:
            for table in _TABLES:
                database.execute(table)
            self._catch_up(database)
            yield database

    def _catch_up(self, database: sqlite3.Connection) -> None:
        offset, mark = _upto(database)
        raw = self.journal.raw(offset, mark)
        if raw.offset == offset and not raw.anew:
            return
        with transaction(database):
            raw = self.journal.raw(*_upto(database))  # another process may have been here
            if raw.anew:
                database.execute("DELETE FROM evidence_entry")
                database.execute("DELETE FROM ingested")
            digest, jobs, rows = _last(database).digest, [], []
            for start, line in _placed(raw):
                event = _event(line) if _HOLDS.match(line) else None
                if event is None:
                    continue
                if event["type"] == Ingested.__name__:
                    jobs.append((event["job"],))
                if (event["evidence"] or {}).get("blocks"):
                    told = blake2s(line, digest_size=7, key=digest.to_bytes(7, "big"))
                    digest = int.from_bytes(told.digest(), "big")
                    rows.append((start, len(line), digest))
            database.executemany("INSERT OR IGNORE INTO ingested VALUES (?)", jobs)
            database.executemany("INSERT INTO evidence_entry VALUES (?, ?, ?)", rows)
            database.execute("INSERT OR REPLACE INTO evidence_upto VALUES (1, ?, ?)", (raw.offset, raw.mark))


def _upto(database: sqlite3.Connection) -> tuple[int, int]:
    """How far the journal was read, and the mark to go on with."""
    row = database.execute("SELECT offset, mark FROM evidence_upto").fetchone()
    return (int(row[0]), int(row[1])) if row else (0, 0)


def _checked(database: sqlite3.Connection, place: Place) -> Place:
    """The place, where that line and all before it are as they were; else the beginning."""
    query = "SELECT digest FROM evidence_entry WHERE start = ?"
    return place if database.execute(query, (place.start,)).fetchone() == (place.digest,) else NOWHERE


def _last(database: sqlite3.Connection) -> Place:
    row = database.execute("SELECT start, digest FROM evidence_entry ORDER BY start DESC LIMIT 1").fetchone()
    return Place(int(row[0]), int(row[1])) if row else NOWHERE


def _placed(raw: RawLines) -> Generator[tuple[int, bytes], None, None]:
    start = raw.start
    for line in raw.lines:
        yield start, line
        start += len(line) + 1


def _event(line: bytes) -> dict[str, Any] | None:
    """None for a torn line, as a process leaves one that dies while it writes."""
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) else None


def _evidence(data: bytes, places: Iterable[tuple[int, int]]) -> Generator[Evidence, None, None]:
    for start, length in places:
        yield decode(Evidence, json.loads(data[start : start + length])["evidence"])
