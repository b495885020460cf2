"""Block acceptance: of the blocks that a person has decided, how many were accepted.

Numerator: blocks accepted by a person, as proposed or edited, that have landed and still stand. Denominator: those,
rejected ones, expired ones (undecided or not landed for seven days, or when the job was closed) and undone ones. Left
out: blocks that a policy accepted (reported apart), superseded ones, and ones still open or waiting to land.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from swe_agent.core.record import BlockRecord, JobBook
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
    taken = [b for b, _ in blocks if b.outcome in ("accepted_unchanged", "accepted_edited") and b.landing]
    refused = [b for b, gone in blocks if b.outcome in ("rejected", "undone") or (gone and b.pending)]
    return Acceptance(
        group=group,
        blocks=Share(hits=len(taken), n=len(taken) + len(refused)),
        lines=Share(hits=sum(b.lines for b in taken), n=sum(b.lines for b in [*taken, *refused])),
        auto=sum(1 for b, _ in blocks if b.outcome == "auto_accepted" and b.landing),
        undone=sum(1 for b, _ in blocks if b.outcome == "undone"),
        open=sum(1 for b, gone in blocks if b.pending and not gone),
    )
