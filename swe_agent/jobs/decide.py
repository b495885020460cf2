"""Decisions on a proposal, recorded one by one, so that a desk that is closed half-way goes on where it was."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from swe_agent.core.decision import Accept, Amend, Decision, Reject
from swe_agent.core.diff import Block
from swe_agent.core.errors import AnswerIsNo, UsageError
from swe_agent.core.event import BlockCommented, BlockDecided, JobClosed
from swe_agent.core.proposal import Proposal
from swe_agent.desk.desk import Desk, desk_of
from swe_agent.jobs.job import box_of, load, proposal_of, require_here
from swe_agent.jobs.kit import Kit
from swe_agent.metrics.fold import effective_lines
from swe_agent.store.lines import locked


def open_desk(kit: Kit, job: str) -> Desk:
    """The desk of a job as the journal left it."""
    trajectory, events = load(kit, job)
    require_here(kit, trajectory.job)
    if trajectory.runner() is not None:
        raise UsageError(f"job {trajectory.job} is still running", hint=f"`swe-agent cancel {trajectory.job}` stops it")
    return desk_of(proposal_of(trajectory.job, events), kit.books.journal.events(trajectory.job))


def reread(kit: Kit, desk: Desk) -> Desk:
    """The same desk with what was recorded since, by whomever."""
    return desk_of(desk.proposal, kit.books.journal.events(desk.proposal.id))


def decide(kit: Kit, desk: Desk, decisions: Iterable[Decision], *, by_policy: bool = False) -> Desk:
    """Record decisions, and give the desk after them. What could never land is not accepted: it needs the box."""
    from swe_agent.syntax.language import language_of  # reads the tables of all languages

    blocks = {block.id: block for block in desk.proposal.blocks}
    for decision in decisions:
        desk = desk.decide(decision)
        if isinstance(decision, Accept | Amend):
            box_of(kit, desk.proposal.id)
        block = blocks[decision.block]
        kit.books.journal.append(
            desk.proposal.id,
            BlockDecided(
                decision=decision,
                path=block.path,
                language=language_of(block.path),
                lines=effective_lines(block),
                by="policy" if by_policy else "person",
            ),
        )
    return desk


def comments_of(kit: Kit, job: str) -> list[tuple[str, str]]:
    """What was said of blocks: their ids and the texts, oldest first."""
    bodies = (event.body for event in kit.books.journal.events(job))
    return [(body.block, body.text) for body in bodies if isinstance(body, BlockCommented)]


def accept_all(kit: Kit, desk: Desk, *, by_policy: bool = False) -> Desk:
    return decide(kit, desk, [desk.acceptance(block.id) for block in desk.open], by_policy=by_policy)


def accept_by_policy(kit: Kit, desk: Desk) -> Desk:
    """What `--yes` does. AnswerIsNo where the rule does not allow it."""
    if not desk.proposal.acceptable_unseen():
        raise AnswerIsNo(
            f"`--yes` may not accept this proposal: {_why_not(desk.proposal)}",
            hint=f"look at it yourself: `swe-agent desk {desk.proposal.id}`",
        )
    return accept_all(kit, desk, by_policy=True)


def _why_not(proposal: Proposal) -> str:
    if proposal.hazards:
        first = proposal.hazards[0]
        return f"it touches something to look at twice ({first.kind}: {first.path})"
    if not proposal.verdict.ran:
        return "no test was run"
    return "a test is broken" if proposal.verdict.broken else "no test proves it"


def rejectable(desk: Desk, *, accepted: bool) -> tuple[Block, ...]:
    """The open blocks, with `accepted` also those that were accepted and have not landed. UsageError for none."""
    found = (*desk.open, *(desk.to_land if accepted else ()))
    if found:
        return found
    waiting, job = len(desk.to_land), desk.proposal.id
    if not waiting:
        raise UsageError(f"no block of {job} is open", hint=f"`swe-agent show {job}` tells what was decided")
    raise UsageError(
        f"no block of {job} is open; {waiting} {'is' if waiting == 1 else 'are'} accepted and not landed",
        hint=f"`swe-agent reject {job} --accepted` rejects {'it' if waiting == 1 else 'them'}",
    )


def reject(kit: Kit, desk: Desk, blocks: Iterable[Block], reason: str) -> Desk:
    """Reject these blocks, and close the job where nothing is left to decide."""
    desk = decide(kit, desk, [Reject(block=block.id, reason=reason) for block in blocks])
    close_if_decided(kit, desk)
    return desk


def close_if_decided(kit: Kit, desk: Desk) -> bool:
    """A job is closed when every block is decided and what was accepted has landed."""
    if desk.open or desk.to_land:
        return False
    close(kit, desk.proposal.id, "decided")
    return True


def close(kit: Kit, job: str, reason: Literal["decided", "expired", "forgotten"]) -> None:
    """Write the job's whole book into the journal, once."""
    with locked(kit.place.paths.journal.with_suffix(".closing")):
        book = kit.books.ledger.book(job)
        if book is None or book.job.closed:
            return
        kit.books.journal.append(job, JobClosed(reason=reason, book=book))
