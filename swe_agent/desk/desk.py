"""The desk as values: decisions so far, what is open, and the subset of each file that they come to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import assert_never

from swe_agent.core.decision import Accept, Amend, Decision, Defer, Reject
from swe_agent.core.diff import Block, FileChange
from swe_agent.core.errors import UsageError
from swe_agent.core.event import BlockDecided, Event, Landed, LandingIntended, Undone
from swe_agent.core.proposal import Proposal

Chosen = Mapping[str, Sequence[str] | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """`landed` are blocks that stand in the user's tree already; `former` the decisions on those that have landed and
    were taken back, which are open again."""

    proposal: Proposal
    decisions: Mapping[str, Decision]
    landed: frozenset[str] = frozenset()
    former: Mapping[str, Decision] = field(default_factory=dict)

    @property
    def open(self) -> tuple[Block, ...]:
        """Blocks that are neither accepted nor rejected."""
        return tuple(
            block
            for block in self.proposal.blocks
            if isinstance(self.decisions.get(block.id), Defer | None) and block.id not in self.landed
        )

    @property
    def accepted(self) -> tuple[Block, ...]:
        return tuple(b for b in self.proposal.blocks if isinstance(self.decisions.get(b.id), Accept | Amend))

    @property
    def to_land(self) -> tuple[Block, ...]:
        return tuple(block for block in self.accepted if block.id not in self.landed)

    def acceptance(self, block: str) -> Accept | Amend:
        """Accepting a block once more: an edited one stays as it was edited, also when its landing was taken back."""
        decision = self.decisions.get(block, self.former.get(block))
        return decision if isinstance(decision, Amend) else Accept(block=block)

    def lines(self, block: Block) -> Sequence[str]:
        """What accepting a block brings: its own lines, or those that a person has put in their place."""
        decision = self.acceptance(block.id)
        return decision.lines if isinstance(decision, Amend) else block.added

    def decide(self, decision: Decision) -> Desk:
        """The desk with one more decision; the last one on a block stands."""
        if decision.block not in {block.id for block in self.proposal.blocks}:
            raise UsageError(
                f"there is no block {decision.block} in {self.proposal.id}",
                hint=f"`swe-agent show {self.proposal.id}` lists the blocks",
            )
        if decision.block in self.landed:
            raise UsageError(f"block {decision.block} has landed already", hint="take it back with `swe-agent undo`")
        return replace(self, decisions={**self.decisions, decision.block: decision})

    def chosen(self, change: FileChange) -> Chosen:
        """What `core.diff.splice` takes: the accepted blocks of a file, with the lines that replace them."""
        taken: dict[str, Sequence[str] | None] = {}
        for block in change.blocks:
            match self.decisions.get(block.id):
                case Accept():
                    taken[block.id] = None
                case Amend(lines=lines):
                    taken[block.id] = lines
                case Reject() | Defer() | None:
                    pass
                case other:
                    assert_never(other)
        return taken


def desk_of(proposal: Proposal, journal: Iterable[Event]) -> Desk:
    """The desk as the journal of this job left it."""
    decisions: dict[str, Decision] = {}
    former: dict[str, Decision] = {}
    landed: dict[str, frozenset[str]] = {}
    for event in journal:
        body = event.body
        if isinstance(body, BlockDecided):
            decisions[body.decision.block] = body.decision
        elif isinstance(body, LandingIntended):
            landed[body.landing.id] = frozenset()
        elif isinstance(body, Landed):
            before = frozenset().union(*landed.values()) if landed else frozenset()
            taken = {id_ for id_, decision in decisions.items() if isinstance(decision, Accept | Amend)}
            landed[body.landing] = frozenset(taken) - before
        elif isinstance(body, Undone):
            # What was undone is open again: it can be decided and landed anew, and what was edited is not lost.
            for block in landed.pop(body.landing, frozenset()):
                if decision := decisions.pop(block, None):
                    former[block] = decision
    here = {block.id for block in proposal.blocks}
    return Desk(
        proposal=proposal,
        decisions={id_: decision for id_, decision in decisions.items() if id_ in here},
        landed=frozenset().union(*landed.values()) & here if landed else frozenset(),
        former={id_: decision for id_, decision in former.items() if id_ in here},
    )
