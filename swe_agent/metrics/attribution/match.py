"""How much of a run of lines a piece of text explains: an accepted block, or text that went away in the same commit.

A line is *full* where all its tokens stood in the piece. Full lines in a row make a chain, and a chain that holds
enough letters is an *anchor*: it is no chance that it looks alike. A line beside an anchor, half of which stood in the
piece, is *partly* its.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence, Set
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby
from typing import Protocol

from swe_agent.metrics.attribution.align import align
from swe_agent.metrics.attribution.tokens import Hasher, Tokens, grams, letters

NEED = 20
"""Letters and digits of an anchor at the same path."""
NEED_ELSEWHERE = 30
SURE = 12
"""Letters of a line from which on a second copy of it is one, and no common phrase."""
BESIDE = 3
"""Lines."""
HALF = 0.5


class Piece(Protocol):
    """Lines that may explain others."""

    @property
    def tokens(self) -> Sequence[Tokens]: ...
    @property
    def flat(self) -> Sequence[int]: ...


@dataclass(frozen=True)
class Run:
    """Lines in a row that are not explained yet; most are never looked at one by one."""

    path: str
    start: int
    rows: Sequence[bytes]
    hasher: Hasher

    @cached_property
    def text(self) -> str:
        return b"\n".join(self.rows).decode("utf-8", "surrogateescape")

    @cached_property
    def texts(self) -> list[str]:
        return self.text.split("\n") if self.rows else []

    @cached_property
    def flat(self) -> list[int]:
        return self.hasher.flat(self.text)

    @cached_property
    def grams(self) -> set[int]:
        return set(grams(self.flat))

    @cached_property
    def tokens(self) -> list[Tokens]:
        return [self.hasher.line(text) for text in self.texts]

    @cached_property
    def weights(self) -> list[int]:
        """Letters and digits of each line."""
        return [letters(text) for text in self.texts]


@dataclass(frozen=True, slots=True)
class Match:
    """For each line of the run the line of the piece it comes from, -1 for none; `partly` likewise where half of it
    does. `covered` are tokens of anchored lines."""

    full: list[int]
    partly: list[int]
    covered: int


def match(piece: Piece, run: Run, *, same_path: bool, live: Collection[int] = ()) -> Match | None:
    """None where nothing anchors. `live` are lines of the piece that stand somewhere already: they explain no second
    copy, unless it is a common phrase, which then counts for nothing by itself."""
    if not _may_anchor(piece, run, NEED if same_path else NEED_ELSEWHERE):
        return None
    places = align(piece.tokens, run.tokens)
    sources: list[int] = []
    got: list[int] = []
    counts: list[bool] = []
    for found, weight in zip(places, run.weights, strict=True):
        tally = Counter(line for line in found if line >= 0 and not (line in live and weight >= SURE))
        source = tally.most_common(1)[0][0] if tally else -1
        sources.append(source)
        got.append(tally.total())
        counts.append(not any(line in live for line in tally))
    full = [bool(tokens) and n == len(tokens) for tokens, n in zip(run.tokens, got, strict=True)]
    anchored = _anchored(piece, run, full, counts, same_path)
    if not any(anchored):
        return None
    _extend(anchored, full, sources)
    partly = [
        source
        if source >= 0 and not anchored[i] and got[i] >= HALF * len(run.tokens[i]) and _beside(anchored, i)
        else -1
        for i, source in enumerate(sources)
    ]
    return Match(
        [source if anchored[i] and full[i] else -1 for i, source in enumerate(sources)],
        partly,
        sum(len(tokens) for i, tokens in enumerate(run.tokens) if anchored[i] and full[i]),
    )


def in_any_order(piece: Piece, run: Run, *, same_path: bool, live: Set[int]) -> Iterator[tuple[Run, Match]]:
    """The run against the piece; then what is left of the run against what is left of the piece, for whoever put its
    functions in another order."""
    matched = match(piece, run, same_path=same_path, live=live)
    if matched is None:
        return
    yield run, matched
    used = live | {source for source in matched.full if source >= 0}
    if len(used) >= len(piece.tokens):
        return
    is_told = [full >= 0 or partly >= 0 for full, partly in zip(matched.full, matched.partly, strict=True)]
    for told, group in groupby(range(len(run.rows)), is_told.__getitem__):
        rows = list(group)
        if not told:
            rest = replace(run, start=run.start + rows[0], rows=run.rows[rows[0] : rows[-1] + 1])
            yield from in_any_order(piece, rest, same_path=same_path, live=used)


def _may_anchor(piece: Piece, run: Run, need: int) -> bool:
    """Whether the lines that can be full hold enough: a look at sets, before tokens are aligned."""
    known = set(piece.flat)
    full = [row for row, tokens in enumerate(run.tokens) if tokens and known.issuperset(tokens)]
    if not full:
        return False
    tokens, weights = run.tokens, run.weights
    return sum(weights[row] for row in full) >= need or sum(len(tokens[row]) for row in full) >= len(piece.flat)


def _anchored(piece: Piece, run: Run, full: Sequence[bool], counts: Sequence[bool], same_path: bool) -> list[bool]:
    anchored = [False] * len(full)
    i = 0
    while i < len(full):
        if not full[i]:
            i += 1
            continue
        start, weight, held = i, 0, 0
        while i < len(full) and (full[i] or not run.tokens[i]):
            weight += run.weights[i] if counts[i] else 0
            held += len(run.tokens[i])
            i += 1
        is_whole = same_path and held >= len(piece.flat)
        if weight >= (NEED if same_path else NEED_ELSEWHERE) or (is_whole and any(counts[start:i])):
            anchored[start:i] = [True] * (i - start)
    return anchored


def _extend(anchored: list[bool], full: Sequence[bool], sources: Sequence[int]) -> None:
    """Full lines as far from an anchor as in the piece are the piece's, too, however short: what stands between was
    changed in its place."""
    shifts = {i: source - i for i, source in enumerate(sources) if anchored[i] and full[i]}
    for i, source in enumerate(sources):
        if full[i] and not anchored[i]:
            near = range(max(0, i - BESIDE), min(len(full), i + BESIDE + 1))
            anchored[i] = any(shifts.get(j) == source - i for j in near)


def _beside(anchored: Sequence[bool], i: int) -> bool:
    return any(anchored[max(0, i - BESIDE) : i]) or any(anchored[i + 1 : i + 1 + BESIDE])
