"""Which segments of evidence are kept, and what is packed anew: each block once, and many small writes as one.

Segments are of levels, by powers of three of their number of lines (as in a log-structured merge tree: O'Neil et al.,
"The Log-Structured Merge-Tree", 1996). Where three of a level have come together they become one: so a line is packed
anew ten times at most, and what a dictionary of hashes costs is shared by many lines. Segments of the highest level
stay as they are. (With more of a level the evidence takes more bytes, and the history of the notes not fewer: 600
writes of code come to 7.0 bytes a line with three, to 7.5 with eight.)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from swe_agent.core.evidence import Evidence, EvidenceBlock
from swe_agent.metrics.attribution.packing import Damaged, Line, pack, unpack

TOGETHER = 3
HIGHEST = 10
LARGEST = TOGETHER**HIGHEST * 2
"""Lines of a segment; more are several."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compacted:
    """`gone` are names of segments whose blocks all stand in others, or in `new`."""

    new: tuple[Evidence, ...]
    gone: tuple[str, ...]
    blocks: int
    """How many were in none of the segments before."""
    lines: int


_Row = tuple[EvidenceBlock, Sequence[Line]]


@dataclass(frozen=True, slots=True)
class _Part:
    """`name` is empty for what is in no segment yet."""

    name: str
    evidence: Evidence

    @property
    def size(self) -> int:
        return sum(block.lines for block in self.evidence.blocks)


def compacted(segments: Mapping[str, Evidence], more: Iterable[Evidence]) -> Compacted:
    """The segments that are there, and what is to be written: all blocks of `more`, and what takes the place of others.
    Nothing is lost: a segment that cannot be unpacked stays."""
    seen: set[str] = set()
    kept: list[_Part] = []
    gone: list[str] = []
    partly: list[_Part] = []
    # From the largest one on, so that what is doubled is left out of small ones.
    for part in sorted((_Part(*one) for one in segments.items()), key=lambda one: (-one.size, one.name)):
        ids = {block.id for block in part.evidence.blocks}
        if ids <= seen:
            gone.append(part.name)
        elif (ids & seen or len(ids) < len(part.evidence.blocks)) and _is_whole(part.evidence):
            partly.append(_Part(part.name, without(part.evidence, seen)))
        else:
            kept.append(part)
        seen |= ids
    added = list(each_once(more, seen))
    fresh = [*partly, *(_Part("", evidence) for evidence in added)]
    new: list[Evidence] = []
    for key in sorted({part.evidence.key for part in (*kept, *fresh)}):
        taken, packed = _of_key(_with(kept, key), _with(fresh, key))
        gone += [part.name for part in taken if part.name]
        new += packed
    return Compacted(
        new=tuple(new),
        gone=tuple(sorted(set(gone))),
        blocks=sum(len(evidence.blocks) for evidence in added),
        lines=sum(block.lines for evidence in added for block in evidence.blocks),
    )


def each_once(found: Iterable[Evidence], seen: set[str]) -> Iterator[Evidence]:
    """Evidence without blocks that were seen before; those that come are seen from then on."""
    for evidence in found:
        ids = {block.id for block in evidence.blocks}
        if ids <= seen:
            continue
        if ids & seen or len(ids) < len(evidence.blocks):
            if not _is_whole(evidence):
                continue
            evidence = without(evidence, seen)
        seen |= ids
        yield evidence


def without(evidence: Evidence, ids: set[str]) -> Evidence:
    """Without blocks of these ids, and each of the others once. Raises Damaged."""
    rows, had = [], set(ids)
    for row in _rows(evidence, unpack(evidence.packed)):
        if row[0].id not in had:
            had.add(row[0].id)
            rows.append(row)
    return _one(evidence.key, rows)


def _rows(evidence: Evidence, lines: Sequence[Line]) -> Iterator[_Row]:
    at = 0
    for block in evidence.blocks:
        yield block, lines[at : at + block.lines]
        at += block.lines


def _with(parts: Iterable[_Part], key: str) -> list[_Part]:
    return [part for part in parts if part.evidence.key == key]


def _of_key(kept: Sequence[_Part], fresh: Sequence[_Part]) -> tuple[list[_Part], list[Evidence]]:
    """What is packed anew, and what comes of it."""
    taken = list(fresh)
    rest = sorted((part for part in kept if _level(part.size) < HIGHEST), key=lambda one: (one.size, one.name))
    size = sum(part.size for part in taken)
    for level in range(HIGHEST):
        here = [part for part in rest if _level(part.size) == level]
        if len(here) + bool(taken and _level(size) == level) >= TOGETHER:
            below = [part for part in rest if _level(part.size) <= level]
            taken += below
            size += sum(part.size for part in below)
            rest = [part for part in rest if part not in below]
    unpacked = [(part, lines) for part in taken if (lines := _unpacked(part.evidence)) is not None]
    return [part for part, _ in unpacked], list(_packed(unpacked))


def _level(size: int) -> int:
    level = 0
    while size >= TOGETHER ** (level + 1) and level < HIGHEST:
        level += 1
    return level


def _packed(parts: Sequence[tuple[_Part, Sequence[Line]]]) -> Iterator[Evidence]:
    """By time, so that what is alike stands together."""
    rows = [row for part, lines in parts for row in _rows(part.evidence, lines)]
    rows.sort(key=lambda row: (row[0].at, row[0].session))
    some: list[_Row] = []
    size = 0
    for row in rows:
        some.append(row)
        size += row[0].lines
        if size >= LARGEST:
            yield _one(parts[0][0].evidence.key, some)
            some, size = [], 0
    if some:
        yield _one(parts[0][0].evidence.key, some)


def _one(key: str, rows: Sequence[_Row]) -> Evidence:
    packed = pack(line for _, lines in rows for line in lines)
    return Evidence(key=key, blocks=tuple(block for block, _ in rows), packed=packed)


def _unpacked(evidence: Evidence) -> Sequence[Line] | None:
    """None where it is damaged."""
    try:
        lines = unpack(evidence.packed)
    except Damaged:
        return None
    return lines if len(lines) == sum(block.lines for block in evidence.blocks) else None


def _is_whole(evidence: Evidence) -> bool:
    return _unpacked(evidence) is not None
