"""All evidence that is known, found by what it says.

Four tokens in a row are a *gram*; a block is a candidate where it shares grams with the text at hand. A long block
keeps a quarter of its grams, always the same ones wherever they stand ("winnowing" by value, Manber 1994), so that the
index stays small; a short one keeps all.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from swe_agent.core.evidence import Evidence, EvidenceBlock
from swe_agent.metrics.attribution.packing import Damaged, Line, Mark, unpack
from swe_agent.metrics.attribution.tokens import Tokens, grams

KEPT_OF_LONG = 4
LONG = 120
"""Tokens."""
COMMON = 64
"""Blocks."""


@dataclass(eq=False)
class Bundle:
    """Blocks that were recorded together; their lines are unpacked when one of them is looked at."""

    evidence: Evidence

    @cached_property
    def lines(self) -> Sequence[Line]:
        """As many as the blocks say; of one that cannot be read, lines that tell nothing."""
        size = sum(block.lines for block in self.evidence.blocks)
        try:
            lines = unpack(self.evidence.packed)
        except Damaged:
            lines = ()
        return lines if len(lines) == size else [Line(Mark.HUMAN, ())] * size


@dataclass(frozen=True, eq=False)
class Block:
    """`place` is its number among all blocks, `first` that of its first line among the lines of all blocks. `at` is
    where its lines begin in the bundle."""

    told: EvidenceBlock
    key: str
    place: int
    first: int
    bundle: Bundle
    at: int

    @property
    def size(self) -> int:
        return self.told.lines

    @cached_property
    def lines(self) -> Sequence[Line]:
        return self.bundle.lines[self.at : self.at + self.size]

    @cached_property
    def tokens(self) -> list[Tokens]:
        return [line.tokens for line in self.lines]

    @cached_property
    def flat(self) -> list[int]:
        return [token for line in self.lines for token in line.tokens]


@dataclass
class Book:
    """Blocks by place, and where each gram of those stands that can be found."""

    blocks: list[Block] = field(default_factory=list)
    grams: dict[int, array[int]] = field(default_factory=dict)
    kept: list[int] = field(default_factory=list)
    """Of each block, how many grams of it are in the index."""
    firsts: list[int] = field(default_factory=list)
    """Of each block the number of its first line, in order."""
    opened: set[int] = field(default_factory=set)
    """Blocks that can be found."""
    lines: int = 0

    def add(self, told: EvidenceBlock, bundle: Bundle, at: int) -> None:
        block = Block(told, bundle.evidence.key, len(self.blocks), self.lines, bundle, at)
        self.lines += block.size
        self.firsts.append(block.first)
        self.blocks.append(block)
        self.kept.append(0)

    def open(self, place: int) -> None:
        """Let a block be found."""
        if place in self.opened or all(line.mark is Mark.REFORMAT for line in self.blocks[place].lines):
            return
        kept = self.grams_of(place)
        for gram in kept:
            places = self.grams.get(gram)
            if places is None:
                self.grams[gram] = array("I", [place])
            else:
                places.append(place)
        self.kept[place] = len(kept)
        self.opened.add(place)

    def close(self, place: int) -> None:
        """Let it be found no more."""
        if place not in self.opened:
            return
        for gram in self.grams_of(place):
            places = self.grams[gram]
            places.remove(place)
            if not places:
                del self.grams[gram]
        self.opened.remove(place)

    def grams_of(self, place: int) -> set[int]:
        """Those of a block by which it can be found."""
        flat = self.blocks[place].flat
        kept = set(grams(flat))
        return {gram for gram in kept if gram % KEPT_OF_LONG == 0} if len(flat) > LONG else kept

    def place_of(self, line: int) -> int:
        """Of the block that a line is of."""
        return bisect_right(self.firsts, line) - 1

    def block_of(self, line: int) -> tuple[Block, int]:
        """The block that a line is of, and its number there."""
        block = self.blocks[self.place_of(line)]
        return block, line - block.first

    def shared(self, found: Iterable[int]) -> Iterator[tuple[int, int, float]]:
        """For each gram that a block has, too: the gram, the block's place, and what the gram is worth, which is less
        where many blocks have it. What very many have says nothing."""
        known = self.grams
        for gram in found:
            places = known.get(gram)
            if places is not None and len(places) <= COMMON:
                worth = 1 / len(places)
                for place in places:
                    yield gram, place, worth
