"""When a block counts, and as what: the outcome table of the design, for the one job that a book is of.

Undecided and deferred blocks expire after seven days, or when the job is closed; so do accepted ones that have not
landed by then, for nothing of them has come to the user.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from swe_agent.core.record import BlockRecord, JobBook
from swe_agent.metrics.figures import Counted

EXPIRES_AFTER = timedelta(days=7)


def expired(book: JobBook, now: datetime) -> bool:
    """Whether the undecided blocks of a job count as expired: it was closed, or is seven days old."""
    if book.job.closed:
        return True
    at = book.job.proposed_at
    return bool(at) and now - datetime.fromisoformat(at) >= EXPIRES_AFTER


def horizon(now: datetime) -> str:
    """What was shown until then has expired. Text that sorts with the times of tallies."""
    return (now - EXPIRES_AFTER).astimezone(UTC).isoformat(timespec="milliseconds")


def counted_as(block: BlockRecord, *, closed: bool) -> Counted | None:
    """What a block counts as; None for one that is pending, superseded, or was accepted by a policy."""
    if block.pending:
        return "expired" if closed else None
    match block.outcome:
        case "accepted_unchanged" | "accepted_edited" | "rejected" | "undone":
            return block.outcome
        case _:
            return None
