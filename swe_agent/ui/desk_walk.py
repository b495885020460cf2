"""Where a reviewer stands among the blocks, and what was decided in this sitting. Knows no screen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from swe_agent.core.decision import Accept, Amend, Decision, Defer, Reject
from swe_agent.core.diff import Block, FileChange
from swe_agent.desk.table import Table


class Walk:
    """`at` is the place of the current block in the order of review. It begins at the first that is open."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.changes: tuple[FileChange, ...] = tuple(change for change in table.changes if change.blocks)
        self._file_of = [place for place, change in enumerate(self.changes) for _ in change.blocks]
        self.blocks: tuple[Block, ...] = tuple(block for change in self.changes for block in change.blocks)
        self._place = {block.id: place for place, block in enumerate(self.blocks)}
        self._done: list[list[tuple[str, Decision | None]]] = []
        self.at = 0
        if self.blocks and self.block.id not in self.open:
            self.step_open(1)

    @property
    def block(self) -> Block:
        return self.blocks[self.at]

    @property
    def file(self) -> int:
        return self._file_of[self.at]

    @property
    def change(self) -> FileChange:
        return self.changes[self.file]

    @property
    def place_in_file(self) -> int:
        return self.at - self._file_of.index(self.file)

    @property
    def open(self) -> frozenset[str]:
        return frozenset(block.id for block in self.table.desk.open)

    def decision(self, block: str) -> Decision | None:
        return self.table.desk.decisions.get(block)

    def named(self, block: str) -> Block | None:
        place = self._place.get(block)
        return None if place is None else self.blocks[place]

    def place(self, block: str) -> int:
        return self._place[block]

    def step(self, by: int) -> bool:
        """To a block further on or back; False at an end."""
        if not 0 <= self.at + by < len(self.blocks):
            return False
        self.at += by
        return True

    def step_open(self, by: int) -> bool:
        """To the next open block, past the end from the start again; False where no other is open."""
        open_ = self.open
        for far in range(1, len(self.blocks)):
            place = (self.at + by * far) % len(self.blocks)
            if self.blocks[place].id in open_:
                self.at = place
                return True
        return False

    def to(self, block: str) -> None:
        self.at = self._place[block]

    def to_file(self, file: int) -> None:
        """To the first open block of a file, or to its first."""
        first = self._file_of.index(file)
        open_ = self.open
        here = range(first, first + len(self.changes[file].blocks))
        self.at = next((place for place in here if self.blocks[place].id in open_), first)

    def rest_of_file(self) -> tuple[Block, ...]:
        """This block, and what is open behind it in its file."""
        open_ = self.open
        behind = self.change.blocks[self.place_in_file + 1 :]
        return (self.block, *(block for block in behind if block.id in open_))

    def rest_of_all(self) -> tuple[Block, ...]:
        """This block, and what is open behind it in all files."""
        open_ = self.open
        return (self.block, *(block for block in self.blocks[self.at + 1 :] if block.id in open_))

    def find(self, text: str) -> bool:
        """To the next block that holds a text."""
        for far in range(1, len(self.blocks) + 1):
            place = (self.at + far) % len(self.blocks)
            if holds(self.blocks[place], text):
                self.at = place
                return True
        return False

    def record(self, *decisions: Decision) -> None:
        """Decide, and keep in mind what stood before, by whomever it was decided."""
        self.table.refresh()
        before = [(decision.block, self.decision(decision.block)) for decision in decisions]
        self.table.decide(*decisions)
        self._done.append(before)

    def take_back(self) -> int:
        """Undo what was decided last in this sitting, and go there; how many blocks that was."""
        if not self._done:
            return 0
        before = self._done[-1]
        self.table.decide(*(Defer(block=block) if was is None else was for block, was in before))
        self._done.pop()
        self.to(before[0][0])
        return len(before)

    def as_decided(self, file: int) -> tuple[Block, ...]:
        """The blocks of a file with the lines that a person gave them."""
        desk = self.table.desk
        return tuple(replace(block, added=tuple(desk.lines(block))) for block in self.changes[file].blocks)

    def progress(self) -> Sequence[tuple[int, int]]:
        """Of each file, how many blocks are open and how many there are."""
        open_ = self.open
        return [(sum(b.id in open_ for b in change.blocks), len(change.blocks)) for change in self.changes]

    def counts(self) -> Mapping[str, int]:
        desk = self.table.desk
        rejected = sum(isinstance(self.decision(block.id), Reject) for block in self.blocks)
        return {"open": len(desk.open), "accepted": len(desk.accepted), "rejected": rejected}

    def accepted(self) -> Mapping[str, tuple[str, ...] | None]:
        """What the accepted subset is made of: two that are equal are the same tree."""
        return {
            id_: decision.lines if isinstance(decision, Amend) else None
            for id_, decision in self.table.desk.decisions.items()
            if isinstance(decision, Accept | Amend)
        }


def holds(block: Block, text: str) -> bool:
    """Whether a block has a text in its lines, its note or its path. Capitals count where there are some in it."""
    held = "\n".join((block.path, block.note, *block.removed, *block.added))
    return text in (held if text != text.lower() else held.lower())


def files_named(changes: Sequence[FileChange], text: str) -> list[int]:
    """The places of the files that have a text in their paths."""
    return [place for place, change in enumerate(changes) if text.lower() in change.path.lower()]
