"""When a block counts, and as what: the outcome table of the design, for the one job that a book is of.

Undecided and deferred blocks expire after seven days, or when the job is closed; so do accepted ones that have not
landed by then, for nothing of them has come to the user.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from swe_agent.core.record import BlockRecord, JobBook
from swe_agent.metrics.figures import Counted
from swe_agent.metrics.interval import Share

EXPIRES_AFTER = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """One row: blocks, and effective lines, decided and accepted."""

    group: str
    blocks: Share
    lines: Share
    auto: int
    undone: int
    open: int


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


def acceptance(books: Iterable[JobBook], now: datetime) -> Acceptance:
    """Over all blocks."""
    return _row("all", [(block, expired(book, now)) for book in books for block in book.blocks])


def by(books: Iterable[JobBook], now: datetime, key: Callable[[BlockRecord], str]) -> tuple[Acceptance, ...]:
    """A row for each value of `key`, in its order."""
    groups: defaultdict[str, list[tuple[BlockRecord, bool]]] = defaultdict(list)
    for book in books:
        is_expired = expired(book, now)
        for block in book.blocks:
            groups[key(block) or "unknown"].append((block, is_expired))
    return tuple(_row(group, groups[group]) for group in sorted(groups))


def _row(group: str, blocks: list[tuple[BlockRecord, bool]]) -> Acceptance:
    counted = [(block, kind) for block, gone in blocks if (kind := counted_as(block, closed=gone))]
    taken = [block for block, kind in counted if kind in ("accepted_unchanged", "accepted_edited")]
    return Acceptance(
        group=group,
        blocks=Share(hits=len(taken), n=len(counted)),
        lines=Share(hits=sum(b.lines for b in taken), n=sum(b.lines for b, _ in counted)),
        auto=sum(1 for b, _ in blocks if b.outcome == "auto_accepted" and b.landing),
        undone=sum(1 for b, _ in blocks if b.outcome == "undone"),
        open=sum(1 for b, gone in blocks if b.pending and not gone),
    )
