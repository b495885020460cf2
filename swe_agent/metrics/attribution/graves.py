"""Agents' lines that went away, so that they are known when they come back: a revert of a revert, a file that is put
back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from zlib import crc32

from swe_agent.metrics.attribution.change import ADDED, Change
from swe_agent.metrics.attribution.labels import OPEN

SIGNS = 20
"""Of lines in a row that come back to where they were."""
ELSEWHERE = 60
"""Of such that come to another path: a copy of what stands no more."""
TELLING = 12
"""Signs of a line that may be the first one to be known again; those around it may be shorter."""
LINES = 3
"""Of a row that is only a part of what went."""


class Key(NamedTuple):
    """A line without what does not count: a checksum, for no text is kept, and how many signs it has."""

    sum: int
    signs: int


NO_SIGNS = Key(0, 0)


def sums_of(keys: Sequence[bytes]) -> list[Key]:
    return [Key(crc32(key), len(key)) if key else NO_SIGNS for key in keys]


@dataclass(frozen=True, slots=True)
class Grave:
    key: Key
    label: int
    path: str


@dataclass
class Graves:
    """In the order in which lines went."""

    graves: list[Grave | None] = field(default_factory=list)
    places: dict[Key, int] = field(default_factory=dict)
    _sums: set[int] = field(default_factory=set)
    """Of the lines in `places`, for a first look."""
    _paths: set[str] = field(default_factory=set)

    def bury(self, path: str, lines: Sequence[tuple[Key, int]]) -> None:
        """Lines in a row, by their keys and labels."""
        self.graves.append(None)
        self._paths.add(path)
        for key, label in lines:
            if key.signs >= TELLING:
                self.places[key] = len(self.graves)
                self._sums.add(key.sum)
            self.graves.append(Grave(key, label, path))

    def since(self, start: int) -> list[tuple[str, list[tuple[Key, int]]]]:
        """What was buried from a place on: path, keys and labels of lines in a row."""
        rows: list[tuple[str, list[tuple[Key, int]]]] = []
        for grave in self.graves[start:]:
            if grave is None:
                rows.append(("", []))
            else:
                rows[-1] = (grave.path, rows[-1][1])
                rows[-1][1].append((grave.key, grave.label))
        return [row for row in rows if row[1]]

    def take_back(self, change: Change) -> None:
        """Label the lines of a change that have come back."""
        if change.path not in self._paths and max((hunk[ADDED] for hunk in change.patch.hunks), default=0) < LINES:
            return
        if self._sums.isdisjoint(map(crc32, change.all_came_keys)):
            return
        for number, (_, _, new, added) in enumerate(change.patch.hunks):
            if not added or OPEN not in change.labels[new : new + added]:
                continue
            came = sums_of(change.came_keys[number])
            if self.places.keys().isdisjoint(came):
                continue
            at = 0
            while at < added:
                start, first, size = self._row(change, new, came, at)
                if size:
                    self._enter(change, new + start, first, size)
                at = max(at + 1, start + size)

    def _row(self, change: Change, new: int, came: Sequence[Key], at: int) -> tuple[int, int, int]:
        """The longest row around a line that stands as it went: where it begins among those that came, and among the
        graves, and how long it is."""
        grave = self.places.get(came[at], -1)
        if grave < 0 or change.labels[new + at] != OPEN:
            return at, grave, 0
        before = 0
        while self._is_same(change, new, came, at - before - 1, grave - before - 1):
            before += 1
        after = 1
        while self._is_same(change, new, came, at + after, grave + after):
            after += 1
        return at - before, grave - before, before + after

    def _is_same(self, change: Change, new: int, came: Sequence[Key], at: int, place: int) -> bool:
        if not (0 <= at < len(came) and 0 <= place < len(self.graves)) or change.labels[new + at] != OPEN:
            return False
        grave = self.graves[place]
        return grave is not None and grave.key == came[at]

    def _enter(self, change: Change, start: int, first: int, size: int) -> None:
        row = [grave for grave in self.graves[first : first + size] if grave is not None]
        lines, signs = sum(grave.key.signs > 0 for grave in row), sum(grave.key.signs for grave in row)
        is_here = all(grave.path == change.path for grave in row)
        is_whole = self.graves[first - 1] is None and (
            first + size == len(self.graves) or self.graves[first + size] is None
        )
        if not (is_here and is_whole and signs >= SIGNS) and not (
            lines >= LINES and signs >= (SIGNS if is_here else ELSEWHERE)
        ):
            return
        for place, grave in enumerate(row, start):
            change.label(place, grave.label)
