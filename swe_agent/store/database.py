"""The SQLite file of the ledger: opened, brought to this program's shape, and written in transactions.

Readers see the last whole transaction while another process writes (WAL). Writers take turns: `BEGIN IMMEDIATE` waits
for the one before, half a minute at most.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from swe_agent.core.errors import EnvironmentLacks
from swe_agent.store.lines import locked
from swe_agent.store.migrations import migrate

PATIENCE_S = 30


@dataclass(frozen=True, slots=True)
class Database:
    path: Path

    @contextmanager
    def open(self) -> Iterator[sqlite3.Connection]:
        """A connection in which each statement stands for itself. EnvironmentLacks where the file cannot be used."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self.path, timeout=PATIENCE_S, isolation_level=None)) as connection:
                write_ahead(connection, self.path)
                connection.execute("PRAGMA synchronous = NORMAL")
                migrate(connection)
                yield connection
        except sqlite3.Error as error:
            raise EnvironmentLacks(
                f"cannot use the ledger {self.path}: {error}",
                hint="free some space; one that is damaged can be removed, it is made again from the logs",
            ) from error

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """The same, as one transaction: all of it is kept, or nothing."""
        with self.open() as connection, transaction(connection):
            yield connection


def write_ahead(connection: sqlite3.Connection, path: Path) -> None:
    """Readers and one writer at once (WAL), for the database at `path`.

    The change to it is the one step for which SQLite does not wait: of two processes that open a new database at the
    same moment, one would be told that it is locked. So they take turns, with a lock beside it; once changed, the file
    stays as it is, and no lock is taken.
    """
    if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        with locked(path.with_name(f"{path.name}.lock")):
            connection.execute("PRAGMA journal_mode = WAL")


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def insert(connection: sqlite3.Connection, table: str, rows: Sequence[tuple[object, ...]]) -> None:
    """Rows of one length into one of our own tables."""
    if rows:
        marks = ", ".join("?" * len(rows[0]))
        query = f"INSERT INTO {table} VALUES ({marks})"  # noqa: S608  # a name of ours
        connection.executemany(query, [[_storable(value) for value in row] for row in rows])


def _storable(value: object) -> object:
    """SQLite's text is UTF-8; text that is not shows its stray bytes as escapes."""
    if not isinstance(value, str) or value.isascii():
        return value
    return value.encode("utf-8", "backslashreplace").decode()
