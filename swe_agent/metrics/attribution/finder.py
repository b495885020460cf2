"""Where lines that came with a commit are known from: text that the same commit took away, or accepted blocks.

Guards, for looking alike is not being the same:
- what was accepted on top of a commit does not explain that commit, nor any before it;
- a line of evidence that stands somewhere already explains no second copy;
- a block that was not accepted just below the commit must come in by half at least.
"""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from swe_agent.metrics.attribution.book import CANDIDATES, Block, Book, grams
from swe_agent.metrics.attribution.change import Change, Region, letters, text
from swe_agent.metrics.attribution.claims import Claim, claims_of
from swe_agent.metrics.attribution.graph import Graph
from swe_agent.metrics.attribution.labels import AI, EDITED, OPEN, bare, evidence_line, is_ai, of_evidence
from swe_agent.metrics.attribution.match import Match, Run, match
from swe_agent.metrics.attribution.packing import Mark
from swe_agent.metrics.attribution.state import State
from swe_agent.metrics.attribution.tokens import Hasher, Tokens

COVER = 0.5


@dataclass(frozen=True, eq=False)
class Gone:
    """Lines that the commit took away."""

    path: str
    tokens: Sequence[Tokens]
    labels: Sequence[int]

    @cached_property
    def flat(self) -> list[int]:
        return [token for line in self.tokens for token in line]


@dataclass(frozen=True, slots=True)
class Open:
    """A run, and whose it is. `texts` are its lines, for other keys."""

    change: Change
    run: Run
    texts: Sequence[str]


@dataclass
class Opened:
    """What is to be found out about a commit; `state` is that of its parent, brought up to it."""

    commit: str
    state: State
    gone: list[Gone] = field(default_factory=list)
    open: list[Open] = field(default_factory=list)

    def went(self, path: str, old: Sequence[Tokens], labels: Sequence[int]) -> None:
        if any(old):
            self.gone.append(Gone(path, old, labels))

    def came(self, change: Change, region: Region, new: Sequence[Tokens], weights: Sequence[int]) -> None:
        """The lines of a region that are open, in runs."""
        rows: list[int] = []
        for number, place in enumerate(region.places):
            if change.labels[place] != OPEN:
                continue
            if rows and region.places[rows[-1]] != place - 1:
                self._run(change, region, rows, new, weights)
                rows = []
            rows.append(number)
        if rows:
            self._run(change, region, rows, new, weights)

    def _run(
        self, change: Change, region: Region, rows: Sequence[int], new: Sequence[Tokens], weights: Sequence[int]
    ) -> None:
        tokens = [new[row] for row in rows]
        flat = [token for line in tokens for token in line]
        if flat:
            run = Run(change.path, region.places[rows[0]], tokens, [weights[row] for row in rows], flat)
            self.open.append(Open(change, run, [region.came[row] for row in rows]))


@dataclass(frozen=True, slots=True)
class Hit:
    """A line's label from a piece, and whether the piece explains all of it."""

    label: int
    via: str
    full: bool


Contents = Callable[[Sequence[str]], Mapping[str, bytes]]
"""Blobs by id, all that are wanted at once."""


@dataclass
class Finder:
    """`hashers` by key."""

    book: Book
    graph: Graph
    hashers: Mapping[str, Hasher]
    contents: Contents
    since: int = 0
    """Place in the graph before which no evidence can explain anything."""
    where: defaultdict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Blocks to the paths where lines of theirs have stood."""

    def is_active(self, commit: str) -> bool:
        place = self.graph.place(commit)
        return bool(self.book.blocks) and (place is None or place >= self.since)

    def renamed(self, labels: array[int], path: str) -> None:
        """A file with these labels stands at another path now."""
        for line in {evidence_line(label) for label in set(labels) if is_ai(label)}:
            self.where[self.book.block_of(line)[0].place].add(path)

    def find(self, opened: Opened, key: str, *, active: bool) -> Iterator[tuple[Change, int, Hit]]:
        """Labels for lines of changes by their places: for open ones, and for some that git takes for old. `key` is the
        walk's."""
        known = self._known(opened, key) if active and opened.open else {}
        gone = _index(opened.gone) if opened.open and opened.gone else {}
        for one in opened.open:
            moved = _moved(opened.gone, gone, one.run) if gone else {}
            for row in range(len(one.run.tokens)):
                place = one.run.start + row
                hit = _better(moved.get(row), known.pop((one.change.path, place), None))
                if hit is not None:
                    yield self._told(one.change, place, hit)
        changes = {one.change.path: one.change for one in opened.open}
        for (path, place), hit in known.items():
            yield self._told(changes[path], place, hit)

    def _told(self, change: Change, place: int, hit: Hit) -> tuple[Change, int, Hit]:
        if is_ai(hit.label):
            self.where[self.book.place_of(evidence_line(hit.label))].add(change.path)
        return change, place, hit

    # ---- among the accepted blocks

    def _known(self, opened: Opened, key: str) -> dict[tuple[str, int], Hit]:
        """By path and place."""
        matches: defaultdict[int, list[tuple[Open, Match]]] = defaultdict(list)
        strength: dict[int, float] = {}
        live: dict[int, frozenset[int]] = {}
        for one in opened.open:
            for run in self._runs(one, key):
                for place, shared in self._candidates(run, opened):
                    if place not in live:
                        live[place] = self._live(self.book.blocks[place], opened.state)
                    matched = self._match(place, run, live[place])
                    if matched is not None:
                        matches[place].append((one, matched))
                        strength[place] = strength.get(place, 0) + shared
        near = frozenset(self.graph.just_below(opened.commit))
        hits: dict[tuple[str, int], Hit] = {}
        for place in sorted(matches, key=lambda place: -strength[place]):
            block = self.book.blocks[place]
            claims = claims_of(block, matches[place], live[place], self._text_of)
            is_near = block.told.base in near
            if is_near or _is_covered(block, claims, live[place]):
                _enter(hits, block, claims, "content" if is_near else "content elsewhere")
        return hits

    def _runs(self, one: Open, key: str) -> Iterator[tuple[str, Run]]:
        for other, hasher in self.hashers.items():
            if other == key:
                yield key, one.run
            else:
                tokens = [hasher.line(text) for text in one.texts]
                flat = [token for line in tokens for token in line]
                yield other, Run(one.run.path, one.run.start, tokens, one.run.weights, flat)

    def _candidates(self, keyed: tuple[str, Run], opened: Opened) -> Iterator[tuple[int, float]]:
        key, run = keyed
        known = self.book.grams
        shared = [gram for gram in grams(run.flat) if gram in known]
        for place, strength in self.book.candidates(shared, run.path) if shared else ():
            block = self.book.blocks[place]
            base = block.told.base
            if block.key == key and (not base or self.graph.may_explain(base, opened.commit)):
                yield place, strength

    def _match(self, place: int, keyed: tuple[str, Run], live: Collection[int]) -> Match | None:
        block, run = self.book.blocks[place], keyed[1]
        return match(block, run, same_path=block.told.path == run.path, live=live)

    def _text_of(self, change: Change, key: str) -> list[tuple[Tokens, int]]:
        """The new file's lines as tokens, and how many letters each has."""
        data = self.contents([change.patch.blob]).get(change.patch.blob, b"")
        hasher = self.hashers[key]
        lines = [text(line) for line in data.split(b"\n")[: len(change.labels)]]
        return [(hasher.line(line), letters(line)) for line in lines]

    def _live(self, block: Block, state: State) -> frozenset[int]:
        """Lines of the block that stand somewhere, as numbers within it."""
        first, end = block.first, block.first + len(block.lines)
        found: set[int] = set()
        for path in self.where.get(block.place, ()):
            file = state.get(path)
            if file is not None and file.labels is not None:
                found.update(evidence_line(label) for label in set(file.labels) if label & AI)
        return frozenset(line - first for line in found if first <= line < end)


def _is_covered(block: Block, claims: Sequence[Claim], live: Collection[int]) -> bool:
    lines = enumerate(block.lines)
    size = sum(len(line.tokens) for i, line in lines if line.mark is not Mark.REFORMAT and i not in live)
    return sum(claim.tokens for claim in claims if claim.full) >= COVER * max(1, size)


def _enter(hits: dict[tuple[str, int], Hit], block: Block, claims: Sequence[Claim], via: str) -> None:
    """A line that a block explains wholly goes before one that another explains in part; else who is stronger."""
    for claim in claims:
        mark = block.lines[claim.source].mark
        at = (claim.change.path, claim.place)
        if mark in (Mark.REFORMAT, Mark.HUMAN) or (at in hits and (hits[at].full or not claim.full)):
            continue
        edited = mark is Mark.EDITED or not claim.full
        hits[at] = Hit(of_evidence(block.first + claim.source, edited=edited), via, claim.full)


# ---- in what went away


def _index(gone: Sequence[Gone]) -> dict[int, list[int]]:
    index: dict[int, list[int]] = {}
    for place, piece in enumerate(gone):
        for gram in set(grams(piece.flat)):
            index.setdefault(gram, []).append(place)
    return index


def _moved(gone: Sequence[Gone], index: Mapping[int, Sequence[int]], run: Run) -> dict[int, Hit]:
    shared: Counter[int] = Counter()
    for gram in grams(run.flat):
        shared.update(index.get(gram, ()))
    ranked = sorted(shared, key=lambda one: (-shared[one], gone[one].path != run.path, one))[:CANDIDATES]
    hits: dict[int, Hit] = {}
    for place in ranked:
        piece = gone[place]
        matched = match(piece, run, same_path=piece.path == run.path)
        if matched is None:
            continue
        for row in range(len(run.tokens)):
            if matched.full[row] >= 0 and not (row in hits and hits[row].full):
                hits[row] = Hit(bare(piece.labels[matched.full[row]]), "", True)
            elif matched.partly[row] >= 0 and row not in hits:
                label = bare(piece.labels[matched.partly[row]])
                if is_ai(label):
                    hits[row] = Hit(label | EDITED, "edited", False)
    return hits


def _better(moved: Hit | None, known: Hit | None) -> Hit | None:
    """Text that was moved is what it was. Evidence goes before half of what went away."""
    if moved is None or known is None:
        return moved or known
    if moved.full and is_ai(moved.label):
        return moved
    if known.full and not known.label & EDITED:
        return known
    return moved if moved.full else known
