"""The fold: the events of one job, from both logs, to its book.

Trajectory first, then journal; the order between the two does not matter otherwise, because the journal only holds what
comes after the proposal. A JobClosed carries the whole book, so a job whose trajectory is gone folds to the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from swe_agent.core.decision import Accept, Amend, Defer, Reject
from swe_agent.core.diff import Block
from swe_agent.core.event import (
    BlockDecided,
    Continued,
    EditFormatChosen,
    Event,
    Forgotten,
    JobClosed,
    Landed,
    LandingDropped,
    LandingIntended,
    ModelAnswered,
    ModelAsked,
    ProposalReady,
    Superseded,
    TaskEnded,
    TaskStarted,
    ToolUsed,
    UndoIntended,
    Undone,
)
from swe_agent.core.evidence import Ingested
from swe_agent.core.record import (
    ACCEPTED,
    UNDECIDED,
    BlockRecord,
    CallRecord,
    EditRecord,
    JobBook,
    JobRecord,
    LandingRecord,
    Outcome,
)
from swe_agent.metrics.edited import edit_ratio
from swe_agent.metrics.elsewhere import book_of


def fold(job: str, events: Sequence[Event]) -> JobBook | None:
    """The book of `job`; None where the events hold no start and no closing of it."""
    book: JobBook | None = None
    decided: dict[str, Mapping[str, object]] = {}
    proposed: dict[str, Sequence[str]] = {}
    for event in events:
        if isinstance(event.body, BlockDecided):
            # A desk decides a thousand blocks in a row; each of them alone would make all of the book anew.
            decided[event.body.decision.block] = _decided(event, event.body, proposed)
            continue
        if isinstance(event.body, ProposalReady):
            proposed = {block.id: block.added for block in event.body.proposal.blocks}
        elif isinstance(event.body, JobClosed):
            proposed = {}  # the trajectory may be gone from here on, and the book has to be the same
        book, decided = _step(job, _with_decided(book, decided), event), {}
    return _with_decided(book, decided)


def _with_decided(book: JobBook | None, decided: Mapping[str, Mapping[str, object]]) -> JobBook | None:
    if book is None or not decided:
        return book
    blocks = tuple(
        replace(block, **decided[block.block]) if block.block in decided else block  # type: ignore[arg-type]
        for block in book.blocks
    )
    return replace(book, blocks=blocks)


def _step(job: str, book: JobBook | None, event: Event) -> JobBook | None:
    body = event.body
    if isinstance(body, TaskStarted):
        return _started(job, event, body)
    if isinstance(body, Ingested):
        return book or book_of(job, event.at, body.edit)
    if isinstance(body, JobClosed):
        return replace(body.book, job=replace(body.book.job, closed=body.reason, closed_at=event.at))
    if book is None:
        return None
    match body:
        case ModelAnswered():
            return replace(book, calls=(*book.calls, _call(event, body)))
        case EditFormatChosen() | ModelAsked(role="editor") | ToolUsed(name="edit"):
            return _edits(book, body)
        case ProposalReady():
            return _proposed(book, event, body)
        case TaskEnded() | Continued() | Forgotten():
            return replace(book, job=_job(book.job, event.at, body))
        case Superseded():
            undecided = (b.block for b in book.blocks if b.outcome in UNDECIDED)
            return _with_blocks(book, frozenset(body.blocks or undecided), outcome="superseded")
        case LandingIntended() | Landed() | LandingDropped() | UndoIntended() | Undone():
            return _landing(book, event)
        case _:
            return book


def _job(job: JobRecord, at: str, body: TaskEnded | Continued | Forgotten) -> JobRecord:
    match body:
        case TaskEnded():
            return replace(job, ended_at=at, end_reason=body.reason, exit_code=body.exit_code)
        case Continued():
            return replace(job, parent=body.of)
        case Forgotten():
            return replace(job, title="", closed="forgotten")


def _started(job: str, event: Event, body: TaskStarted) -> JobBook:
    options = body.options
    title = (body.task.text.strip().splitlines() or [""])[0]
    if options.engine == "range":
        title = f"{body.task.source}: {title}"
    return JobBook(
        job=JobRecord(
            job=job,
            title=title[:120],
            kind=body.task.kind,
            engine=options.engine,
            model=options.model if options.engine == "model" else options.engine,
            started_at=event.at,
            attempt=options.attempt,
            group=options.group,
        )
    )


def _call(event: Event, body: ModelAnswered) -> CallRecord:
    return CallRecord(
        job=event.job,
        call=body.call,
        role=body.role,
        model=body.model,
        at=event.at,
        usage=body.usage,
        cost=body.cost,
    )


def _edits(book: JobBook, body: EditFormatChosen | ModelAsked | ToolUsed) -> JobBook:
    """The last row is of the format that is in use and of the model that was asked last, by the name that it is asked
    by: a server may call itself otherwise."""
    if isinstance(body, EditFormatChosen):
        new = EditRecord(job=book.job.job, model="", format=body.format, applied=0, refused=0)
        return replace(book, edits=(*book.edits, new))
    if not book.edits:
        return book
    now = book.edits[-1]
    if isinstance(body, ToolUsed):
        counted = replace(now, applied=now.applied + body.ok, refused=now.refused + (not body.ok))
        return replace(book, edits=(*book.edits[:-1], counted))
    if now.model == body.model:
        return book
    rows = book.edits if now.model else book.edits[:-1]
    return replace(book, edits=(*rows, replace(now, model=body.model, applied=0, refused=0)))


def _proposed(book: JobBook, event: Event, body: ProposalReady) -> JobBook:
    proposal = body.proposal
    languages = dict(body.languages)
    blocks = tuple(
        BlockRecord(
            job=event.job,
            block=block.id,
            path=block.path,
            language=languages.get(block.path, ""),
            model=proposal.provenance.model,
            added=len(block.added),
            removed=len(block.removed),
            lines=effective_lines(block),
        )
        for block in proposal.blocks
    )
    made = proposal.provenance
    job = replace(
        book.job,
        verdict=proposal.verdict.word,
        proposed_at=event.at,
        model=made.model,
        prompt_version=made.prompt_version,
        edit_format=made.edit_format,
        attempt=made.attempt,
        policy=made.policy,
    )
    return replace(book, job=job, blocks=blocks)


def effective_lines(block: Block) -> int:
    """Added lines that are neither blank nor a lone bracket; removed ones where none are added.

    >>> effective_lines(Block(id="1", path="a.py", kind="lines", added=("x = 1\\n", "\\n", ")\\n")))
    1
    """
    lines = block.added or block.removed
    return sum(1 for line in lines if line.strip(" \t\r\n(){}[];,"))


def _decided(event: Event, body: BlockDecided, proposed: Mapping[str, Sequence[str]]) -> Mapping[str, object]:
    """Fields of BlockRecord, all that a decision sets. `proposed` are the added lines of blocks, where known."""
    decision = body.decision
    ratio: float | None = None
    match decision:
        case Accept():
            outcome: Outcome = "auto_accepted" if body.by == "policy" else "accepted_unchanged"
        case Amend():
            outcome = "accepted_edited"
            if decision.block in proposed:
                ratio = edit_ratio(proposed[decision.block], decision.lines)
        case Reject():
            outcome = "rejected"
        case Defer():
            outcome = "deferred"
    return {
        "outcome": outcome,
        "decided_at": event.at,
        "reason": decision.reason if isinstance(decision, Reject) else "",
        "companion": isinstance(decision, Accept) and bool(decision.companion_of),
        "edit_ratio": ratio,
        "by": body.by,
    }


def _with_blocks(book: JobBook, ids: frozenset[str], **changed: object) -> JobBook:
    blocks = tuple(
        replace(block, **changed) if block.block in ids else block  # type: ignore[arg-type]  # fields of BlockRecord
        for block in book.blocks
    )
    return replace(book, blocks=blocks)


def _landing(book: JobBook, event: Event) -> JobBook:
    body = event.body
    if isinstance(body, LandingIntended):
        record = LandingRecord(
            landing=body.landing.id, job=event.job, at=event.at, state="intended", files=len(body.landing.files)
        )
        return replace(book, landings=(*book.landings, record))
    if isinstance(body, UndoIntended):
        return _with_landing(book, body.undoes, "undoing")
    if isinstance(body, LandingDropped):
        if any(record.landing == body.landing for record in book.landings):
            return _with_landing(book, body.landing, "dropped")
        # What was dropped is an undo: the landing that it was to take back stands.
        undoing = [record.landing for record in book.landings if record.state == "undoing"]
        return _with_landing(book, undoing[-1], "landed") if undoing else book
    if isinstance(body, Landed):
        # Every block accepted by now came with this landing, unless an earlier one brought it.
        ids = frozenset(b.block for b in book.blocks if b.outcome in ACCEPTED and not b.landing)
        return _with_blocks(_with_landing(book, body.landing, "landed"), ids, landing=body.landing)
    assert isinstance(body, Undone)
    ids = frozenset(b.block for b in book.blocks if b.landing == body.landing)
    return _with_blocks(_with_landing(book, body.landing, "undone"), ids, outcome="undone", landing="")


def _with_landing(book: JobBook, landing: str, state: str) -> JobBook:
    landings = tuple(
        replace(record, state=state) if record.landing == landing else record  # type: ignore[arg-type]  # a Literal
        for record in book.landings
    )
    return replace(book, landings=landings)
