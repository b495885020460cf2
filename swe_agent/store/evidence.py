"""Where the journal holds evidence: offsets of its lines, kept in the ledger so that no command looks for them twice.

Only offsets and jobs are kept, no content: what is erased from the journal has left nothing here.
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
from typing import NamedTuple

from swe_agent.core.codec import decode
from swe_agent.core.evidence import Evidence
from swe_agent.store.database import Database, transaction
from swe_agent.store.journal import Journal
from swe_agent.store.lines import RawLines

_TABLES = (
    "CREATE TABLE IF NOT EXISTS evidence_place (start INTEGER PRIMARY KEY, length INTEGER, job TEXT, digest INTEGER)",
    "CREATE INDEX IF NOT EXISTS evidence_job ON evidence_place (job)",
    "CREATE TABLE IF NOT EXISTS evidence_upto (one INTEGER PRIMARY KEY, offset INTEGER, mark INTEGER)",
)
_HOLDS = re.compile(rb'\{"v":1,"seq":\d+,"at":"[^"]*","job":"([^"]*)","type":"(?:Ingested|EvidenceRecorded)"')


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
        """Those of `jobs` that the journal has evidence or an ingested decision of."""
        query = "SELECT 1 FROM evidence_place WHERE job = ? LIMIT 1"
        with self._read() as database:
            return frozenset(job for job in jobs if database.execute(query, (job,)).fetchone())

    def evidence(self, after: Place = NOWHERE) -> tuple[Evidence, ...]:
        """What the journal holds behind a line, oldest first; all of it, where what stands before that line has changed
        since it was the last one. What was erased is passed over."""
        with self._read() as database:
            query = "SELECT digest FROM evidence_place WHERE start = ?"
            if database.execute(query, (after.start,)).fetchone() != (after.digest,):
                after = NOWHERE
            query = "SELECT start, length FROM evidence_place WHERE start > ? ORDER BY start"
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
                database.execute("DELETE FROM evidence_place")
            digest = _last(database).digest
            rows = []
            for start, line in _placed(raw):
                if (found := _HOLDS.match(line)) and _is_whole(line):
                    told = blake2s(line, digest_size=7, key=digest.to_bytes(7, "big"))
                    digest = int.from_bytes(told.digest(), "big")
                    rows.append((start, len(line), found[1].decode("ascii"), digest))
            database.executemany("INSERT INTO evidence_place VALUES (?, ?, ?, ?)", rows)
            database.execute("INSERT OR REPLACE INTO evidence_upto VALUES (1, ?, ?)", (raw.offset, raw.mark))


def _upto(database: sqlite3.Connection) -> tuple[int, int]:
    """How far the journal was read, and the mark to go on with."""
    row = database.execute("SELECT offset, mark FROM evidence_upto").fetchone()
    return (int(row[0]), int(row[1])) if row else (0, 0)


def _last(database: sqlite3.Connection) -> Place:
    row = database.execute("SELECT start, digest FROM evidence_place ORDER BY start DESC LIMIT 1").fetchone()
    return Place(int(row[0]), int(row[1])) if row else NOWHERE


def _placed(raw: RawLines) -> Generator[tuple[int, bytes], None, None]:
    start = raw.start
    for line in raw.lines:
        yield start, line
        start += len(line) + 1


def _is_whole(line: bytes) -> bool:
    """A process that died while it wrote leaves a torn line."""
    try:
        json.loads(line)
    except ValueError:
        return False
    return True


def _evidence(data: bytes, places: Iterable[tuple[int, int]]) -> Generator[Evidence, None, None]:
    for start, length in places:
        event = json.loads(data[start : start + length])
        if event.get("evidence"):
            found = decode(Evidence, event["evidence"])
            if found.blocks:
                yield found
