"""What a review page is made of: a proposal, and what is known beside it. Values alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, TypeVar, assert_never

from swe_agent.core.companion import Need, SubsetFault
from swe_agent.core.decision import Accept, Amend, Decision, Defer, Reject
from swe_agent.core.diff import Block, FileChange
from swe_agent.core.proposal import HazardNote, Proposal
from swe_agent.ui.html_markup import Html, line, tag

NOTHING: Mapping[str, Any] = MappingProxyType({})
T = TypeVar("T")
V = TypeVar("V")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewPage:
    proposal: Proposal
    bases: Mapping[str, Sequence[str]] = field(default_factory=lambda: NOTHING)
    """The lines of each changed file before the change; without them a block is shown without the lines around it."""
    changes: Sequence[FileChange] | None = None
    """In the order of review, by which blocks are numbered; None: as they stand in the proposal."""
    decisions: Mapping[str, Decision] = field(default_factory=lambda: NOTHING)
    landed: Collection[str] = ()
    comments: Sequence[tuple[str, str]] = ()
    """Ids of blocks and what was said of them, oldest first."""
    needs: Sequence[Need] = ()
    findings: Sequence[HazardNote] = ()
    """What to look at twice beside the proposal's own hazards."""
    faults: Sequence[SubsetFault] = ()
    """What is wrong with the accepted blocks alone."""

    @property
    def ordered(self) -> Sequence[FileChange]:
        return self.proposal.changes if self.changes is None else self.changes

    @property
    def look_twice(self) -> Sequence[HazardNote]:
        return (*self.proposal.hazards, *self.findings)

    def state(self, block: Block) -> str:
        """In one word, which is the class of its badge too."""
        if block.id in self.landed:
            return "landed"
        match self.decisions.get(block.id):
            case Accept():
                return "accepted"
            case Amend():
                return "edited"
            case Reject():
                return "rejected"
            case Defer():
                return "deferred"
            case None:
                return "open"
            case other:
                assert_never(other)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A view with what is looked up for each block and each file."""

    view: ReviewPage
    numbers: Mapping[str, int]
    """Ids of blocks and their numbers, from 1."""
    files: Mapping[str, int]
    """Paths and their numbers, from 1."""
    comments: Mapping[str, Sequence[str]]
    needs: Mapping[str, Sequence[Need]]
    """By the block that needs."""
    needed: Mapping[str, Sequence[Need]]
    """By the block that is needed."""
    hazards: Mapping[str, Sequence[HazardNote]]
    faults: Mapping[str, Sequence[SubsetFault]]

    def block_link(self, block: str) -> Html:
        """To a block by its number; its bare id where it is not on the page."""
        number = self.numbers.get(block)
        return tag("code", line(block)) if number is None else tag("a", f"block {number}", href=f"#b{number}")

    def file_link(self, path: str) -> Html:
        number, shown = self.files.get(path), tag("code", line(path))
        return shown if number is None else tag("a", shown, href=f"#f{number}")


def known(view: ReviewPage) -> Known:
    blocks = [block.id for change in view.ordered for block in change.blocks]
    return Known(
        view=view,
        numbers={block: number for number, block in enumerate(blocks, 1)},
        files={change.path: number for number, change in enumerate(view.ordered, 1)},
        comments=_by(view.comments, lambda one: one[0], lambda one: one[1]),
        needs=_by(view.needs, lambda one: one.by, lambda one: one),
        needed=_by(view.needs, lambda one: one.block, lambda one: one),
        hazards=_by(view.look_twice, lambda one: one.path, lambda one: one),
        faults=_by(view.faults, lambda one: one.path, lambda one: one),
    )


def _by(items: Iterable[T], key: Callable[[T], str], value: Callable[[T], V]) -> Mapping[str, Sequence[V]]:
    found: defaultdict[str, list[V]] = defaultdict(list)
    for item in items:
        found[key(item)].append(value(item))
    return dict(found)
