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
    # What figures are cut by, and the figures themselves: tallies of each job (`metrics/tallies.py`), and sums of them
    # by day for each cut that was asked for (`metrics/rollup.py`). Of the sums, `b3` are blocks with the outcome of
    # place 3 in `metrics.figures.COUNTED`, `b03` the products of places 0 and 3 over clusters, `l` the same of lines.
    # All is folded anew.
    """
    DROP TABLE job;
    CREATE TABLE job (
        job TEXT PRIMARY KEY, title TEXT, kind TEXT, engine TEXT, model TEXT, started_at TEXT, ended_at TEXT,
        end_reason TEXT, exit_code INTEGER, verdict TEXT, proposed_at TEXT, closed TEXT, closed_at TEXT,
        prompt_version TEXT, edit_format TEXT, attempt INTEGER, policy TEXT, side_by_side TEXT, parent TEXT,
        surface TEXT, session TEXT, author TEXT
    ) WITHOUT ROWID;
    DROP TABLE block;
    CREATE TABLE block (
        job TEXT, block TEXT, path TEXT, language TEXT, model TEXT, added INTEGER, removed INTEGER, lines INTEGER,
        outcome TEXT, reason TEXT, companion INTEGER, decided_at TEXT, landing TEXT, edit_ratio REAL, decided_by TEXT,
        place INTEGER, PRIMARY KEY (job, block)
    ) WITHOUT ROWID;
    CREATE TABLE tally (
        job TEXT PRIMARY KEY, task TEXT, cluster TEXT, day TEXT, started_at TEXT, proposed_at TEXT, settled INTEGER,
        ours INTEGER, tried INTEGER, landed INTEGER, attempt INTEGER,
        model TEXT, kind TEXT, engine TEXT, prompt TEXT, format TEXT, policy TEXT, surface TEXT, size TEXT, author TEXT,
        calls INTEGER, unpriced INTEGER, nano_usd INTEGER, input_tokens INTEGER, cached_tokens INTEGER,
        cache_write_tokens INTEGER, output_tokens INTEGER, reasoning_tokens INTEGER, accepted_lines INTEGER
    ) WITHOUT ROWID;
    CREATE INDEX tally_day ON tally (day, settled);
    CREATE INDEX tally_task ON tally (task);
    CREATE INDEX tally_open ON tally (settled) WHERE settled = 0;
    CREATE TABLE tally_block (
        job TEXT, language TEXT, b0 INTEGER, b1 INTEGER, b2 INTEGER, b3 INTEGER, b4 INTEGER,
        l0 INTEGER, l1 INTEGER, l2 INTEGER, l3 INTEGER, l4 INTEGER, pending INTEGER, pending_lines INTEGER,
        auto INTEGER, auto_lines INTEGER, superseded INTEGER, waited INTEGER, PRIMARY KEY (job, language)
    ) WITHOUT ROWID;
    CREATE TABLE tally_count (
        job TEXT, language TEXT, what TEXT, name TEXT, n INTEGER, PRIMARY KEY (job, language, what, name)
    ) WITHOUT ROWID;
    CREATE TABLE task (
        task TEXT PRIMARY KEY, job TEXT, attempts INTEGER, landed INTEGER, landed_first INTEGER
    ) WITHOUT ROWID;
    CREATE INDEX task_job ON task (job);
    CREATE TABLE day (day TEXT PRIMARY KEY) WITHOUT ROWID;
    CREATE TABLE rolled (day TEXT, cut TEXT, PRIMARY KEY (day, cut)) WITHOUT ROWID;
    CREATE TABLE rolled_block (
        cut TEXT, day TEXT, cell TEXT, clusters INTEGER, proposals INTEGER, landed_proposals INTEGER,
        open_blocks INTEGER, auto INTEGER, auto_lines INTEGER, superseded INTEGER, waits INTEGER, waits_waits INTEGER,
        b0 INTEGER, b1 INTEGER, b2 INTEGER, b3 INTEGER, b4 INTEGER, b00 INTEGER, b01 INTEGER, b02 INTEGER, b03
        INTEGER, b04 INTEGER, b11 INTEGER, b12 INTEGER, b13 INTEGER, b14 INTEGER, b22 INTEGER, b23 INTEGER, b24
        INTEGER, b33 INTEGER, b34 INTEGER, b44 INTEGER, l0 INTEGER, l1 INTEGER, l2 INTEGER, l3 INTEGER, l4 INTEGER,
        l00 INTEGER, l01 INTEGER, l02 INTEGER, l03 INTEGER, l04 INTEGER, l11 INTEGER, l12 INTEGER, l13 INTEGER, l14
        INTEGER, l22 INTEGER, l23 INTEGER, l24 INTEGER, l33 INTEGER, l34 INTEGER, l44 INTEGER,
        PRIMARY KEY (cut, day, cell)
    ) WITHOUT ROWID;
    CREATE INDEX rolled_block_day ON rolled_block (day);
    CREATE TABLE rolled_job (
        cut TEXT, day TEXT, cell TEXT, jobs INTEGER, calls INTEGER, unpriced INTEGER, nano_usd INTEGER,
        input_tokens INTEGER, cached_tokens INTEGER, cache_write_tokens INTEGER, output_tokens INTEGER,
        reasoning_tokens INTEGER, accepted_lines INTEGER, tasks INTEGER, landed INTEGER, landed_first INTEGER,
        cost_cost INTEGER, cost_lines INTEGER, cost_landed INTEGER, lines_lines INTEGER, PRIMARY KEY (cut, day, cell)
    ) WITHOUT ROWID;
    CREATE INDEX rolled_job_day ON rolled_job (day);
    CREATE TABLE rolled_count (
        cut TEXT, day TEXT, cell TEXT, what TEXT, name TEXT, n INTEGER, PRIMARY KEY (cut, day, cell, what, name)
    ) WITHOUT ROWID;
    CREATE INDEX rolled_count_day ON rolled_count (day);
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
