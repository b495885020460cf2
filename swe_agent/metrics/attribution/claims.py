"""Which lines of a commit one accepted block explains, each line of the block one of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

from swe_agent.metrics.attribution.book import Block
from swe_agent.metrics.attribution.change import Change
from swe_agent.metrics.attribution.labels import OPEN, is_ai
from swe_agent.metrics.attribution.match import Match, Run, match
from swe_agent.metrics.attribution.packing import Mark

TextOf = Callable[[Change], Sequence[bytes]]
"""The new file's lines."""


@dataclass(frozen=True, slots=True)
class Claim:
    """`source` is the line of the block. `full`: it explains all of the line."""

    change: Change
    place: int
    source: int
    full: bool
    tokens: int


def claims_of(
    block: Block, matches: Sequence[tuple[Change, Run, Match]], live: Collection[int], text_of: TextOf
) -> list[Claim]:
    """Of several runs that look like the block, a line of it is in the one that holds most of it."""
    ranked = sorted(matches, key=lambda one: -one[2].covered)
    claims: list[Claim] = []
    used: set[int] = set()
    change, run, best = ranked[0]
    if not _is_whole(block, set(best.full) | set(live)):
        claims = list(_in_context(block, change, run, live, text_of))
        if len({claim.source for claim in claims if claim.full}) <= len(set(best.full) - {-1}):
            claims = []
        used = {claim.source for claim in claims if claim.full}
    taken = {(claim.change.path, claim.place) for claim in claims}
    for change, run, matched in ranked:
        here = set()
        for row, (full, partly) in enumerate(zip(matched.full, matched.partly, strict=True)):
            source, place = (full if full >= 0 else partly), run.start + row
            if source >= 0 and source not in used and (change.path, place) not in taken:
                claims.append(Claim(change, place, source, full >= 0, len(run.tokens[row])))
                if full >= 0:
                    here.add(source)
        used |= here
    return claims


def _is_whole(block: Block, told: Collection[int]) -> bool:
    return all(i in told for i, line in enumerate(block.lines) if line.mark is Mark.AI and line.tokens)


def _in_context(block: Block, change: Change, run: Run, live: Collection[int], text_of: TextOf) -> Iterator[Claim]:
    """The block in the new file around the run. git tells a change in as few lines as it can: of what was put in beside
    its like, some lines pass for old, and old lines that now stand elsewhere pass for new."""
    if not change.patch.blob:
        return
    told = text_of(change)
    size = len(block.lines)
    start, end = max(0, run.start - size), min(len(told), run.start + len(run.rows) + size)
    window = Run(run.path, start, told[start:end], run.hasher)
    matched = match(block, window, same_path=block.told.path == run.path, live=live)
    if matched is None:
        return
    full = matched.full
    for row, source in enumerate(full):
        label = change.labels[start + row]
        if source < 0 or is_ai(label) or (label != OPEN and not _is_beside_open(change, full, start, row)):
            continue
        yield Claim(change, start + row, source, True, len(window.tokens[row]))


def _is_beside_open(change: Change, full: Sequence[int], start: int, row: int) -> bool:
    """Whether the lines that the block explains lead without a gap from here to one that is new."""
    for step in (-1, 1):
        at = row + step
        while 0 <= at < len(full) and full[at] == full[row] + (at - row):
            if change.labels[start + at] == OPEN:
                return True
            at += step
    return False
