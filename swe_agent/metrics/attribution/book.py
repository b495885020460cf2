"""All evidence that is known, found by what it says.

Four tokens in a row are a *gram*; a block is a candidate where it shares grams with the text at hand. A long block
keeps a quarter of its grams, always the same ones wherever they stand ("winnowing" by value, Manber 1994), so that the
index stays small; a short one keeps all.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from swe_agent.core.evidence import Evidence, EvidenceBlock
from swe_agent.metrics.attribution.packing import Damaged, Line, Mark, unpack
from swe_agent.metrics.attribution.tokens import Tokens

GRAM = 4
KEPT_OF_LONG = 4
LONG = 120
"""Tokens."""
CANDIDATES = 16


@dataclass(frozen=True, eq=False)
class Block:
    """`place` is its number among all blocks, `first` that of its first line among the lines of all blocks."""

    told: EvidenceBlock
    key: str
    place: int
    first: int
    lines: Sequence[Line]

    @cached_property
    def tokens(self) -> list[Tokens]:
        return [line.tokens for line in self.lines]

    @cached_property
    def flat(self) -> list[int]:
        return [token for line in self.lines for token in line.tokens]


@dataclass
class Book:
    """Blocks by place, and where each gram stands. One book holds the blocks of one key."""

    blocks: list[Block] = field(default_factory=list)
    grams: dict[int, tuple[int, ...]] = field(default_factory=dict)
    firsts: list[int] = field(default_factory=list)
    """Of each block the number of its first line, in order."""
    damaged: int = 0
    lines: int = 0

    def take(self, evidence: Iterable[Evidence]) -> None:
        for one in evidence:
            try:
                lines = unpack(one.packed)
            except Damaged:
                self.damaged += 1
                continue
            at = 0
            for told in one.blocks:
                self.add(told, one.key, lines[at : at + told.lines])
                at += told.lines

    def add(self, told: EvidenceBlock, key: str, lines: Sequence[Line]) -> None:
        place = len(self.blocks)
        block = Block(told, key, place, self.lines, lines)
        self.lines += len(lines)
        self.firsts.append(block.first)
        self.blocks.append(block)
        if any(line.mark is not Mark.REFORMAT for line in lines):
            flat = block.flat
            kept = set(grams(flat))
            if len(flat) > LONG:
                kept = {gram for gram in kept if gram % KEPT_OF_LONG == 0}
            for gram in kept:
                self.grams[gram] = (*self.grams.get(gram, ()), place)

    def place_of(self, line: int) -> int:
        """Of the block that a line is of."""
        return bisect_right(self.firsts, line) - 1

    def block_of(self, line: int) -> tuple[Block, int]:
        """The block that a line is of, and its number there."""
        block = self.blocks[self.place_of(line)]
        return block, line - block.first

    def candidates(self, found: Sequence[int], path: str) -> list[tuple[int, float]]:
        """Places of the blocks that share most grams, and how much that is: a gram that few have weighs more than
        one that many have. Of two alike that of the same path comes first, then the later one."""
        shared: defaultdict[int, float] = defaultdict(float)
        for gram in found:
            places = self.grams.get(gram, ())
            for place in places:
                shared[place] += 1 / len(places)
        ranked = sorted(shared, key=lambda one: (-shared[one], self.blocks[one].told.path != path, -one))
        return [(place, shared[place]) for place in ranked[:CANDIDATES]]


def grams(flat: Sequence[int]) -> list[int]:
    """A number for each row of four tokens; for all of them where there are fewer."""
    if len(flat) < GRAM:
        return [hash(tuple(flat))] if flat else []
    return list(map(hash, zip(flat, flat[1:], flat[2:], flat[3:], strict=False)))
