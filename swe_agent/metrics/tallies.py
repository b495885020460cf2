"""What the ledger keeps of each job for its figures: how many blocks and lines of each language had which outcome.

Written in the transaction that folds the job, from its book alone, so that figures never depend on when they were
brought up to date. What time changes by itself, the expiry of pending blocks, is left to whoever reads.

A job counts on one day: that of the first decision on it, or, if there was none, that on which it expired. So its
blocks stay together, and sums over days are sums over whole proposals. Edits that another tool made in one session are
one cluster a day.
"""

from __future__ import annotations

import math
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from swe_agent.core.record import ACCEPTED, UNDECIDED, BlockRecord, JobBook
from swe_agent.core.usage import Usage
from swe_agent.metrics.acceptance import EXPIRES_AFTER, counted_as
from swe_agent.metrics.figures import COUNTED
from swe_agent.metrics.waits import bucket
from swe_agent.store.database import insert

ATTEMPTING = ("model", "repair")
"""Engines that try to solve a task. A branch that is looked at, or a patch from elsewhere, is no attempt."""
SIZES = ((0, "0"), (5, "1-5"), (20, "6-20"), (50, "21-50"), (200, "51-200"), (math.inf, "201+"))
"""Buckets of effective lines, each up to a number."""
REASON = 60
"""Characters of a reason that are kept to count it by."""
ROLLED = ("rolled_block", "rolled_job", "rolled_count")


class Tallies:
    """To be handed to the ledger, which keeps them beside its books."""

    tables = ("tally", "tally_block", "tally_count", "task", "day", "rolled", *ROLLED)

    def keep(self, connection: sqlite3.Connection, books: Mapping[str, JobBook | None]) -> None:
        days: set[str] = set()
        tasks: set[str] = set()
        for job, book in books.items():
            before = connection.execute("SELECT day, task FROM tally WHERE job = ?", (job,)).fetchone()
            if before:
                days.add(before[0])
                tasks.add(before[1])
                for table in ("tally", "tally_block", "tally_count"):
                    connection.execute(f"DELETE FROM {table} WHERE job = ?", (job,))  # noqa: S608  # our own tables
            if book is not None:
                day, task = day_of(book), _root(connection, book)
                if task != job:
                    days |= _join(connection, job, task)
                _keep_one(connection, book, day, task)
                days.add(day)
                tasks.add(task)
        for task in tasks:
            days |= _task(connection, task)
        for day in days:
            _stale(connection, day)


def _stale(connection: sqlite3.Connection, day: str) -> None:
    """Sums of this day are gone at once: they may hold what was just erased."""
    connection.execute("INSERT OR IGNORE INTO day VALUES (?)", (day,))
    for table in ("rolled", *ROLLED):
        connection.execute(f"DELETE FROM {table} WHERE day = ?", (day,))  # noqa: S608  # our own tables


def _keep_one(connection: sqlite3.Connection, book: JobBook, day: str, task: str) -> None:
    by_language: defaultdict[str, list[BlockRecord]] = defaultdict(list)
    for block in book.blocks:
        by_language[block.language].append(block)
    insert(connection, "tally", [_job_row(book, day, task)])
    insert(connection, "tally_block", [_block_row(book, name, blocks) for name, blocks in by_language.items()])
    for name, blocks in by_language.items():
        insert(connection, "tally_count", _counts(book, name, blocks))


def _job_row(book: JobBook, day: str, task: str) -> tuple[object, ...]:
    job = book.job
    usage = sum((call.usage for call in book.calls), Usage())
    prices = [call.cost.nano_usd for call in book.calls]
    stands = [block for block in book.blocks if block.landing and block.outcome in ACCEPTED]
    tried = job.engine in ATTEMPTING and (job.proposed_at or job.end_reason in ("no_effect", "limit", "failed"))
    settled = bool(job.closed) or (bool(job.ended_at) and not any(block.pending for block in book.blocks))
    cluster = f"{job.engine}\n{job.session}" if job.session else job.job
    return (
        job.job, task, cluster, day, job.started_at, _comparable(job.proposed_at), settled, job.is_ours, bool(tried),
        bool(stands), job.attempt, job.model, job.kind, job.engine, job.prompt_version, job.edit_format, job.policy,
        job.surface, size_of(sum(block.lines for block in book.blocks)), job.author, len(book.calls),
        sum(1 for price in prices if price is None), sum(price for price in prices if price is not None),
        usage.input_tokens, usage.cached_tokens, usage.cache_write_tokens, usage.output_tokens, usage.reasoning_tokens,
        sum(block.lines for block in stands),
    )  # fmt: skip


def _block_row(book: JobBook, language: str, blocks: Iterable[BlockRecord]) -> tuple[object, ...]:
    count: Counter[str] = Counter()
    lines: Counter[str] = Counter()
    waited = 0
    for block in blocks:
        kind: str = counted_as(block, closed=bool(book.job.closed)) or ("pending" if block.pending else block.outcome)
        count[kind] += 1
        lines[kind] += block.lines
        waited += _wait(book, block) is not None
    return (
        book.job.job, language, *(count[kind] for kind in COUNTED), *(lines[kind] for kind in COUNTED),
        count["pending"], lines["pending"], count["auto_accepted"], lines["auto_accepted"], count["superseded"], waited,
    )  # fmt: skip


def _counts(book: JobBook, language: str, blocks: Iterable[BlockRecord]) -> list[tuple[object, ...]]:
    found: Counter[tuple[str, str]] = Counter()
    for block in blocks:
        if (seconds := _wait(book, block)) is not None:
            found["wait", str(bucket(seconds))] += 1
        if block.outcome == "accepted_edited" and block.landing and block.edit_ratio is not None:
            found["edit", str(min(19, int(block.edit_ratio * 20)))] += 1
        if block.outcome == "rejected":
            found["reason", " ".join(block.reason.split()).lower()[:REASON]] += 1
    return [(book.job.job, language, what, name, n) for (what, name), n in found.items()]


def _wait(book: JobBook, block: BlockRecord) -> float | None:
    """Seconds from shown to decided by a person; None where nobody has, or where it is not known."""
    if block.by == "policy" or not book.job.is_ours or not _is_decided(block) or not book.job.proposed_at:
        return None
    return max(0.0, (_time(block.decided_at) - _time(book.job.proposed_at)).total_seconds())


def _is_decided(block: BlockRecord) -> bool:
    return bool(block.decided_at) and block.outcome != "superseded" and block.outcome not in UNDECIDED


def size_of(lines: int) -> str:
    """
    >>> size_of(0), size_of(6), size_of(5000)
    ('0', '6-20', '201+')
    """
    return next(name for most, name in SIZES if lines <= most)


def day_of(book: JobBook) -> str:
    """The day, UTC, on which a job counts."""
    job = book.job
    if decided := [block.decided_at for block in book.blocks if _is_decided(block)]:
        return min(map(_time, decided)).date().isoformat()
    if job.proposed_at and job.is_ours:
        expires = _time(job.proposed_at) + EXPIRES_AFTER
        return min(expires, _time(job.closed_at) if job.closed_at else expires).date().isoformat()
    return _time(job.ended_at or job.started_at).date().isoformat()


def _comparable(text: str) -> str:
    """Times as text that sorts; empty for none."""
    return _time(text).isoformat(timespec="milliseconds") if text else ""


def _time(text: str) -> datetime:
    """UTC is meant where a foreign log names no zone; one that is no time at all counts in the year 1."""
    try:
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return datetime.min.replace(tzinfo=UTC)


def _root(connection: sqlite3.Connection, book: JobBook) -> str:
    """The first job of the chain of attempts that this one is in, whichever of them is folded first."""
    parent = book.job.parent or book.job.group
    if not parent or parent == book.job.job:
        return book.job.job
    known = connection.execute("SELECT task FROM tally WHERE job = ?", (parent,)).fetchone()
    return str(known[0]) if known else parent


def _join(connection: sqlite3.Connection, job: str, task: str) -> set[str]:
    """What went on from this job before it was known what it goes on from itself; the days whose sums that changes."""
    connection.execute("UPDATE tally SET task = ? WHERE task = ?", (task, job))
    return _without(connection, job)


def _without(connection: sqlite3.Connection, task: str) -> set[str]:
    """Remove the count of a task; the day on which it stood."""
    query = "SELECT tally.day FROM task JOIN tally ON tally.job = task.job WHERE task.task = ?"
    days = {str(day) for (day,) in connection.execute(query, (task,))}
    connection.execute("DELETE FROM task WHERE task = ?", (task,))
    return days


def _task(connection: sqlite3.Connection, task: str) -> set[str]:
    """Count the attempts of a task anew; the days whose sums that changes. It counts with its last attempt."""
    days = _without(connection, task)
    query = "SELECT job, day, attempt, landed FROM tally WHERE task = ? AND tried ORDER BY started_at, job"
    attempts = connection.execute(query, (task,)).fetchall()
    if not attempts:
        return days
    last, day = attempts[-1][:2]
    first = any(landed for _, _, attempt, landed in attempts if attempt == 1)
    later = any(landed for _, _, attempt, landed in attempts if attempt > 1)
    row = (task, last, len(attempts), first or later, first and not later)
    connection.execute("INSERT INTO task VALUES (?, ?, ?, ?, ?)", row)
    return days | {str(day)}
