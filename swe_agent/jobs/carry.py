"""Decisions that hold for another proposal of the same base: ids of blocks are those of their content."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from swe_agent.core.decision import Accept, Amend, Decision, Reject
from swe_agent.core.diff import Block
from swe_agent.core.event import Superseded
from swe_agent.desk.desk import Desk
from swe_agent.jobs.decide import decide, open_desk
from swe_agent.jobs.kit import Kit


def carry(kit: Kit, old: Desk, job: str, *, why: str, rejected: bool) -> list[Decision]:
    """Record on the desk of a newer job what was decided of the same blocks on an older one: what was accepted, and
    with `rejected` what was refused too."""
    new = open_desk(kit, job)
    kept = _accepted(old, new)
    if rejected:
        there = {block.id for block in new.proposal.blocks}
        kept += [one for one in old.decisions.values() if isinstance(one, Reject) and one.block in there]
    decide(kit, new, kept)
    _count_once(kit, old, job, kept, why)
    return kept


def _accepted(old: Desk, new: Desk) -> list[Decision]:
    there = {block.id for block in new.proposal.blocks}
    found: list[Decision] = []
    for block in old.accepted:
        decision = old.decisions[block.id]
        if isinstance(decision, Accept) and block.id in there:
            found.append(replace(decision))
        elif isinstance(decision, Amend):
            # What a person wrote is proposed as it stands there now, or it takes the place of the same proposal again.
            same = [b for b in new.proposal.blocks if (b.path, b.removed, b.added) == _amended(block, decision)]
            found += [Accept(block=b.id) for b in same]
            if not same and block.id in there:
                found.append(decision)
    return found


def _amended(block: Block, decision: Amend) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    return block.path, block.removed, decision.lines


def _count_once(kit: Kit, old: Desk, new: str, kept: Sequence[Decision], why: str) -> None:
    """What both proposals have counts where it landed, else in the later one."""
    carried = {decision.block for decision in kept if isinstance(decision, Reject)}
    again = {block.id for block in old.accepted} - old.landed | {block.id for block in old.open} | carried
    if again:
        kit.books.journal.append(old.proposal.id, Superseded(by=new, why=why, blocks=tuple(sorted(again))))
    landed = sorted(decision.block for decision in kept if decision.block in old.landed)
    if landed:
        kit.books.journal.append(new, Superseded(by=old.proposal.id, why="landed there", blocks=tuple(landed)))
