"""Decisions that were made with another tool, as books: so that figures are the same fold for all."""

from __future__ import annotations

from swe_agent.core.evidence import IngestedEdit
from swe_agent.core.record import INGESTED, BlockRecord, JobBook, JobRecord, Outcome


def book_of(job: str, at: str, edit: IngestedEdit) -> JobBook:
    """A decision of another tool, as the book of a job that is closed. Whether and when it was shown is not known."""
    decided = edit.at or at
    outcome: Outcome = "accepted_unchanged" if edit.accepted else "rejected"
    record = JobRecord(
        job=job,
        title="",
        kind=edit.kind,
        engine=edit.tool or "other",
        model=edit.model,
        started_at=decided,
        proposed_at=decided,
        closed="decided",
        closed_at=decided,
        surface=INGESTED,
        session=edit.session,
        author=edit.author,
    )
    blocks = (
        BlockRecord(
            job=job,
            block=block.id,
            path=edit.path,
            language=edit.language,
            model=edit.model,
            added=block.added,
            removed=block.removed,
            lines=block.lines,
            outcome=outcome,
            reason="" if edit.accepted else edit.reason,
            decided_at=decided,
            landing=job if edit.accepted else "",
            by="person",
        )
        for block in edit.blocks
    )
    return JobBook(job=record, blocks=tuple(blocks))
