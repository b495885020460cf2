"""The walk through history: from the labels of a commit's parents and the commit's patch to its own labels.

1. Lines that no hunk touches keep their labels.
2. In a changed region old and new tokens are aligned. A line all of whose tokens were there keeps its label: it was
   moved, indented, re-quoted, split or joined. An agent's line of which half is left is `ai_edited`.
3. Lines that are open still are sought in the text that went away elsewhere in the same commit, then among the accepted
   blocks, which `finder.py` decides.
4. The rest is the commit's own: attested as human, or unknown.

Where no agent's line and no evidence is concerned, lines are compared whole and no token is made.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Literal, Protocol

from swe_agent.metrics.attribution.change import Change, Region, changed, regions
from swe_agent.metrics.attribution.finder import Finder, Opened
from swe_agent.metrics.attribution.graves import Graves, sums_of
from swe_agent.metrics.attribution.keys import key_of
from swe_agent.metrics.attribution.labels import (
    AI,
    EDITED,
    EFFECTIVE,
    OPEN,
    Origin,
    Origins,
    bare,
    is_ai,
    is_untouched_ai,
    of_origin,
)
from swe_agent.metrics.attribution.region import NOTHING, explain
from swe_agent.metrics.attribution.sliding import FilePatch, lower_down
from swe_agent.metrics.attribution.state import File, State
from swe_agent.metrics.attribution.tokens import letters
from swe_agent.metrics.effective import are_effective, is_effective_bytes

MOVED = 20
"""Signs of a line from which on it is known again by itself in another place of the same commit."""
AMONG = 3
"""Lines of people above and below an agent's that move with it."""
CHAIN = 3
"""Lines in a row that are known again before accepted blocks are thought of."""


Went = tuple[bytes, int]
"""What of a line counts, and its label."""


class Step(Protocol):
    """A commit, as the walk wants it."""

    @property
    def id(self) -> str: ...
    @property
    def at(self) -> int: ...
    @property
    def author(self) -> str: ...
    @property
    def message(self) -> bytes: ...
    @property
    def files(self) -> Sequence[FilePatch]: ...


@dataclass(frozen=True, slots=True)
class Rules:
    """`kind_of` says what a commit's own lines are; `counts` whether a file's lines stand in figures, `reads` whether
    they are looked at; what is not passes for a file without lines."""

    kind_of: Callable[[Step], Literal["human", "unknown"]]
    language_of: Callable[[str], str]
    counts: Callable[[str], bool]
    reads: Callable[[str], bool]


@dataclass
class Walker:
    finder: Finder
    key: str
    """Whose tokens the walk compares by; any would do."""
    rules: Rules
    origins: Origins = field(default_factory=Origins)
    graves: Graves = field(default_factory=Graves)
    found: dict[int, tuple[str, str]] = field(default_factory=dict)
    """An agent's label to the commit where it first stood, and how it was found there."""
    _shelf: dict[str, File] = field(default_factory=dict)

    def step(self, commit: Step, state: State, given: Mapping[str, array[int]] | None = None) -> list[Change]:
        """Bring `state`, that of the first parent, to the commit. `given` are labels that lines have from elsewhere: of
        a merge, from its other parents. What was changed is handed back, for whoever counts."""
        changes = self._changes(commit, state)
        for change in changes:
            if given and change.path in given:
                _take(change, given[change.path])
        kind = self.rules.kind_of(commit)
        gone = 0
        for change in changes:
            gone |= change.kinds
        if kind == "unknown" and not gone:
            self._back_again(changes)
            if self.finder.book.opened:
                self._by_tokens(commit, changes, [], state)
        else:
            self._known_again(commit, changes, state)
        self._own(commit, changes, kind)
        if gone & AI:
            self._bury(changes)
        return changes

    def _known_again(self, commit: Step, changes: Sequence[Change], state: State) -> None:
        """Where somebody is known to have written what went, or is about to be for what came."""
        losing = [change for change in changes if change.loses_ai]
        self._in_place(changes)
        went = self._went(changes)
        self._elsewhere(changes, went, CHAIN)
        self._back_again(changes)
        if self.finder.book.opened or losing:
            self._by_tokens(commit, changes, losing, state)
        self._elsewhere(changes, went, 1)

    def _back_again(self, changes: Sequence[Change]) -> None:
        """Rows of an agent's lines that went in an earlier commit and are whole again. Before anything is compared by
        tokens: what stands there in the meantime may be like them by half."""
        if self.graves.places:
            for change in changes:
                self.graves.take_back(change)

    def _bury(self, changes: Sequence[Change]) -> None:
        """Agents' lines that stand no more as they were. One that somebody has changed is among them: it may be changed
        back."""
        came = {
            bare(label)
            for change in changes
            if change.is_told
            for label in set(change.arrived())
            if is_untouched_ai(label)
        }
        for change in changes:
            for number, labels in enumerate(change.gone):
                if any(map(is_ai, labels)):
                    lines = zip(sums_of(change.gone_keys[number]), map(bare, labels), strict=True)
                    dead = [(key, label) for key, label in lines if is_untouched_ai(label) and label not in came]
                    if dead:
                        self.graves.bury(change.path, dead)

    def _changes(self, commit: Step, state: State) -> list[Change]:
        filler = self.origins.number(Origin("", "", "unknown"))
        before = {file.old: state.get(file.old) for file in commit.files if file.old is not None}
        for path in (file.old for file in commit.files if file.old != file.new):
            if path is not None:
                state.drop(path)
        changes = []
        for file in commit.files:
            had = before.get(file.old) if file.old is not None else None
            labels = had.labels if had is not None and had.labels is not None else array("I")
            if file.new is None:
                changes.append(changed(file.old or "", file, labels, filler))
            elif file.binary or not self.rules.reads(file.new):
                state.set(file.new, self._without_lines(file.new, file.blob, had))
            elif not file.hunks:
                state.set(file.new, had or File(file.blob, array("I")))
                self.finder.renamed(labels, file.new)
            else:
                patch = file
                if had is not None and labels:
                    patch = lower_down(file, labels, had.blob, self.finder.says, self.finder.contents)
                change = changed(file.new, patch, labels, filler)
                state.set(file.new, File(file.blob, change.labels))
                if file.old not in (None, file.new):
                    self.finder.renamed(change.labels, file.new)
                changes.append(change)
        return changes

    def _without_lines(self, path: str, blob: str, had: File | None) -> File:
        """Of a file that git tells no lines of: where it was text before and is so again, its labels are those that it
        had."""
        if had is not None and had.labels is not None:
            self._shelf[path] = had
        shelved = self._shelf.get(path)
        return shelved if shelved is not None and shelved.blob == blob else File(blob, None)

    # ---- lines as they are

    def _in_place(self, changes: Iterable[Change]) -> None:
        """Lines that are the same but for what formatters change keep their labels, in their hunk. Hunks that took an
        agent's lines away are looked at more closely."""
        for change in changes:
            for number, (_, removed, new, added) in enumerate(change.patch.hunks):
                if not (removed and added) or any(map(is_ai, change.gone[number])):
                    continue
                gone, came = change.gone_keys[number], change.came_keys[number]
                if not (set(gone) & set(came)) - {b""}:
                    continue
                here: dict[bytes, list[int]] = {}
                for key, label in zip(reversed(gone), reversed(change.gone[number]), strict=True):
                    here.setdefault(key, []).append(label)
                here.pop(b"", None)
                for place, key in enumerate(came, new):
                    labels = here.get(key)
                    if labels:
                        change.label(place, labels.pop())

    def _went(self, changes: Sequence[Change]) -> tuple[dict[bytes, int], list[Went]]:
        """Lines that nobody's agent wrote and that the commit took away, and where each stands among them."""
        places: dict[bytes, int] = {}
        went: list[Went] = []
        for change in changes:
            for number, gone in enumerate(change.gone):
                if not gone:
                    continue
                for whole, label in zip(change.gone_keys[number], gone, strict=True):
                    key = b"" if is_ai(label) else whole
                    if key:
                        places.setdefault(key, len(went))
                    went.append((key, label))
                went.append((b"", OPEN))
        return places, went

    def _elsewhere(self, changes: Sequence[Change], went: tuple[dict[bytes, int], list[Went]], chain: int) -> None:
        """Lines that went away in one place of the commit and came in another: at least so many in a row."""
        if not went[0]:
            return
        for change in changes:
            for number, (_, _, new, added) in enumerate(change.patch.hunks):
                if added and OPEN in change.labels[new : new + added]:
                    came = change.came_keys[number]
                    if not went[0].keys().isdisjoint(came):
                        _take_chains(change, new, came, *went, chain)

    # ---- where it is

    def _by_tokens(self, commit: Step, changes: Sequence[Change], losing: Sequence[Change], state: State) -> None:
        opened = self.finder.opened(commit.id, state, self.key)
        for change in losing:
            for region in regions(change):
                if any(map(is_ai, region.labels)):
                    self._in_region(change, region, opened)
        self.finder.seek(opened, changes, self.key)
        for change in changes:
            opened.came(change)
        for change, place, hit in self.finder.find(opened, self.key):
            if change.labels[place] == OPEN:
                change.label(place, hit.label)
                change.half.pop(place, None)
            elif is_ai(hit.label) and not is_ai(change.labels[place]):
                change.relabel(place, hit.label)
            if hit.via:
                self.found.setdefault(bare(hit.label), (commit.id, hit.via))
        self._halves(commit, changes)

    def _halves(self, commit: Step, changes: Iterable[Change]) -> None:
        """An agent's line of which half is left, and which nothing else explains, was edited."""
        for change in changes:
            for place, label in change.half.items():
                if is_ai(label):
                    change.label(place, bare(label) | EDITED)
                    self.found.setdefault(change.labels[place], (commit.id, "edited"))
            change.half.clear()

    def _in_region(self, change: Change, region: Region, opened: Opened) -> None:
        """What is left of the lines that a region's new ones replace; what is not may have moved."""
        line = opened.hasher.line
        old, new = [line(one) for one in region.gone], [line(one) for one in region.came]
        weights = [letters(one) for one in region.came]
        told = explain(old, region.labels, new, weights) if old and new else [NOTHING] * len(new)
        stay: set[int] = set()
        for place, one, tokens in zip(region.places, told, new, strict=True):
            if change.labels[place] == OPEN:
                sure = self.finder.changed_back(one.sure or one.half, tokens, self.key) or one.sure
                if sure:
                    change.label(place, sure)
                    stay |= {bare(sure), bare(one.sure or one.half)}
                elif one.half:
                    change.half[place] = one.half
        agents = (row for row, label in enumerate(region.labels) if is_ai(label))
        near = {row for agent in agents for row in range(agent - AMONG, agent + AMONG + 1)}
        for goes, rows in groupby(range(len(old)), lambda row: row in near and bare(region.labels[row]) not in stay):
            lost = list(rows)
            if goes and any(is_ai(region.labels[row]) for row in lost):
                opened.went(change.path, [old[row] for row in lost], [region.labels[row] for row in lost])

    # ---- what is left

    def _own(self, commit: Step, changes: Iterable[Change], kind: Literal["human", "unknown"]) -> None:
        """Lines that nothing explains are the commit's. One without tokens goes with its neighbours."""
        for change in changes:
            came = change.came
            if not came:
                continue
            number = self.origins.number(Origin(commit.id, self.rules.language_of(change.path), kind))
            own, counts = of_origin(number, kind), self.rules.counts(change.path)
            labels, at = change.labels, 0
            if not change.is_told:
                told = all_labelled(came, own, counts=counts)
                for _, _, new, added in change.patch.hunks:
                    if added:
                        labels[new : new + added] = told[at : at + added]
                        at += added
                continue
            tokenless: list[tuple[int, bytes]] = []
            for _, _, new, added in change.patch.hunks:
                for place, row in enumerate(came[at : at + added], new):
                    label = labels[place]
                    if label == OPEN and not key_of(row):
                        tokenless.append((place, row))
                    elif counts and is_effective_bytes(row):
                        labels[place] = (label or own) | EFFECTIVE
                    else:
                        labels[place] = bare(label or own)
                at += added
            for place, row in tokenless:
                labels[place] = bare(_neighbour(labels, place, row) or own)


def all_labelled(came: Sequence[bytes], label: int, *, counts: bool) -> array[int]:
    """Lines of one label; those that count bear the sign for it, in a file that counts."""
    if not counts:
        return array("I", [label]) * len(came)
    effective = label | EFFECTIVE
    return array("I", [effective if told else label for told in are_effective(came)])


_CLOSING = frozenset((b")", b"}", b"]", b"),", b"},", b"],", b"):", b");", b"};", b"})", b"});", b"end"))


def _neighbour(labels: array[int], place: int, row: bytes) -> int:
    """The label of the lines around where both sides agree, or of the one above where this only closes it."""
    before, after = place - 1, place + 1
    while before >= 0 and labels[before] == OPEN:
        before -= 1
    while after < len(labels) and labels[after] == OPEN:
        after += 1
    above = labels[before] if before >= 0 else OPEN
    below = labels[after] if after < len(labels) else OPEN
    if above and (not below or row.strip() in _CLOSING or _alike(above, below)):
        return above
    return OPEN


def _alike(one: int, other: int) -> bool:
    """Whether two labels say the same of who wrote a line."""
    return bare(one) == bare(other) or bool(one & AI and other & AI)


def _take_chains(
    change: Change, new: int, came: Sequence[bytes], places: Mapping[bytes, int], went: Sequence[Went], chain: int
) -> None:
    """Label open lines whose like went away, in rows of at least `chain` lines of some length."""
    row: list[int] = []
    signs, last = 0, -2
    for place, whole in enumerate([*came, b""], new):
        key = whole if place < new + len(came) and change.labels[place] == OPEN else b""
        goes_on = bool(key and row) and last + 1 < len(went) and went[last + 1][0] == key
        at = last + 1 if goes_on else places.get(key, -1) if key else -1
        if row and not goes_on:
            if len(row) >= chain and signs >= chain * MOVED:
                for offset, one in enumerate(row):
                    change.label(one, went[last - len(row) + 1 + offset][1])
            row, signs = [], 0
        if at >= 0:
            row.append(place)
            signs += len(key)
            last = at


def _take(change: Change, given: array[int]) -> None:
    for _, _, new, added in change.patch.hunks:
        for place in range(new, new + added):
            if given[place] != OPEN:
                change.label(place, given[place])
