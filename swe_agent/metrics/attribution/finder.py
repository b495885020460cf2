"""Where lines that came with a commit are known from: text that the same commit took away, or accepted blocks.

Guards, for looking alike is not being the same:
- what was accepted on top of a commit does not explain that commit, nor any before it;
- a line of evidence that stands somewhere already explains no second copy;
- a block that was not accepted just below the commit must come in by half at least.
"""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from swe_agent.metrics.attribution.book import CANDIDATES, Block, Book, grams
from swe_agent.metrics.attribution.change import Change, Region
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


@dataclass
class Finder:
    """`hashers` by key; the first one's tokens are those of the walk."""

    book: Book
    graph: Graph
    hashers: Mapping[str, Hasher]
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

    def find(self, opened: Opened, key: str, *, active: bool) -> Iterator[tuple[Change, int, int, str]]:
        """Labels for open lines: change, place, label, and how it was found. `key` is the walk's."""
        from_evidence = self._from_evidence(opened, key) if active and opened.open else {}
        gone = _index(opened.gone) if opened.open and opened.gone else {}
        for number, one in enumerate(opened.open):
            moved = _moved(opened.gone, gone, one.run) if gone else {}
            known = from_evidence.get(number, {})
            for row in range(len(one.run.tokens)):
                hit = _better(moved.get(row), known.get(row))
                if hit is None:
                    continue
                if is_ai(hit.label):
                    block, _ = self.book.block_of(evidence_line(hit.label))
                    self.where[block.place].add(one.change.path)
                yield one.change, one.run.start + row, hit.label, hit.via

    # ---- among the accepted blocks

    def _from_evidence(self, opened: Opened, key: str) -> dict[int, dict[int, Hit]]:
        matches: dict[int, list[tuple[int, Match]]] = {}
        covered: Counter[int] = Counter()
        live: dict[int, frozenset[int]] = {}
        for number, one in enumerate(opened.open):
            for run in self._runs(one, key):
                found = self._matches(opened, run, live)
                matches.setdefault(number, []).extend(found)
                for place, matched in found:
                    covered[place] += matched.covered
        near = frozenset(self.graph.just_below(opened.commit))
        taken = {place for place in covered if self._is_taken(place, covered[place], near, live)}
        return {
            number: self._hits(found, taken, near, len(opened.open[number].run.tokens))
            for number, found in matches.items()
        }

    def _runs(self, one: Open, key: str) -> Iterator[Run]:
        for other, hasher in self.hashers.items():
            if other == key:
                yield one.run
            else:
                tokens = [hasher.line(text) for text in one.texts]
                flat = [token for line in tokens for token in line]
                yield Run(one.run.path, one.run.start, tokens, one.run.weights, flat)

    def _matches(self, opened: Opened, run: Run, live: dict[int, frozenset[int]]) -> list[tuple[int, Match]]:
        known = self.book.grams
        shared = [gram for gram in grams(run.flat) if gram in known]
        found = []
        for place in self.book.candidates(shared, run.path) if shared else ():
            block = self.book.blocks[place]
            if block.told.base and not self.graph.may_explain(block.told.base, opened.commit):
                continue
            if place not in live:
                live[place] = self._live(block, place, opened.state)
            matched = match(block, run, same_path=block.told.path == run.path, live=live[place])
            if matched is not None:
                found.append((place, matched))
        return found

    def _live(self, block: Block, place: int, state: State) -> frozenset[int]:
        """Lines of the block that stand somewhere, as numbers within it."""
        first, end = block.first, block.first + len(block.lines)
        found: set[int] = set()
        for path in self.where.get(place, ()):
            file = state.get(path)
            if file is not None and file.labels is not None:
                found.update(evidence_line(label) for label in set(file.labels) if label & AI)
        return frozenset(line - first for line in found if first <= line < end)

    def _is_taken(self, place: int, covered: int, near: Collection[str], live: Mapping[int, frozenset[int]]) -> bool:
        block = self.book.blocks[place]
        if block.told.base in near:
            return True
        lines = enumerate(block.lines)
        size = sum(len(line.tokens) for i, line in lines if line.mark is not Mark.REFORMAT and i not in live[place])
        return covered >= COVER * max(1, size)

    def _hits(
        self, found: Sequence[tuple[int, Match]], taken: Collection[int], near: Collection[str], size: int
    ) -> dict[int, Hit]:
        hits: dict[int, Hit] = {}
        for place, matched in found:
            if place not in taken:
                continue
            block = self.book.blocks[place]
            via = "content" if block.told.base in near else "content elsewhere"
            for row in range(size):
                source, is_full = (matched.full[row], True) if matched.full[row] >= 0 else (matched.partly[row], False)
                if source < 0 or (row in hits and (hits[row].full or not is_full)):
                    continue
                mark = block.lines[source].mark
                if mark is Mark.REFORMAT or mark is Mark.HUMAN:
                    continue
                edited = mark is Mark.EDITED or not is_full
                hits[row] = Hit(of_evidence(block.first + source, edited=edited), via, is_full)
        return hits


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
