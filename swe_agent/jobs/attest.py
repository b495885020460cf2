"""What has landed is attested: keyed hashes of its lines are kept, by which they are found again whatever becomes of
the commits that they came in.

Of what an agent has proposed: a model, the repair engine, a model's reply that was applied. A patch or a range of
commits is somebody's own work, which the desk only looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from swe_agent.core.errors import SweAgentError
from swe_agent.core.event import Event, Landed, ProposalReady, Undone
from swe_agent.core.evidence import Evidence, EvidenceBlock, EvidenceRecorded
from swe_agent.core.proposal import GIT_PATCH, Proposal
from swe_agent.desk.desk import Desk, desk_of
from swe_agent.jobs.kit import Kit
from swe_agent.jobs.known import key_to_record_with
from swe_agent.metrics.attribution.accepted import accepted_lines, replaced
from swe_agent.metrics.attribution.packing import Line, pack
from swe_agent.metrics.attribution.tokens import Hasher
from swe_agent.store.trajectory import Trajectory


def attest(kit: Kit, desk: Desk, landing: str, at: str = "") -> None:
    """Keep what the blocks that this desk lands are to be found by. `at` is when they landed; now if left out. That it
    cannot be written is no reason for a landing to fail: it is told, and made good by a later command."""
    try:
        evidence = evidence_of(kit, desk, at or kit.time.clock().isoformat(timespec="seconds"))
        if evidence is not None:
            kit.books.journal.append(desk.proposal.id, EvidenceRecorded(evidence=evidence, landing=landing))
    except (SweAgentError, OSError) as error:
        kit.voices.note(f"it has landed, and who wrote it is not recorded yet; a later command tries again: {error}")


def is_agents(proposal: Proposal) -> bool:
    """Whether an agent wrote what is proposed."""
    provenance = proposal.provenance
    if provenance.engine == "apply":
        return provenance.edit_format != GIT_PATCH and not proposal.task.written
    return provenance.engine in ("model", "repair")


def evidence_of(kit: Kit, desk: Desk, at: str) -> Evidence | None:
    """Of the blocks that are accepted and have not landed; None where they add no lines, or are no agent's."""
    proposal = desk.proposal
    blocks = [block for block in desk.to_land if desk.lines(block)] if is_agents(proposal) else []
    if not blocks:
        return None
    key = key_to_record_with(kit)
    hasher = Hasher(key.secret)
    mail = kit.place.git.text("config", "--get", "user.email", check=False)
    lines: list[Line] = []
    told: list[EvidenceBlock] = []
    gone = {
        block.id: removed
        for change in proposal.changes
        for block, removed in zip(change.blocks, replaced(change.blocks), strict=True)
    }
    for block in blocks:
        taken = desk.lines(block)
        proposed = None if tuple(taken) == block.added else block.added
        lines += accepted_lines(hasher, gone[block.id], taken, proposed)
        told.append(
            EvidenceBlock(
                id=f"{proposal.id}/{block.id}" + (f"/{_mark(hasher, taken)}" if proposed is not None else ""),
                session=proposal.id,
                model=proposal.provenance.model,
                author=hasher.mark(mail) if mail else "",
                path=block.path,
                base=proposal.snapshot.head or "",
                at=at,
                lines=len(taken),
            )
        )
    return Evidence(key=key.id, blocks=tuple(told), packed=pack(lines))


def _mark(hasher: Hasher, lines: Sequence[str]) -> str:
    """A block that was undone may be edited otherwise and land again."""
    return hasher.mark("".join(lines))[:6]


def make_good(kit: Kit, landed: Iterable[Event]) -> None:
    """Attest landings after which the process died or the disk was full. Where the proposal is gone there is nothing
    to tell them by."""
    for event in landed:
        assert isinstance(event.body, Landed)
        path = kit.trajectory(event.job)
        bodies = (one.body for one in Trajectory(path, kit.time.clock).events())
        proposals = [body.proposal for body in bodies if isinstance(body, ProposalReady)]
        if proposals:
            before = (one for one in kit.books.journal.events(event.job) if one.seq < event.seq)
            attest(kit, desk_of(proposals[-1], before), event.body.landing, event.at)


def unattested(events: Iterable[Event]) -> list[Event]:
    """What recorded landings that stand and are not attested, oldest first; not all of them need be."""
    still: dict[str, Event] = {}
    for event in events:
        if isinstance(event.body, Landed):
            still[event.body.landing] = event
        elif isinstance(event.body, Undone | EvidenceRecorded):
            still.pop(event.body.landing, None)
    return list(still.values())
