"""The walk through the repository's history, from where the last one ended.

Kept is the main line: the first parents of the default branch. What is asked of another branch is walked from where it
left the main line, and not kept.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

from swe_agent.core.diff import is_binary
from swe_agent.core.evidence import Evidence, EvidenceBlock
from swe_agent.metrics.attribution.authors import Authors, recorders
from swe_agent.metrics.attribution.book import Book, Bundle
from swe_agent.metrics.attribution.census import Flow, flows, flows_of_files
from swe_agent.metrics.attribution.change import Change, rows
from swe_agent.metrics.attribution.finder import Finder
from swe_agent.metrics.attribution.graph import Graph
from swe_agent.metrics.attribution.graves import Key
from swe_agent.metrics.attribution.labels import AI, EDITED, Origin, evidence_line, of_evidence
from swe_agent.metrics.attribution.merging import Merged
from swe_agent.metrics.attribution.opening import Opening
from swe_agent.metrics.attribution.state import File, State
from swe_agent.metrics.attribution.survey import Survey
from swe_agent.metrics.attribution.times import SLACK_S, seconds
from swe_agent.metrics.attribution.tokens import Hasher
from swe_agent.metrics.attribution.walk import Rules, Walker, all_labelled
from swe_agent.metrics.excluded import ending_of, unread_endings
from swe_agent.repo import history
from swe_agent.repo.blobs import blobs
from swe_agent.repo.git import Git
from swe_agent.store.line_labels import (
    KEPT,
    LineLabels,
    SavedFile,
    SavedFlow,
    SavedGrave,
    SavedNote,
    SavedOrigin,
)

VERSION = "1"
"""Of the way in which labels are made: what an older one has kept is made again."""
BEFORE = Origin("", "", "unknown")


@dataclass(frozen=True, slots=True)
class Told:
    """What the walk goes by."""

    book: Book
    hashers: dict[str, Hasher]
    authors: Authors
    unread: frozenset[str]
    """Endings of files that are not looked at."""


@dataclass
class LineWalk:
    git: Git
    saved: LineLabels
    told: Told
    language_of: Callable[[str], str]
    counts: Callable[[str], bool]
    progress: Callable[[str], None] = lambda _: None
    walker: Walker = field(init=False)

    def state_at(self, commit: str, *, keep: bool) -> State:
        """The labels of all files at a commit. `keep`: it is the main line's newest, and what is found is kept; the
        caller has begun a transaction."""
        fork = self._fork(commit)
        if keep:
            self.saved.forget_after(fork)
        start = self.saved.newest(1, fork)[0] if fork >= 0 else self._beginning(commit)
        self._prepare(commit, start, fork)
        if fork < 0 and start:
            first = self._first_state(start)
            if keep:
                self.saved.add_commits([(0, start, history.time_of(self.git, start))])
                self.saved.add_files(0, (_saved(path, file) for path, file in first.files()))
                self._number(0)
                self._keep_numbers()
                fork = 0
            else:
                self._survey.states[start] = first
        if commit == start:
            return self._survey.outside(commit) or State()
        main = self._main
        seqs = {id_: fork + 1 + number for number, id_ in enumerate(main)}
        seq, dirty = fork + 1, set[str]()
        rows: list[Flow] = []
        commits: list[tuple[int, str, int]] = []
        notes: list[SavedNote] = []
        total = len(self._graph.parents)
        stream = history.commits(self.git, commit, without=[start] if start else [], unread=self.told.unread)
        for number, told in enumerate(stream):
            if number % 500 == 499:
                self.progress(f"reading history: {number + 1:,} of {total:,} commits")
            changes = self._survey.take(told)
            state = self._survey.states[told.id]
            if keep:
                notes += self._notes(told.id, seq, changes)
            if told.id not in seqs:
                continue
            if keep:
                merges = len(told.parents) > 1
                rows += (
                    flows_of_files(seq, state.touched, state, told.message, self.told.book)
                    if merges
                    else flows(seq, changes, told.message, self.told.book)
                )
                dirty.update(state.touched)
                commits.append((seq, told.id, told.at))
                if seq > fork + len(main) - KEPT:
                    self.saved.add_files(seq, (_saved(path, state.get(path)) for path in sorted(dirty)))
                    dirty.clear()
                self._number(seq)
            state.touched = {}
            seq += 1
        if keep:
            self.saved.add_commits(commits)
            self._keep_numbers()
            self._keep(rows, notes, fork + len(main) - KEPT)
        return self._survey.states[commit]

    def saved_state(self, seq: int) -> State:
        """As it was kept of a commit of the main line."""
        return State(below=lambda path: _file(self.saved.file(path, seq)))

    def new_origins(self, numbers: Iterable[int]) -> dict[int, SavedOrigin]:
        """Of those that this walk has met and not kept."""
        known = self.walker.origins.known
        wanted = (number for number in numbers if self._kept_origins < number <= len(known))
        made = ((number, known[number - 1]) for number in wanted)
        return {number: SavedOrigin(number, -1, one.commit, one.language, one.kind) for number, one in made}

    # ---- where to begin

    def _fork(self, commit: str) -> int:
        """The place of the newest kept commit on this one's main line; -1 for none."""
        seq, tip = self.saved.tip()
        if seq < 0 or tip == commit:
            return seq
        for id_ in history.first_parents(self.git, commit):
            found = self.saved.seq_of(id_)
            if found is not None:
                return found if found >= self.saved.oldest_kept() else -1
        return -1

    def _beginning(self, commit: str) -> str:
        """The last commit of the main line before anything was recorded; empty where that is before the first one."""
        blocks = [block.told for block in self.told.book.blocks]
        if not blocks:
            return commit
        if any(not block.base for block in blocks):
            return ""
        known = history.times(self.git, {block.base for block in blocks})
        first = min(known.get(block.base, seconds(block.at)) for block in blocks)
        return history.last_before(self.git, commit, first - SLACK_S)

    def _prepare(self, commit: str, start: str, fork: int) -> None:
        self._graph = Graph(
            history.graph(self.git, commit, without=[start] if start else []),
            self.saved.newest(KEPT, fork) if fork >= 0 else [start] if start else [],
        )
        contents = partial(blobs, self.git)
        finder = Finder(self.told.book, self._graph, self.told.hashers, contents, where=_Where(self.saved))
        rules = Rules(self.told.authors.kind_of, self.language_of, self.counts, self._reads)
        self.walker = Walker(finder, next(iter(self.told.hashers)), rules)
        for one in self.saved.origins():
            self.walker.origins.number(Origin(one.id, one.language, one.kind))  # type: ignore[arg-type]  # as written
        self._kept_origins = len(self.walker.origins.known)
        self._main = self._graph.main_line(commit)
        self._settled = self.saved.settled()
        self._opening = Opening(self.told.book, set(self._settled), self._found_before)
        for grave in self.saved.graves():
            keys = map(Key, grave.keys[::2], grave.keys[1::2])
            self.walker.graves.bury(grave.path, list(zip(keys, grave.labels, strict=True)))
        self._buried = len(self.walker.graves.graves)
        self._new = _Numbered()
        self._survey = Survey(
            self.walker,
            self._graph,
            contents,
            _Merges(history.merges(self.git, commit, without=[start] if start else [])),
            self._opening,
            frozenset(self._main),
            self._outside,
        )
        # Its state is the answer: it is kept as if a child were still to come.
        self._survey.expect(commit)

    def _outside(self, commit: str) -> State | None:
        seq = self.saved.seq_of(commit)
        if seq is not None and seq >= self.saved.oldest_kept():
            return self.saved_state(seq)
        tree = history.tree(self.git, commit)
        if tree is None:
            return None

        def below(path: str) -> File | None:
            blob = tree.get(path)
            if blob is None:
                return None
            saved = self.saved.file_of_blob(path, blob)
            return _file(saved) if saved else self._unknown({path: blob})[path]

        return State(below=below)

    def _first_state(self, start: str) -> State:
        return State(dict(self._unknown(history.tree(self.git, start) or {})))

    def _unknown(self, tree: dict[str, str]) -> dict[str, File | None]:
        """Files of which nothing is recorded."""
        label = self.walker.origins.number(BEFORE)
        found: dict[str, File | None] = {path: File(blob, None) for path, blob in tree.items()}
        paths = list(filter(self._reads, tree))
        for first in range(0, len(paths), 256):
            some = paths[first : first + 256]
            texts = blobs(self.git, [tree[path] for path in some])
            for path in some:
                found[path] = File(tree[path], _labels(texts.get(tree[path], b""), label, self.counts(path)))
        return found

    def _reads(self, path: str) -> bool:
        return ending_of(path) not in self.told.unread

    def _found_before(self, first: int, end: int) -> set[int]:
        found = self.saved.found_between(of_evidence(first), of_evidence(end))
        return {evidence_line(label) - first for label in found if not label & EDITED}

    # ---- what is kept

    def _notes(self, commit: str, seq: int, changes: Iterable[Change]) -> list[SavedNote]:
        """The lines of a commit that are an agent's, by block."""
        found: list[SavedNote] = []
        for change in changes:
            if not change.is_told:
                continue
            for _, _, new, added in change.patch.hunks:
                for place in range(new, new + added):
                    label = change.labels[place]
                    if not label & AI:
                        continue
                    block, edited = self.told.book.place_of(evidence_line(label)), label & EDITED
                    last = found[-1] if found else None
                    if last and last[2:5] == (change.path, block, edited) and last.last == place:
                        found[-1] = last._replace(last=place + 1)
                    else:
                        found.append(SavedNote(commit, seq, change.path, block, edited, place + 1, place + 1))
        return found

    def _number(self, seq: int) -> None:
        """Take note of what has got a number, or an end, with a commit of the main line."""
        origins = self.walker.origins.known
        if len(origins) > self._kept_origins:
            new = enumerate(origins[self._kept_origins :], self._kept_origins + 1)
            self._new.origins += [SavedOrigin(n, seq, one.commit, one.language, one.kind) for n, one in new]
            self._kept_origins = len(origins)
        if len(self._opening.settled) > len(self._settled):
            self._new.settled += [(seq, place) for place in self._opening.settled - self._settled]
            self._settled = set(self._opening.settled)
        if len(self.walker.graves.graves) > self._buried:
            for path, rows in self.walker.graves.since(self._buried):
                keys = array("I", [n for key, _ in rows for n in key])
                self._new.graves.append(SavedGrave(seq, path, keys, array("I", [label for _, label in rows])))
            self._buried = len(self.walker.graves.graves)
        if self.walker.found:
            self._new.found += [(label, seq, *told) for label, told in self.walker.found.items()]
            self.walker.found.clear()

    def _keep_numbers(self) -> None:
        self.saved.add_origins(self._new.origins)
        self.saved.settle(self._new.settled)
        self.saved.add_graves(self._new.graves)
        self.saved.add_found(self._new.found)
        self._new = _Numbered()

    def _keep(self, rows: Iterable[Flow], notes: Iterable[SavedNote], kept_from: int) -> None:
        self.saved.add_flows(SavedFlow(f.seq, f.kin.is_ai, f.kin.number, f.kin.edited, f.cause, f.lines) for f in rows)
        self.saved.add_notes(notes)
        where = self.walker.finder.where
        self.saved.add_where((block, path) for block, paths in where.items() for path in paths)
        if kept_from > self.saved.oldest_kept():
            self.saved.set_meta("kept from", str(kept_from))
        self.saved.thin_out()


@dataclass
class _Numbered:
    """What is to be kept of a walk beside files and flows; written at its end, for few large writes cost less."""

    origins: list[SavedOrigin] = field(default_factory=list)
    settled: list[tuple[int, int]] = field(default_factory=list)
    graves: list[SavedGrave] = field(default_factory=list)
    found: list[tuple[int, int, str, str]] = field(default_factory=list)


@dataclass
class _Merges:
    """What merges have changed, read as far as the walk has come."""

    told: Iterator[tuple[str, list[history.Entry]]]
    _waiting: dict[str, list[history.Entry]] = field(default_factory=dict)

    def __call__(self, merge: str) -> list[Merged]:
        while merge not in self._waiting:
            id_, entries = next(self.told)
            self._waiting[id_] = entries
        return [Merged(*entry) for entry in self._waiting.pop(merge)]


class _Where(defaultdict[int, set[str]]):
    """Asked of what was kept where a block is met for the first time."""

    def __init__(self, saved: LineLabels) -> None:
        super().__init__(set)
        self._saved = saved

    def __missing__(self, block: int) -> set[str]:
        found = self[block] = self._saved.where(block)
        return found


# ---- evidence


def told_of(evidence: Sequence[Evidence], keys: dict[str, bytes], order: Sequence[tuple[str, int]]) -> Told | None:
    """All blocks in an order that begins with `order`; None where one of these is not known any more."""
    hashers = {id_: Hasher(key) for id_, key in keys.items()} or {"": Hasher(b"-")}
    by_id: dict[str, tuple[EvidenceBlock, Bundle, int]] = {}
    for one in evidence:
        bundle, at = Bundle(one), 0
        for told in one.blocks:
            by_id.setdefault(told.id, (told, bundle, at))
            at += told.lines
    book = Book()
    for id_, size in order:
        known = by_id.pop(id_, None)
        if known is None or known[0].lines != size:
            return None
        book.add(*known)
    for known in by_id.values():
        book.add(*known)
    unread = unread_endings(block.told.path for block in book.blocks)
    return Told(book, hashers, Authors(hashers, recorders(evidence)), unread)


# ---- rows


def _saved(path: str, file: File | None) -> SavedFile:
    return SavedFile(path, file.blob, file.labels) if file else SavedFile(path, "", None)


def _file(saved: SavedFile | None) -> File | None:
    return File(saved.blob, saved.labels) if saved and saved.blob else None


def _labels(data: bytes, label: int, counts: bool) -> array[int] | None:
    return None if is_binary(data) else all_labelled(rows(data), label, counts=counts)
