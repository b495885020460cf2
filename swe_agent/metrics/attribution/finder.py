"""Where lines that came with a commit are known from: text that the same commit took away, or accepted blocks.

Guards, for looking alike is not being the same:
- what was accepted on top of a commit does not explain that commit, nor any before it;
- a line of evidence that stands somewhere already explains no second copy;
- a block that was not accepted just below the commit must come in by half at least.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import groupby

from swe_agent.metrics.attribution.book import Block, Book
from swe_agent.metrics.attribution.change import Change, rows, text
from swe_agent.metrics.attribution.claims import Claim, claims_of
from swe_agent.metrics.attribution.graph import Graph
from swe_agent.metrics.attribution.labels import AI, EDITED, OPEN, bare, evidence_line, is_ai, of_evidence
from swe_agent.metrics.attribution.match import NEED, NEED_ELSEWHERE, Match, Run, in_any_order, match
from swe_agent.metrics.attribution.packing import Mark
from swe_agent.metrics.attribution.sieve import Sieve, holds
from swe_agent.metrics.attribution.state import State
from swe_agent.metrics.attribution.tokens import GRAM, Hasher, Tokens, grams

COVER = 0.5
FEW = 0.25
"""Of a block's grams: where less of it is there, half of its lines cannot be."""
PIECES = 16
"""That one run is compared with."""
LEAST = 2
"""Grams of a chain that is no chance."""


@dataclass(frozen=True, eq=False)
class Gone:
    """Lines that the commit took away, some of them an agent's."""

    path: str
    tokens: Sequence[Tokens]
    labels: Sequence[int]

    @cached_property
    def flat(self) -> list[int]:
        return [token for line in self.tokens for token in line]


@dataclass(frozen=True, slots=True)
class Sought:
    """What one run after the other is asked for. `grams`, one of which it has to have. `words`: a line that comes from
    there whole has no other, and such lines have to hold enough letters, at the paths that are named so many as are
    said there; without words any lines will do."""

    hasher: Hasher
    grams: Set[int]
    words: set[bytes] | None
    letters: Mapping[str, int]

    def may_be_in(self, run: Run) -> bool:
        letters = self.letters.get(run.path, NEED_ELSEWHERE)
        if self.words is not None and not holds(run.rows, self.words, letters):
            return False
        return not self.grams.isdisjoint((run if self.hasher is run.hasher else replace(run, hasher=self.hasher)).grams)


@dataclass
class Opened:
    """What is to be found out about a commit: its open lines, in runs, and the agents' lines that went. `state` is that
    of its parent, brought up to it."""

    commit: str
    near: frozenset[str]
    """The commits just below it."""
    state: State
    hasher: Hasher
    gone: list[Gone] = field(default_factory=list)
    index: dict[int, list[int]] = field(default_factory=dict)
    """Grams of what went, and which pieces have each."""
    blocks: set[int] = field(default_factory=set)
    """Places of those that are worth a closer look."""
    sought: list[Sought] = field(default_factory=list)
    """What runs are looked at for."""
    runs: list[tuple[Change, Run]] = field(default_factory=list)

    def went(self, path: str, old: Sequence[Tokens], labels: Sequence[int]) -> None:
        if any(old):
            piece = Gone(path, old, labels)
            for gram in set(grams(piece.flat)):
                self.index.setdefault(gram, []).append(len(self.gone))
            self.gone.append(piece)

    def came(self, change: Change) -> None:
        """Take up the open lines of a change in which something that is sought may be."""
        if self.sought:
            for run in _open_runs(change, self.hasher):
                if any(one.may_be_in(run) for one in self.sought):
                    self.runs.append((change, run))


def _sought(sieve: Sieve, known: Set[int], pieces: Sequence[tuple[str, Sequence[int]]]) -> Sought:
    """Of texts with their paths. A short one counts where it is all there, and each of its words has a letter."""
    letters: dict[str, int] = {}
    for path, flat in pieces:
        letters[path] = min(letters.get(path, NEED), sieve.count_of_words(flat))
    words = sieve.words_of(flat for _, flat in pieces) if all(letters.values()) else None
    return Sought(sieve.hasher, known, words, letters)


def _open_runs(change: Change, hasher: Hasher) -> Iterator[Run]:
    at = 0
    for _, _, new, added in change.patch.hunks:
        if not added:
            continue
        came = change.came[at : at + added]
        at += added
        if not change.is_told:
            yield Run(change.path, new, came, hasher)
            continue
        start = new
        for is_open, group in groupby(change.labels[new : new + added], OPEN.__eq__):
            end = start + len(list(group))
            if is_open:
                yield Run(change.path, start, came[start - new : end - new], hasher)
            start = end


@dataclass(frozen=True, slots=True)
class Hit:
    """A line's label from a piece, and whether the piece explains all of it."""

    label: int
    via: str
    full: bool


@dataclass
class Alike:
    """What a block has in common with a commit. `runs` come with how many grams they share."""

    grams: set[int] = field(default_factory=set)
    worth: float = 0
    runs: list[tuple[int, Change, Run]] = field(default_factory=list)


Contents = Callable[[Sequence[str]], Mapping[str, bytes]]
"""Blobs by id, all that are wanted at once."""


@dataclass
class Finder:
    """`hashers` by key."""

    book: Book
    graph: Graph
    hashers: Mapping[str, Hasher]
    contents: Contents
    where: defaultdict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Blocks to the paths where lines of theirs have stood."""
    _sieves: dict[str, Sieve] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._sieves = {key: Sieve(self.book, key, hasher) for key, hasher in self.hashers.items()}

    def opened(self, commit: str, state: State, key: str) -> Opened:
        return Opened(commit, frozenset(self.graph.just_below(commit)), state, self.hashers[key])

    def seek(self, opened: Opened, changes: Iterable[Change], key: str) -> None:
        """Say what these changes are to be looked at for: accepted blocks that may be in them, and what went. `key` is
        the walk's."""
        if not (self.book.opened or opened.gone):
            return
        came = [row for change in changes for row in change.came]
        paths = {change.path for change in changes}
        for sieve in self._sieves.values():
            passed = sieve.passed(came, opened.near, paths)
            if passed:
                opened.blocks |= passed
                blocks = [self.book.blocks[place] for place in passed]
                known = set().union(*map(self.book.grams_of, passed))
                opened.sought.append(_sought(sieve, known, [(block.told.path, block.flat) for block in blocks]))
        if opened.gone:
            pieces = [(piece.path, piece.flat) for piece in opened.gone]
            opened.sought.append(_sought(self._sieves[key], opened.index.keys(), pieces))

    def renamed(self, labels: array[int], path: str) -> None:
        """A file with these labels stands at another path now."""
        for line in {evidence_line(label) for label in set(labels) if is_ai(label)}:
            self.where[self.book.place_of(line)].add(path)

    def says(self, label: int, row: bytes) -> bool:
        """Whether a line may be the one that has an agent's label. Those without tokens have their neighbours'."""
        block, at = self.book.block_of(evidence_line(label))
        tokens = self.hashers[block.key].line(text(row))
        return bool(label & EDITED) or tokens in ((), block.tokens[at])

    def changed_back(self, label: int, tokens: Tokens, key: str) -> int:
        """The label of an agent's line that a person has changed, if these tokens are those that were accepted; else
        OPEN."""
        if not (is_ai(label) and label & EDITED):
            return OPEN
        block, at = self.book.block_of(evidence_line(label))
        line = block.lines[at]
        is_back = block.key == key and line.mark is Mark.AI and line.tokens == tokens
        return bare(label) & ~EDITED if is_back else OPEN

    def find(self, opened: Opened, key: str) -> Iterator[tuple[Change, int, Hit]]:
        """Labels for lines of changes by their places: for open ones, and for some that git takes for old. `key` is the
        walk's."""
        known = self._known(opened, key) if opened.blocks and opened.runs else {}
        gone = opened.index
        for change, run in opened.runs:
            moved = _moved(opened.gone, gone, run) if gone else {}
            if moved or known:
                for row in range(len(run.rows)):
                    hit = _better(moved.get(row), known.pop((change.path, run.start + row), None))
                    if hit is not None:
                        yield self._told(change, run.start + row, hit)
        changes = {change.path: change for change, _ in opened.runs}
        for (path, place), hit in known.items():
            yield self._told(changes[path], place, hit)

    def _told(self, change: Change, place: int, hit: Hit) -> tuple[Change, int, Hit]:
        if is_ai(hit.label):
            self.where[self.book.place_of(evidence_line(hit.label))].add(change.path)
        return change, place, hit

    # ---- among the accepted blocks

    def _known(self, opened: Opened, key: str) -> dict[tuple[str, int], Hit]:
        """By path and place."""
        alike = self._alike(opened, key)
        live: dict[int, frozenset[int]] = {}
        matches: defaultdict[int, list[tuple[Change, Run, Match]]] = defaultdict(list)
        for place, one in alike.items():
            block = self.book.blocks[place]
            is_near = block.told.base in opened.near and any(run.path == block.told.path for _, _, run in one.runs)
            if self._is_candidate(block, one, opened, live, is_near=is_near):
                for change, run in self._runs(block, one):
                    is_here = block.told.path == run.path
                    for part, matched in in_any_order(block, run, same_path=is_here, live=live[place]):
                        matches[place].append((change, part, matched))
        hits: dict[tuple[str, int], Hit] = {}
        for place in sorted(matches, key=lambda place: (-alike[place].worth, -place)):
            block = self.book.blocks[place]
            claims = claims_of(block, matches[place], live[place], self._text_of)
            is_near = block.told.base in opened.near and any(claim.change.path == block.told.path for claim in claims)
            if is_near or _is_covered(block, claims, live[place]):
                _enter(hits, block, claims, "content" if is_near else "content elsewhere")
        return hits

    def _alike(self, opened: Opened, key: str) -> dict[int, Alike]:
        """Blocks that share grams with the commit, and with which runs of it."""
        alike: dict[int, Alike] = {}
        for change, first in opened.runs:
            for other, hasher in self.hashers.items():
                run = first if other == key else replace(first, hasher=hasher)
                here: dict[int, int] = {}
                for gram, place, worth in self.book.shared(run.grams):
                    if place in opened.blocks and self.book.blocks[place].key == other:
                        one = alike.setdefault(place, Alike())
                        one.grams.add(gram)
                        one.worth += worth
                        here[place] = here.get(place, 0) + 1
                for place, count in here.items():
                    alike[place].runs.append((count, change, run))
        return alike

    def _is_candidate(
        self, block: Block, one: Alike, opened: Opened, live: dict[int, frozenset[int]], *, is_near: bool
    ) -> bool:
        """Whether to look closer: the block may have come to be here, and is there by half, as far as grams tell."""
        kept, found = self.book.kept[block.place], len(one.grams)
        if not is_near and (found < min(LEAST, kept) or (found < FEW * kept and not self.where.get(block.place))):
            return False
        if block.told.base and not self.graph.may_explain(block.told.base, opened.commit):
            return False
        standing = live[block.place] = self._live(block, opened.state)
        if standing:
            rest = _grams_of_rest(block, standing)
            kept, found = len(rest), len(one.grams & rest)
        return bool(kept) and (is_near or (found >= min(LEAST, kept) and found >= FEW * kept))

    def _runs(self, block: Block, one: Alike) -> Iterator[tuple[Change, Run]]:
        """Those that share most, and of those elsewhere none that shares next to nothing."""
        least = min(LEAST, self.book.kept[block.place])
        for count, change, run in sorted(one.runs, key=lambda row: -row[0])[:PIECES]:
            if count >= least or run.path == block.told.path:
                yield change, _around(run, one.grams, block.size)

    def _text_of(self, change: Change) -> list[bytes]:
        return rows(self.contents([change.patch.blob]).get(change.patch.blob, b""))[: len(change.labels)]

    def _live(self, block: Block, state: State) -> frozenset[int]:
        """Lines of the block that stand somewhere, as numbers within it."""
        first, end = block.first, block.first + block.size
        found: set[int] = set()
        for path in self.where.get(block.place, ()):
            file = state.get(path)
            if file is not None and file.labels is not None:
                found.update(evidence_line(label) for label in set(file.labels) if label & AI)
        return frozenset(line - first for line in found if first <= line < end)


def _around(run: Run, shared: Collection[int], size: int) -> Run:
    """The part of a long run where a block of so many lines may be."""
    if len(run.rows) <= 4 * size + 20:
        return run
    places = [place for place, gram in enumerate(grams(run.flat)) if gram in shared]
    if not places:
        return run
    rows = [row for row, tokens in enumerate(run.tokens) for _ in tokens]
    start, end = max(0, rows[places[0]] - size), min(len(run.rows), rows[places[-1]] + size + GRAM)
    return replace(run, start=run.start + start, rows=run.rows[start:end])


def _grams_of_rest(block: Block, live: Collection[int]) -> set[int]:
    """Grams of the block's lines that stand nowhere."""
    found: set[int] = set()
    flat: list[int] = []
    for number, line in enumerate([*block.lines, None]):
        if line is not None and number not in live:
            flat += line.tokens
        elif flat:
            found.update(grams(flat))
            flat = []
    return found


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


def _moved(gone: Sequence[Gone], index: Mapping[int, Sequence[int]], run: Run) -> dict[int, Hit]:
    shared: dict[int, int] = {}
    here = run.grams
    for gram in index.keys() & here:
        for place in index[gram]:
            shared[place] = shared.get(place, 0) + 1
    ranked = sorted(shared, key=lambda one: (-shared[one], gone[one].path != run.path, one))[:PIECES]
    hits: dict[int, Hit] = {}
    for place in ranked:
        piece = gone[place]
        size = min(len(here), len(piece.flat))
        if shared[place] < min(LEAST, size) or shared[place] < FEW * size:
            continue
        matched = match(piece, run, same_path=piece.path == run.path)
        if matched is None:
            continue
        for row in range(len(run.rows)):
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
