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

from swe_agent.core.codec import decode
from swe_agent.core.evidence import Evidence
from swe_agent.store.database import Database, transaction
from swe_agent.store.journal import Journal
from swe_agent.store.lines import RawLines

_TABLES = (
    "CREATE TABLE IF NOT EXISTS evidence_line (start INTEGER PRIMARY KEY, length INTEGER, job TEXT)",
    "CREATE INDEX IF NOT EXISTS evidence_job ON evidence_line (job)",
    "CREATE TABLE IF NOT EXISTS evidence_read (one INTEGER PRIMARY KEY, offset INTEGER, mark INTEGER, digest TEXT)",
)
_HOLDS = re.compile(rb'\{"v":1,"seq":\d+,"at":"[^"]*","job":"([^"]*)","type":"(?:Ingested|EvidenceRecorded)"')


@dataclass(frozen=True, slots=True)
class EvidenceLines:
    """`path` is the ledger's."""

    path: Path
    journal: Journal

    def digest(self) -> str:
        """Changes where what the journal holds of evidence does."""
        with self._read() as database:
            return _state(database)[2]

    def taken(self, jobs: Iterable[str]) -> frozenset[str]:
        """Those of `jobs` that the journal has evidence or an ingested decision of."""
        query = "SELECT 1 FROM evidence_line WHERE job = ? LIMIT 1"
        with self._read() as database:
            return frozenset(job for job in jobs if database.execute(query, (job,)).fetchone())

    def evidence(self) -> tuple[Evidence, ...]:
        """All that the journal holds, oldest first. What was erased meanwhile is passed over."""
        with self._read() as database:
            places = database.execute("SELECT start, length FROM evidence_line ORDER BY start").fetchall()
            offset, mark, _ = _state(database)
        data = self.journal.upto(offset, mark)
        if data is None:
            return self.evidence()  # rewritten in this moment: the offsets are of the former journal
        return tuple(_evidence(data, places))

    @contextmanager
    def _read(self) -> Generator[sqlite3.Connection, None, None]:
        """The ledger, with all that the journal holds by now."""
        with Database(self.path).open() as database:
            for table in _TABLES:
                database.execute(table)
            self._catch_up(database)
            yield database

    def _catch_up(self, database: sqlite3.Connection) -> None:
        offset, mark, _ = _state(database)
        raw = self.journal.raw(offset, mark)
        if raw.offset == offset and not raw.anew:
            return
        with transaction(database):
            offset, mark, digest = _state(database)  # another process may have been here
            raw = self.journal.raw(offset, mark)
            if raw.anew:
                database.execute("DELETE FROM evidence_line")
                digest = ""
            told = blake2s(digest.encode(), digest_size=16)
            rows = []
            for start, line in _placed(raw):
                if (found := _HOLDS.match(line)) and _is_whole(line):
                    rows.append((start, len(line), found[1].decode("ascii")))
                    told.update(line)
            database.executemany("INSERT INTO evidence_line VALUES (?, ?, ?)", rows)
            row = (raw.offset, raw.mark, told.hexdigest() if rows else digest)
            database.execute("INSERT OR REPLACE INTO evidence_read VALUES (1, ?, ?, ?)", row)


def _state(database: sqlite3.Connection) -> tuple[int, int, str]:
    row = database.execute("SELECT offset, mark, digest FROM evidence_read").fetchone()
    return (int(row[0]), int(row[1]), str(row[2])) if row else (0, 0, "")


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
