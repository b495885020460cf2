"""The ledger's shape, step by step. A step is never changed once released; a new one is added below."""

from __future__ import annotations

import sqlite3

from swe_agent.core.errors import EnvironmentLacks

_STEPS = (
    """
    CREATE TABLE job (
        job TEXT PRIMARY KEY, title TEXT, kind TEXT, engine TEXT, model TEXT, started_at TEXT, ended_at TEXT,
        end_reason TEXT, exit_code INTEGER, verdict TEXT, proposed_at TEXT, closed TEXT
    ) WITHOUT ROWID;
    CREATE TABLE block (
        job TEXT, block TEXT, path TEXT, language TEXT, model TEXT, added INTEGER, removed INTEGER, lines INTEGER,
        outcome TEXT, reason TEXT, companion INTEGER, decided_at TEXT, landing TEXT, place INTEGER,
        PRIMARY KEY (job, block)
    ) WITHOUT ROWID;
    CREATE TABLE call (
        job TEXT, call INTEGER, role TEXT, model TEXT, at TEXT,
        input_tokens INTEGER, cached_tokens INTEGER, cache_write_tokens INTEGER, output_tokens INTEGER,
        reasoning_tokens INTEGER, estimated INTEGER, nano_usd INTEGER,
        PRIMARY KEY (job, call)
    ) WITHOUT ROWID;
    CREATE TABLE landing (landing TEXT PRIMARY KEY, job TEXT, at TEXT, state TEXT, files INTEGER) WITHOUT ROWID;
    CREATE TABLE journal (seq INTEGER PRIMARY KEY, job TEXT, line TEXT);
    CREATE INDEX journal_job ON journal (job);
    CREATE TABLE folded (log TEXT PRIMARY KEY, size INTEGER) WITHOUT ROWID;
    """,
    # A call's number may come twice in one job's log; its place in the log is its own. All is folded anew.
    """
    DROP TABLE call;
    CREATE TABLE call (
        job TEXT, call INTEGER, role TEXT, model TEXT, at TEXT,
        input_tokens INTEGER, cached_tokens INTEGER, cache_write_tokens INTEGER, output_tokens INTEGER,
        reasoning_tokens INTEGER, estimated INTEGER, nano_usd INTEGER, place INTEGER,
        PRIMARY KEY (job, place)
    ) WITHOUT ROWID;
    DELETE FROM journal;
    DELETE FROM folded;
    """,
    # When a job was closed, from which `gc` counts. All is folded anew.
    """
    ALTER TABLE job ADD COLUMN closed_at TEXT;
    DELETE FROM job;
    DELETE FROM journal;
    DELETE FROM folded;
    """,
    # How edits in each format went. All is folded anew.
    """
    CREATE TABLE edit (
        job TEXT, model TEXT, format TEXT, applied INTEGER, refused INTEGER, place INTEGER, PRIMARY KEY (job, place)
    ) WITHOUT ROWID;
    DELETE FROM job;
    DELETE FROM journal;
    DELETE FROM folded;
    """,
)


def migrate(database: sqlite3.Connection) -> None:
    """Bring the ledger to this program's shape. A newer one is refused untouched."""
    if _version(database) == len(_STEPS):
        return
    database.execute("BEGIN IMMEDIATE")
    try:
        # Looked at again under the lock: another process may be making the same ledger at this moment.
        for number in range(_version(database), len(_STEPS)):
            for statement in _STEPS[number].split(";"):
                database.execute(statement)
            database.execute(f"PRAGMA user_version = {number + 1}")
        database.execute("COMMIT")
    except BaseException:
        database.execute("ROLLBACK")
        raise


def _version(database: sqlite3.Connection) -> int:
    version = int(database.execute("PRAGMA user_version").fetchone()[0])
    if version > len(_STEPS):
        raise EnvironmentLacks(
            f"the ledger has shape {version}; this swe-agent knows up to {len(_STEPS)}",
            hint="install the newer swe-agent that wrote it; nothing was changed",
        )
    return version
