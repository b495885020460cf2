"""The walk through history: from the labels of a commit's parents and the commit's patch to its own labels.

1. Lines that no hunk touches keep their labels.
2. In a changed region old and new tokens are aligned. A line all of whose tokens were there keeps its label: it was
   moved, indented, re-quoted, split or joined. An agent's line of which half is left is `ai_edited`.
3. Lines that are open still are sought in the text that went away elsewhere in the same commit, then among the accepted
   blocks, which `evidence.py` decides.
4. The rest is the commit's own: attested as human, or unknown.

Where no agent's line and no evidence is concerned, lines are compared whole and no token is made.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from swe_agent.metrics.attribution.change import Change, Patch, Region, changed, letters, regions
from swe_agent.metrics.attribution.finder import Finder, Opened
from swe_agent.metrics.attribution.labels import (
    AI,
    EDITED,
    EFFECTIVE,
    OPEN,
    Origin,
    Origins,
    bare,
    is_ai,
)
from swe_agent.metrics.attribution.region import NOTHING, explain
from swe_agent.metrics.attribution.state import File, State
from swe_agent.metrics.effective import is_effective_bytes

_DROPPED = b" \t\r\n\f\v,;(){}\"'\\`"
MOVED = 20
"""Signs of a line from which on it is known again in another place of the same commit."""


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
    def files(self) -> Sequence[FileStep]: ...


class FileStep(Patch, Protocol):
    @property
    def old(self) -> str | None: ...
    @property
    def new(self) -> str | None: ...
    @property
    def blob(self) -> str: ...
    @property
    def binary(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Rules:
    """`kind_of` says what a commit's own lines are; `counts` whether a file's lines stand in figures."""

    kind_of: Callable[[Step], Literal["human", "unknown"]]
    language_of: Callable[[str], str]
    counts: Callable[[str], bool]


@dataclass
class Walker:
    finder: Finder
    key: str
    """Whose tokens the walk compares by; any would do."""
    rules: Rules
    origins: Origins = field(default_factory=Origins)
    found: dict[int, tuple[str, str]] = field(default_factory=dict)
    """An agent's label to the commit where it first stood, and how it was found there."""

    def step(self, commit: Step, state: State, given: Mapping[str, array[int]] | None = None) -> list[Change]:
        """Bring `state`, that of the first parent, to the commit. `given` are labels that lines have from elsewhere: of
        a merge, from its other parents. What was changed is handed back, for whoever counts."""
        changes = self._changes(commit, state)
        for change in changes:
            if given and change.path in given:
                _take(change, given[change.path])
        active = self.finder.is_active(commit.id)
        if active or any(change.loses_ai for change in changes):
            self._by_tokens(commit, changes, state, active=active)
        else:
            self._by_lines(changes)
        self._own(commit, changes)
        return changes

    def _changes(self, commit: Step, state: State) -> list[Change]:
        filler = self.origins.number(Origin("", "", "unknown"))
        before = {file.old: state.get(file.old) for file in commit.files if file.old is not None}
        for file in commit.files:
            if file.old is not None and file.old != file.new:
                state.drop(file.old)
        changes = []
        for file in commit.files:
            had = before.get(file.old) if file.old is not None else None
            labels = had.labels if had is not None and had.labels is not None else array("I")
            if file.new is None:
                changes.append(changed(file.old or "", file, labels, filler))
            elif file.binary:
                state.set(file.new, File(file.blob, None))
            elif not file.hunks:
                state.set(file.new, had or File(file.blob, array("I")))
                self.finder.renamed(labels, file.new)
            else:
                change = changed(file.new, file, labels, filler)
                state.set(file.new, File(file.blob, change.labels))
                if file.old not in (None, file.new):
                    self.finder.renamed(change.labels, file.new)
                changes.append(change)
        return changes

    # ---- where nothing of an agent's is concerned

    def _by_lines(self, changes: Iterable[Change]) -> None:
        """Lines that are the same but for what formatters change keep their labels, in their hunk or elsewhere."""
        gone_elsewhere: dict[bytes, int] = {}
        still: list[tuple[Change, int, bytes]] = []
        for change in changes:
            for number, (_, removed, new, added) in enumerate(change.patch.hunks):
                if not (removed or added):
                    continue
                gone, came = change.patch.lines(number)
                here: dict[bytes, list[int]] = {}
                for line, label in zip(reversed(gone), reversed(change.gone[number]), strict=True):
                    key = line.translate(None, _DROPPED)
                    if key:
                        here.setdefault(key, []).append(label)
                        if len(key) >= MOVED:
                            gone_elsewhere[key] = label
                for place, line in enumerate(came, new):
                    key = line.translate(None, _DROPPED)
                    labels = here.get(key)
                    if labels:
                        change.labels[place] = labels.pop()
                    elif len(key) >= MOVED:
                        still.append((change, place, key))
        for change, place, key in still:
            if key in gone_elsewhere:
                change.labels[place] = gone_elsewhere[key]

    # ---- where it is

    def _by_tokens(self, commit: Step, changes: Sequence[Change], state: State, *, active: bool) -> None:
        opened = Opened(commit.id, state)
        for change in changes:
            for region in regions(change):
                self._in_region(change, region, opened)
        for change, place, hit in self.finder.find(opened, self.key, active=active):
            if change.labels[place] == OPEN:
                change.labels[place] = hit.label
                change.half.pop(place, None)
            elif is_ai(hit.label) and not is_ai(change.labels[place]):
                change.relabel(place, hit.label)
            if hit.via:
                self.found.setdefault(bare(hit.label), (commit.id, hit.via))
        for change in changes:
            for place, label in change.half.items():
                if is_ai(label):
                    change.labels[place] = bare(label) | EDITED
                    self.found.setdefault(change.labels[place], (commit.id, "edited"))
            change.half.clear()

    def _in_region(self, change: Change, region: Region, opened: Opened) -> None:
        """What is left of the lines that a region's new ones replace."""
        line = self.finder.hashers[self.key].line
        old, new = [line(one) for one in region.gone], [line(one) for one in region.came]
        weights = [letters(one) for one in region.came]
        told = explain(old, region.labels, new, weights) if old and new else [NOTHING] * len(new)
        for place, one in zip(region.places, told, strict=True):
            if change.labels[place] == OPEN:
                if one.sure:
                    change.labels[place] = one.sure
                elif one.half:
                    change.half[place] = one.half
        opened.went(change.path, old, region.labels)
        opened.came(change, region, new, weights)

    # ---- what is left

    def _own(self, commit: Step, changes: Iterable[Change]) -> None:
        """Lines that nothing explains are the commit's. One without tokens goes with its neighbours."""
        kind = self.rules.kind_of(commit)
        for change in changes:
            own, counts = 0, False
            bare_lines: list[tuple[int, bytes]] = []
            labels = change.labels
            for number, (_, _, new, added) in enumerate(change.patch.hunks):
                if not added:
                    continue
                if not own:
                    own = self.origins.number(Origin(commit.id, self.rules.language_of(change.path), kind))
                    counts = self.rules.counts(change.path)
                came = change.patch.lines(number)[1]
                for place, row in enumerate(came, new):
                    label = labels[place]
                    if label == OPEN and not row.translate(None, _DROPPED):
                        bare_lines.append((place, row))
                    elif counts and is_effective_bytes(row):
                        labels[place] = (label or own) | EFFECTIVE
                    else:
                        labels[place] = bare(label or own)
            for place, row in bare_lines:
                labels[place] = bare(_neighbour(labels, place, row) or own)


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


def _take(change: Change, given: array[int]) -> None:
    for _, _, new, added in change.patch.hunks:
        for place in range(new, new + added):
            if given[place] != OPEN:
                change.labels[place] = given[place]
