"""Labels of lines as far as they were computed: a cache in a file of its own, made again where it does not fit.

What is kept is the main line that was walked, the files' labels at its newer commits (so that a walk can go on from
any of these, when history was rewritten or evidence came late), and the flows that the figures are made of. What the
numbers mean is known in `metrics.attribution`; here they are rows.
"""

from __future__ import annotations

import sqlite3
import sys
import zlib
from array import array
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from swe_agent.core.errors import EnvironmentLacks
from swe_agent.store.database import PATIENCE_S, transaction, write_ahead

KEPT = 1000
"""Commits of the main line whose files can be had as they were."""

GRAVES = 20_000

_TABLES = """
CREATE TABLE IF NOT EXISTS line_meta (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS line_commit (seq INTEGER PRIMARY KEY, id TEXT, at INTEGER);
CREATE INDEX IF NOT EXISTS line_commit_id ON line_commit (id);
CREATE TABLE IF NOT EXISTS line_file (
    path BLOB, seq INTEGER, blob TEXT, labels BLOB, UNIQUE (path, seq)
);
CREATE TABLE IF NOT EXISTS line_origin (number INTEGER PRIMARY KEY, seq INTEGER, id TEXT, language TEXT, kind TEXT);
CREATE TABLE IF NOT EXISTS line_block (place INTEGER PRIMARY KEY, id TEXT, size INTEGER, settled INTEGER);
CREATE TABLE IF NOT EXISTS line_grave (place INTEGER PRIMARY KEY, seq INTEGER, path BLOB, keys BLOB, labels BLOB);
CREATE TABLE IF NOT EXISTS line_found (label INTEGER PRIMARY KEY, seq INTEGER, id TEXT, via TEXT);
CREATE TABLE IF NOT EXISTS line_where (block INTEGER, path BLOB, PRIMARY KEY (block, path)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS line_flow (
    seq INTEGER, is_ai INTEGER, number INTEGER, edited INTEGER, cause TEXT, lines INTEGER
);
CREATE INDEX IF NOT EXISTS line_flow_seq ON line_flow (seq);
CREATE TABLE IF NOT EXISTS line_life (
    kind TEXT, language TEXT, lines INTEGER, landed_at TEXT, edited_at TEXT, ended_at TEXT, cause TEXT, model TEXT,
    session TEXT
);
CREATE TABLE IF NOT EXISTS line_note (
    id TEXT, seq INTEGER, path BLOB, block INTEGER, edited INTEGER, first INTEGER, last INTEGER
);
CREATE INDEX IF NOT EXISTS line_note_id ON line_note (id);
"""
_NAMES = ("commit", "file", "origin", "block", "found", "where", "flow", "note", "life", "grave")


class SavedFile(NamedTuple):
    """`labels` are None where the file has no lines, `blob` is empty where there is no file (any more)."""

    path: str
    blob: str
    labels: array[int] | None


class SavedOrigin(NamedTuple):
    number: int
    seq: int
    id: str
    language: str
    kind: str


class SavedFlow(NamedTuple):
    seq: int
    is_ai: int
    number: int
    edited: int
    cause: str
    lines: int


class SavedGrave(NamedTuple):
    """Lines in a row that went away: a checksum and a length of each, one after the other, and their labels."""

    seq: int
    path: str
    keys: array[int]
    labels: array[int]


class SavedNote(NamedTuple):
    """Lines of a commit that are a block's, from 1, both ends included."""

    id: str
    seq: int
    path: str
    block: int
    edited: int
    first: int
    last: int


@contextmanager
def opened(path: Path, *, writing: bool = False) -> Iterator[LineLabels]:
    """`writing`: as one transaction, of which all is kept or nothing. EnvironmentLacks where it cannot be used."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(path, timeout=PATIENCE_S, isolation_level=None)) as connection:
            write_ahead(connection, path)
            connection.execute("PRAGMA synchronous = OFF")  # what a power cut damages is made again
            found = LineLabels(connection)
            if writing:
                with transaction(connection):
                    yield found
            else:
                yield found
    except sqlite3.Error as error:
        raise EnvironmentLacks(
            f"cannot use {path}: {error}", hint="free some space, or remove the file: it is made again from the history"
        ) from error


@dataclass
class LineLabels:
    """Writing is the caller's transaction."""

    db: sqlite3.Connection

    def __post_init__(self) -> None:
        for statement in _TABLES.split(";"):
            if statement.strip():
                self.db.execute(statement)

    def meta(self, name: str) -> str:
        row = self.db.execute("SELECT value FROM line_meta WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else ""

    def set_meta(self, name: str, value: str) -> None:
        self.db.execute("INSERT OR REPLACE INTO line_meta VALUES (?, ?)", (name, value))

    # ---- the main line

    def tip(self) -> tuple[int, str]:
        """The newest commit that was walked; (-1, "") for none."""
        row = self.db.execute("SELECT seq, id FROM line_commit ORDER BY seq DESC LIMIT 1").fetchone()
        return (int(row[0]), str(row[1])) if row else (-1, "")

    def seq_of(self, commit: str) -> int | None:
        row = self.db.execute("SELECT seq FROM line_commit WHERE id = ?", (commit,)).fetchone()
        return int(row[0]) if row else None

    def last_before(self, at: int) -> int:
        """The last commit before the first one that was made at that time or later; -1 for none."""
        row = self.db.execute("SELECT MIN(seq) FROM line_commit WHERE at >= ?", (at,)).fetchone()
        return int(row[0]) - 1 if row[0] is not None else self.tip()[0]

    def newest(self, count: int, upto: int) -> list[str]:
        query = "SELECT id FROM line_commit WHERE seq <= ? ORDER BY seq DESC LIMIT ?"
        return [str(id_) for (id_,) in self.db.execute(query, (upto, count))]

    def times(self) -> dict[int, int]:
        return dict(self.db.execute("SELECT seq, at FROM line_commit").fetchall())

    def oldest_kept(self) -> int:
        """The first commit whose files can be had as they were."""
        return int(self.meta("kept from") or 0)

    def add_commits(self, rows: Iterable[tuple[int, str, int]]) -> None:
        self.db.executemany("INSERT INTO line_commit VALUES (?, ?, ?)", rows)

    def forget_after(self, seq: int) -> None:
        """Be as if nothing after this commit had been walked."""
        for name in ("commit", "file", "origin", "found", "flow", "note", "grave"):
            self.db.execute(f"DELETE FROM line_{name} WHERE seq > ?", (seq,))  # noqa: S608  # a fixed list
        self.db.execute("UPDATE line_block SET settled = NULL WHERE settled > ?", (seq,))

    def clear(self) -> None:
        for name in _NAMES:
            self.db.execute(f"DELETE FROM line_{name}")  # noqa: S608  # a fixed list
        self.set_meta("kept from", "0")
        for name in ("lives of", "walked"):
            self.set_meta(name, "")

    # ---- files

    def file(self, path: str, upto: int) -> SavedFile | None:
        query = "SELECT path, blob, labels FROM line_file WHERE path = ? AND seq <= ? ORDER BY seq DESC LIMIT 1"
        row = self.db.execute(query, (_bytes(path), upto)).fetchone()
        return _file(row) if row else None

    def file_of_blob(self, path: str, blob: str) -> SavedFile | None:
        """The file as it was with this content, whenever that was."""
        query = "SELECT path, blob, labels FROM line_file WHERE blob = ? AND path = ? LIMIT 1"
        row = self.db.execute(query, (blob, _bytes(path))).fetchone()
        return _file(row) if row else None

    def files(self, upto: int) -> Iterator[SavedFile]:
        query = (
            "SELECT path, blob, labels FROM line_file AS one WHERE seq = "
            "(SELECT MAX(seq) FROM line_file WHERE path = one.path AND seq <= ?)"
        )
        return map(_file, self.db.execute(query, (upto,)))

    def add_files(self, seq: int, files: Iterable[SavedFile]) -> None:
        rows = ((_bytes(one.path), seq, one.blob, _packed(one.labels)) for one in files)
        self.db.executemany("INSERT OR REPLACE INTO line_file VALUES (?, ?, ?, ?)", rows)

    def thin_out(self) -> None:
        """Of files only what the newer commits need."""
        oldest = self.tip()[0] - KEPT
        if oldest <= self.oldest_kept() + KEPT // 4:
            return
        self.db.execute(
            "DELETE FROM line_file WHERE seq < "
            "(SELECT MAX(other.seq) FROM line_file AS other WHERE other.path = line_file.path AND other.seq <= ?)",
            (oldest,),
        )
        self.db.execute("DELETE FROM line_file WHERE seq <= ? AND blob = ''", (oldest,))
        self.set_meta("kept from", str(oldest))

    # ---- what the numbers stand for

    def origins(self) -> list[SavedOrigin]:
        query = "SELECT number, seq, id, language, kind FROM line_origin ORDER BY number"
        return [SavedOrigin(*row) for row in self.db.execute(query)]

    def add_origins(self, rows: Iterable[SavedOrigin]) -> None:
        self.db.executemany("INSERT OR REPLACE INTO line_origin VALUES (?, ?, ?, ?, ?)", rows)

    def blocks(self) -> list[tuple[str, int]]:
        """Ids of blocks and how many lines they have, by place."""
        return self.db.execute("SELECT id, size FROM line_block ORDER BY place").fetchall()

    def add_blocks(self, first: int, rows: Sequence[tuple[str, int]]) -> None:
        numbered = ((first + place, *row) for place, row in enumerate(rows))
        self.db.executemany("INSERT INTO line_block VALUES (?, ?, ?, NULL)", numbered)

    def settled(self) -> set[int]:
        """Places of blocks that need not be found any more."""
        return {place for (place,) in self.db.execute("SELECT place FROM line_block WHERE settled IS NOT NULL")}

    def settle(self, rows: Iterable[tuple[int, int]]) -> None:
        """By the seq of the commit that settled it, and the block's place."""
        self.db.executemany("UPDATE line_block SET settled = ? WHERE place = ?", rows)

    def graves(self) -> list[SavedGrave]:
        """The newest ones, in the order in which they were made."""
        query = "SELECT seq, path, keys, labels FROM line_grave ORDER BY place DESC LIMIT ?"
        rows = self.db.execute(query, (GRAVES,)).fetchall()
        return [
            SavedGrave(seq, _text(path), _numbers(keys), _numbers(labels)) for seq, path, keys, labels in rows[::-1]
        ]

    def add_graves(self, rows: Iterable[SavedGrave]) -> None:
        packed = ((row.seq, _bytes(row.path), row.keys.tobytes(), row.labels.tobytes()) for row in rows)
        self.db.executemany("INSERT INTO line_grave VALUES (NULL, ?, ?, ?, ?)", packed)

    def found_between(self, first: int, end: int) -> list[int]:
        """Labels from one on, before another, of lines that were found."""
        query = "SELECT label FROM line_found WHERE label >= ? AND label < ?"
        return [label for (label,) in self.db.execute(query, (first, end))]

    def found(self, labels: Iterable[int]) -> dict[int, tuple[str, str]]:
        """Of labels the commit where each first stood, and how it was found there."""
        query = "SELECT id, via FROM line_found WHERE label = ?"
        rows = ((label, self.db.execute(query, (label,)).fetchone()) for label in labels)
        return {label: (str(row[0]), str(row[1])) for label, row in rows if row}

    def origin_ids(self, numbers: Iterable[int]) -> dict[int, SavedOrigin]:
        query = "SELECT number, seq, id, language, kind FROM line_origin WHERE number = ?"
        rows = ((number, self.db.execute(query, (number,)).fetchone()) for number in numbers)
        return {number: SavedOrigin(*row) for number, row in rows if row}

    def add_found(self, rows: Iterable[tuple[int, int, str, str]]) -> None:
        self.db.executemany("INSERT OR IGNORE INTO line_found VALUES (?, ?, ?, ?)", rows)

    def where(self, block: int) -> set[str]:
        return {_text(path) for (path,) in self.db.execute("SELECT path FROM line_where WHERE block = ?", (block,))}

    def add_where(self, rows: Iterable[tuple[int, str]]) -> None:
        named = ((block, _bytes(path)) for block, path in rows)
        self.db.executemany("INSERT OR IGNORE INTO line_where VALUES (?, ?)", named)

    # ---- what figures are made of

    def flows(self) -> list[SavedFlow]:
        query = "SELECT seq, is_ai, number, edited, cause, lines FROM line_flow ORDER BY seq, rowid"
        return list(map(SavedFlow._make, self.db.execute(query)))

    def add_flows(self, rows: Iterable[SavedFlow]) -> None:
        self.db.executemany("INSERT INTO line_flow VALUES (?, ?, ?, ?, ?, ?)", rows)

    def lives(self) -> list[tuple[str | int, ...]]:
        """The rows that `set_lives` has kept."""
        return self.db.execute("SELECT * FROM line_life").fetchall()

    def set_lives(self, rows: Iterable[Sequence[str | int]]) -> None:
        self.db.execute("DELETE FROM line_life")
        self.db.executemany("INSERT INTO line_life VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)

    def notes(self, commit: str) -> list[SavedNote]:
        query = "SELECT * FROM line_note WHERE id = ? ORDER BY path, first"
        return [SavedNote(row[0], row[1], _text(row[2]), *row[3:]) for row in self.db.execute(query, (commit,))]

    def add_notes(self, rows: Iterable[SavedNote]) -> None:
        named = ((row.id, row.seq, _bytes(row.path), *row[3:]) for row in rows)
        self.db.executemany("INSERT INTO line_note VALUES (?, ?, ?, ?, ?, ?, ?)", named)


def _bytes(path: str) -> bytes:
    return path.encode("utf-8", "surrogateescape")


def _text(path: bytes) -> str:
    return path.decode("utf-8", "surrogateescape")


def _numbers(data: bytes) -> array[int]:
    numbers = array("I")
    numbers.frombytes(data)
    return numbers


def _packed(labels: array[int] | None) -> bytes | None:
    """Little-endian, and compressed: most of a file is by one hand."""
    if labels is None:
        return None
    if sys.byteorder == "big":
        labels = array("I", labels)
        labels.byteswap()
    return zlib.compress(labels.tobytes(), 1)


def _file(row: Sequence[bytes | str | None]) -> SavedFile:
    path, blob, packed = row
    assert isinstance(path, bytes)
    assert isinstance(blob, str)
    if packed is None:
        return SavedFile(_text(path), blob, None)
    assert isinstance(packed, bytes)
    labels = array("I")
    labels.frombytes(zlib.decompress(packed))
    if sys.byteorder == "big":
        labels.byteswap()
    return SavedFile(_text(path), blob, labels)
