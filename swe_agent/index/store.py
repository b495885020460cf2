"""Where the index is kept: segments as files, and a catalog that says which blob lies in which; shared by every clone,
worktree and branch, for nothing in it knows a path.

Keys hold all that a record depends on (blob, language, its table, the format), so nothing is ever stale or updated in
place. What is torn, foreign or damaged is dropped and made anew. A disk that is full, or read-only, costs speed and
never the answer. Written by one process at a time, read by any number: SQLite's WAL sees to the catalog, and a segment
is complete before its name is there.
"""

from __future__ import annotations

import contextlib
import mmap
import sqlite3
import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from swe_agent.index.layout import Layout
from swe_agent.index.outlines import COUNT_BYTES, count
from swe_agent.index.segment import BadSegment, Segment
from swe_agent.store.database import write_ahead

FORMAT = 5
MAX_BYTES = 512 * 1024 * 1024
"""Of all repositories together."""
_PARTIAL = ".partial-"
_FIND = "SELECT key, segment, document FROM blob WHERE key IN ({})"
_OUTLINES = "SELECT key, data FROM outline WHERE key IN ({})"
_STALE = "SELECT name FROM segment WHERE used < ? AND name IN ({})"
_COUNTS = "SELECT key, substr(data, 1, ?) FROM outline WHERE key IN ({})"
_LAYOUT = "SELECT data FROM layout WHERE key IN ({})"
_OLD_LAYOUTS = "DELETE FROM layout WHERE rowid NOT IN (SELECT rowid FROM layout ORDER BY rowid DESC LIMIT ?)"
LAYOUTS = 8
_BUSY_SECONDS = 3.0
"""Nobody writes for longer; past that, what is kept is not worth the wait."""
_SCHEMA = f"""
CREATE TABLE IF NOT EXISTS segment (name TEXT PRIMARY KEY, bytes INTEGER, used INTEGER) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS blob (key BLOB PRIMARY KEY, segment TEXT, document INTEGER) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS outline (key BLOB PRIMARY KEY, used INTEGER, data BLOB) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS layout (key TEXT PRIMARY KEY, data BLOB);
CREATE TABLE IF NOT EXISTS history (key TEXT PRIMARY KEY, used INTEGER, data BLOB) WITHOUT ROWID;
PRAGMA user_version = {FORMAT};
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    blobs: int
    outlines: int
    segments: int
    bytes: int


@dataclass
class Store:
    """`directory` is made when something is first kept. Without one everything stays in memory."""

    directory: Path | None
    today: int = 0
    """Days since some day, for what was used last; handed in, so that nothing here asks the clock."""
    last: tuple[Sequence[tuple[str, str]], Layout] | None = None
    """The files that were laid out last: most trees are the one before, edited."""
    _open: dict[str, Segment] = field(default_factory=dict)
    _db: sqlite3.Connection | None = None

    # ---- segments

    def find(self, keys: Sequence[bytes]) -> dict[bytes, tuple[str, int]]:
        """Segment and document of each key that is known."""
        return {key: (name, document) for key, name, document in self._rows(_FIND, keys)}

    def segment(self, name: str) -> Segment | None:
        """None where it is gone or damaged; then the catalog forgets it."""
        if name not in self._open:
            assert self.directory is not None
            try:
                with (self.directory / name).open("rb") as file:
                    self._open[name] = Segment.of(memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)))
            except (OSError, ValueError, BadSegment):
                self._drop(name)
                return None
        return self._open[name]

    def keep(self, data: bytes, keys: Iterable[bytes]) -> str:
        """Keep a segment; later finds of its keys lead to it. Its name, or "" where it cannot be kept."""
        if self.directory is None:
            return ""
        name = sha256(data).hexdigest()[:32] + ".seg"
        with contextlib.suppress(OSError, sqlite3.Error):
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write_whole(self.directory / name, data)
            with self._writing() as db:
                db.execute("INSERT OR REPLACE INTO segment VALUES (?, ?, ?)", (name, len(data), self.today))
                db.executemany(
                    "INSERT OR REPLACE INTO blob VALUES (?, ?, ?)", ((key, name, n) for n, key in enumerate(keys))
                )
            return name
        return ""

    def used(self, names: Sequence[str]) -> None:
        """Note that segments were of use today. Written once a day: a question should not wait for writers."""
        if stale := [name for (name,) in self._rows(_STALE, names, self.today)]:
            with contextlib.suppress(OSError, sqlite3.Error), self._writing() as db:
                db.executemany("UPDATE segment SET used = ? WHERE name = ?", ((self.today, name) for name in stale))

    def _drop(self, name: str) -> None:
        assert self.directory is not None
        with contextlib.suppress(OSError):
            (self.directory / name).unlink()
        with contextlib.suppress(OSError, sqlite3.Error), self._writing() as db:
            db.execute("DELETE FROM blob WHERE segment = ?", (name,))
            db.execute("DELETE FROM segment WHERE name = ?", (name,))

    def layout(self, key: str) -> bytes | None:
        return next((bytes(data) for (data,) in self._rows(_LAYOUT, [key])), None)

    def keep_layout(self, key: str, data: bytes) -> None:
        """Keep where the files of a tree stand, and forget that of all but the last few trees."""
        if self.directory is None:
            return
        with contextlib.suppress(OSError, sqlite3.Error), self._writing() as db:
            db.execute("INSERT OR REPLACE INTO layout VALUES (?, ?)", (key, data))
            db.execute(_OLD_LAYOUTS, (LAYOUTS,))

    # ---- outlines and history

    def outlines(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        return dict(self._rows(_OUTLINES, keys))

    def outline_counts(self, keys: Sequence[bytes]) -> dict[bytes, int]:
        """How many symbols the outlines have that are known."""
        return {key: count(head) for key, head in self._rows(_COUNTS, keys, COUNT_BYTES)}

    def keep_outlines(self, records: Mapping[bytes, bytes]) -> None:
        if self.directory is None or not records:
            return
        with contextlib.suppress(OSError, sqlite3.Error), self._writing() as db:
            rows = ((key, self.today, data) for key, data in records.items())
            db.executemany("INSERT OR REPLACE INTO outline VALUES (?, ?, ?)", rows)

    def history(self, key: str) -> bytes | None:
        found: list[bytes] = []
        with self._reading() as db:
            found += [bytes(data) for (data,) in db.execute("SELECT data FROM history WHERE key = ?", (key,))]
        return found[0] if found else None

    def keep_history(self, key: str, data: bytes) -> None:
        with contextlib.suppress(OSError, sqlite3.Error), self._writing() as db:
            db.execute("INSERT OR REPLACE INTO history VALUES (?, ?, ?)", (key, self.today, data))

    # ---- upkeep

    def size(self) -> Size:
        counts = {"blob": 0, "outline": 0, "segment": 0}
        with self._reading() as db:
            for table in counts:
                (counts[table],) = db.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608  # a constant
        return Size(blobs=counts["blob"], outlines=counts["outline"], segments=counts["segment"], bytes=self._bytes())

    def _bytes(self) -> int:
        total = 0
        for path in self.directory.glob("*") if self.directory else ():
            with contextlib.suppress(OSError):
                total += path.stat().st_size
        return total

    def prune(self, most: int = MAX_BYTES) -> None:
        """Drop segments that no blob leads to, and what was not used for longest, until `most` bytes are left.

        Two thirds of them are for segments, a third for outlines and history.
        """
        if self.directory is None:
            return
        dropped = 0
        with contextlib.suppress(OSError, sqlite3.Error):
            with self._writing() as db:
                rows = db.execute("SELECT name FROM segment WHERE name NOT IN (SELECT DISTINCT segment FROM blob)")
                unwanted = [name for (name,) in rows]
                kept = db.execute("SELECT name, bytes FROM segment ORDER BY used DESC, name").fetchall()
                left = most * 2 // 3
                for name, size in kept:
                    left -= size if name not in unwanted else 0
                    if left < 0 and name not in unwanted:
                        unwanted.append(name)
                for table in ("outline", "history"):
                    dropped += _drop_oldest(db, table, most // 6)
            for name in unwanted:
                self._drop(name)
            self._sweep()
            if dropped or unwanted:
                self._vacuum()

    def _sweep(self) -> None:
        """Files that a killed process has left: no catalog knows them, and they are not of today."""
        assert self.directory is not None
        with self._reading() as db:
            known = {name for (name,) in db.execute("SELECT name FROM segment")}
            for path in self.directory.glob("*"):
                if (path.suffix == ".seg" and path.name not in known) or path.name.startswith(_PARTIAL):
                    path.unlink(missing_ok=True)

    def _vacuum(self) -> None:
        if (db := self._catalog(create=False)) is not None:
            db.execute("VACUUM")
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def clear(self) -> None:
        """Remove everything, for all repositories."""
        self.close()
        self.last = None
        self._open.clear()
        for path in self.directory.glob("*") if self.directory else ():
            if path.suffix == ".seg" or path.name.startswith(("catalog.", _PARTIAL)):
                path.unlink(missing_ok=True)

    def close(self) -> None:
        if self._db is not None:
            self._db.close()
            self._db = None

    # ---- the catalog

    def _rows(self, query: str, keys: Sequence[object], *first: object) -> Iterator[Any]:
        """Of a query that ends in a list of keys, asked for some at a time; `first` are its other parameters."""
        with self._reading() as db:
            for some in _batches(keys):
                yield from db.execute(query.format(_marks(some)), (*first, *some))

    @contextlib.contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """A body whose catalog cannot be read is left off; what it had found so far holds."""
        db = None
        with contextlib.suppress(OSError):
            try:
                db = self._catalog(create=False)
            except sqlite3.DatabaseError as error:
                self._recover(error)
        if db is None:
            with contextlib.closing(_empty()) as nothing:
                yield nothing
            return
        try:
            yield db
        except sqlite3.DatabaseError as error:
            self._recover(error)

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        db = self._catalog(create=True)
        if db is None:
            with contextlib.closing(_empty()) as nothing:
                yield nothing
            return
        try:
            with db:
                db.execute("BEGIN IMMEDIATE")
                yield db
        except sqlite3.DatabaseError as error:
            self._recover(error)
            raise

    def _catalog(self, *, create: bool) -> sqlite3.Connection | None:
        """None where there is none, and none is to be made."""
        if self._db is None:
            if self.directory is None or not (create or (self.directory / "catalog.db").exists()):
                return None
            if create:
                self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            catalog = self.directory / "catalog.db"
            db = sqlite3.connect(catalog, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
            try:
                write_ahead(db, catalog)
                db.execute("PRAGMA synchronous = NORMAL")
                if db.execute("PRAGMA user_version").fetchone()[0] != FORMAT:
                    _make_anew(db)
            except BaseException:
                db.close()
                raise
            self._db = db
            weakref.finalize(self, db.close)  # stores are made wherever someone looks, and dropped as easily
        return self._db

    def _recover(self, error: sqlite3.DatabaseError) -> None:
        """A damaged catalog is removed: everything in it can be made again. Busy, full and read-only ones are not."""
        if isinstance(error, sqlite3.OperationalError) and "malformed" not in str(error):
            return
        self.close()
        for path in self.directory.glob("catalog.db*") if self.directory else ():
            with contextlib.suppress(OSError):
                path.unlink()


def _drop_oldest(db: sqlite3.Connection, table: str, most: int) -> int:
    """Rows of the days that were longest ago, until `most` bytes are left; how many days went."""
    days = db.execute(f"SELECT used, sum(length(data)) FROM {table} GROUP BY used ORDER BY used DESC").fetchall()  # noqa: S608  # a constant
    left, dropped = most, 0
    for day, size in days:
        left -= size
        if left < 0:
            db.execute(f"DELETE FROM {table} WHERE used = ?", (day,))  # noqa: S608  # a constant
            dropped += 1
    return dropped


def _empty() -> sqlite3.Connection:
    db = sqlite3.connect(":memory:", isolation_level=None)
    db.executescript(_SCHEMA)
    return db


def _make_anew(db: sqlite3.Connection) -> None:
    """Of another version, older or newer: a cache is not worth a migration."""
    db.execute("BEGIN IMMEDIATE")
    if db.execute("PRAGMA user_version").fetchone()[0] != FORMAT:
        for table in ("segment", "blob", "outline", "layout", "history"):
            db.execute(f"DROP TABLE IF EXISTS {table}")
        for statement in filter(str.strip, _SCHEMA.split(";")):
            db.execute(statement)
    db.execute("COMMIT")


def _marks(values: Sequence[object]) -> str:
    return ",".join("?" * len(values))


def _batches(keys: Sequence[object], size: int = 500) -> Iterator[Sequence[object]]:
    for at in range(0, len(keys), size):
        yield keys[at : at + size]


def _write_whole(target: Path, data: bytes) -> None:
    if target.exists():
        return
    import tempfile  # brings archives and random numbers along, which warm answers do without

    with tempfile.NamedTemporaryFile(dir=target.parent, prefix=_PARTIAL, delete=False) as handle:
        written = Path(handle.name)
        try:
            handle.write(data)
            handle.flush()
            written.replace(target)
        except BaseException:
            written.unlink(missing_ok=True)
            raise
