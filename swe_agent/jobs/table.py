"""A proposal on the desk as a reviewer works on it: decisions go to the journal, and what is asked of the accepted
blocks is answered from the box. See `desk.table` for the contract."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from swe_agent.core.companion import Need, SubsetFault
from swe_agent.core.decision import Decision
from swe_agent.core.diff import Block, FileChange, split_lines
from swe_agent.core.event import BlockCommented, Event
from swe_agent.core.verdict import Verdict
from swe_agent.desk.desk import Chosen, Desk, desk_of
from swe_agent.desk.order import changes_in_order
from swe_agent.desk.table import Subset
from swe_agent.desk.texts import Texts
from swe_agent.jobs.decide import decide
from swe_agent.jobs.job import box_of
from swe_agent.jobs.kit import Kit
from swe_agent.jobs.trial import Trial

if TYPE_CHECKING:
    from swe_agent.desk.companions import Companions


class JobTable:
    """Implements desk.table.Table."""

    def __init__(self, kit: Kit, desk: Desk, trial: Trial) -> None:
        self._kit = kit
        self._desk = desk
        self._trial = trial
        self.changes = changes_in_order(desk.proposal)
        self._blocks: dict[str, Block] = {block.id: block for block in desk.proposal.blocks}
        self._events: tuple[Event, ...] = ()
        """The journal of this job as far as it was read: up to `_offset`, with `_mark` to go on."""
        self._offset = self._mark = 0
        self._comments: tuple[tuple[str, str], ...] = ()
        self._faults: tuple[Chosen, tuple[SubsetFault, ...]] | None = None

    @property
    def desk(self) -> Desk:
        return self._desk

    @property
    def comments(self) -> Sequence[tuple[str, str]]:
        if not self._offset:
            self.refresh()
        return self._comments

    def base(self, change: FileChange) -> Sequence[str]:
        return split_lines(self._texts.base.get(change.path, b""))

    def refresh(self) -> bool:
        read = self._kit.books.journal.read(self._offset, self._mark)
        self._offset, self._mark = read.offset, read.mark
        new = tuple(event for event, _ in read.events if event.job == self._desk.proposal.id)
        if not new and not read.anew:
            return False
        self._events = new if read.anew else (*self._events, *new)
        before = self._desk, self._comments
        self._desk = desk_of(self._desk.proposal, self._events)
        bodies = (event.body for event in self._events)
        self._comments = tuple((body.block, body.text) for body in bodies if isinstance(body, BlockCommented))
        return (self._desk, self._comments) != before

    def decide(self, *decisions: Decision) -> None:
        self.refresh()
        after = self._desk
        for decision in decisions:
            after = after.decide(decision)  # all are looked at before the first is recorded
        self._desk = decide(self._kit, self._desk, decisions)

    def comment(self, block: str, text: str) -> None:
        path = self._blocks[block].path
        self._kit.books.journal.append(self._desk.proposal.id, BlockCommented(block=block, path=path, text=text))
        self.refresh()

    # ---- what belongs together

    def needs(self, *blocks: str) -> Sequence[Need]:
        chosen = {**self._chosen(self._desk), **dict.fromkeys(blocks)}
        return [
            replace(need, by=need.by or blocks[0])
            for need in self._companions.needed(chosen)
            if need.block not in chosen
        ]

    def needed_by(self, *blocks: str) -> Sequence[Need]:
        chosen, found = self._chosen(self._desk), []
        for block in blocks:
            if block not in chosen:
                continue
            for need in self._companions.needed_without(chosen, block):
                if need.block not in blocks:
                    found.append(replace(need, by=block))
        return found

    def subset(self) -> Subset:
        desk = self._desk
        chosen = self._chosen(desk)
        if self._faults is None or self._faults[0] != chosen:
            self._faults = (chosen, self._companions.faults_of(chosen))
        return Subset(faults=self._faults[1], verdict=self._trial.known(desk))

    def test(self, stop: threading.Event | None = None) -> Verdict:
        return self._trial.run(self._desk, stop)

    def _chosen(self, desk: Desk) -> dict[str, Sequence[str] | None]:
        return {id_: lines for change in self.changes for id_, lines in desk.chosen(change).items()}

    # ---- read once

    @cached_property
    def _companions(self) -> Companions:
        from swe_agent.desk.companions import Companions  # reads all languages: not before the first decision

        return Companions(self.changes, self._texts)

    @cached_property
    def _texts(self) -> Texts:
        contents = box_of(self._kit, self._desk.proposal.id).contents(self.changes)
        return Texts(
            base={c.path: contents[c.old.id] for c in self.changes if c.old and c.old.id in contents},
            head={c.path: contents[c.new.id] for c in self.changes if c.new and c.new.id in contents},
        )
