"""The files that a commit changes, while their new lines are being labelled."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from swe_agent.metrics.attribution.keys import keys_of
from swe_agent.metrics.attribution.labels import AI, EFFECTIVE, HUMAN, bits_of

_SIZE = array("I").itemsize

REMOVED, ADDED = 1, 3
"""How many lines, in a hunk."""
JOINED = 3
"""Lines between two hunks that are one region still: who splits a line here and closes it there has done one thing."""


class Patch(Protocol):
    """What `repo.history` says of a file, or what was made of two contents."""

    @property
    def blob(self) -> str: ...
    @property
    def hunks(self) -> Sequence[tuple[int, int, int, int]]: ...
    def lines(self, number: int) -> tuple[list[bytes], list[bytes]]: ...


@dataclass
class Change:
    """`labels` are those of the new file, OPEN where a hunk put lines; `lost` those of all removed lines, hunk by hunk,
    and `kinds` the bits AI and HUMAN as far as any of these has them."""

    path: str
    patch: Patch
    labels: array[int]
    lost: array[int]
    kinds: int
    half: dict[int, int] = field(default_factory=dict)
    """Labels that half of an open line speaks for."""

    relabelled: list[tuple[int, int]] = field(default_factory=list)
    """Former and new labels of lines that no hunk has touched."""
    is_told: bool = False
    """Whether any line that a hunk put has got a label by now, so that not all are the commit's own."""

    def label(self, place: int, label: int) -> None:
        self.labels[place] = label
        self.is_told = True

    def relabel(self, place: int, label: int) -> None:
        """Of a line that git takes for one that was there before."""
        former = self.labels[place]
        self.labels[place] = label | former & EFFECTIVE
        self.relabelled.append((former, self.labels[place]))

    @cached_property
    def came(self) -> list[bytes]:
        """All lines that the hunks put there."""
        lines, hunks = self.patch.lines, self.patch.hunks
        if len(hunks) == 1:
            return lines(0)[1]
        return [row for number, (_, _, _, added) in enumerate(hunks) if added for row in lines(number)[1]]

    @cached_property
    def came_keys(self) -> list[list[bytes]]:
        """What counts of each hunk's new lines (`keys.py`)."""
        return self._by_hunk(self.all_came_keys, ADDED)

    @cached_property
    def all_came_keys(self) -> list[bytes]:
        return keys_of(self.came)

    @cached_property
    def gone_keys(self) -> list[list[bytes]]:
        """And of its removed ones."""
        lines, hunks = self.patch.lines, self.patch.hunks
        gone = [row for number, hunk in enumerate(hunks) if hunk[REMOVED] for row in lines(number)[0]]
        return self._by_hunk(keys_of(gone), REMOVED)

    def _by_hunk(self, keys: list[bytes], side: int) -> list[list[bytes]]:
        if len(self.patch.hunks) == 1:
            return [keys]
        found, at = [], 0
        for hunk in self.patch.hunks:
            found.append(keys[at : at + hunk[side]])
            at += hunk[side]
        return found

    @cached_property
    def gone(self) -> list[array[int]]:
        """The labels of each hunk's removed lines."""
        found, at = [], 0
        for _, removed, _, _ in self.patch.hunks:
            found.append(self.lost[at : at + removed])
            at += removed
        return found

    @property
    def loses_ai(self) -> bool:
        return bool(self.kinds & AI)

    def arrived(self) -> array[int]:
        """The labels of all lines that the hunks put there, hunk by hunk."""
        labels, hunks = self.labels, self.patch.hunks
        if len(hunks) == 1:
            _, _, new, added = hunks[0]
            return labels[new : new + added]
        found = array("I")
        for _, _, new, added in hunks:
            if added:
                found += labels[new : new + added]
        return found


@dataclass
class Region:
    """Hunks close to each other. `places` are the numbers of the new lines in their file."""

    gone: list[str]
    labels: list[int]
    came: list[str]
    places: list[int]


def changed(path: str, patch: Patch, old: array[int], filler: int) -> Change:
    """`filler` labels old lines that nobody has told of, so that nothing shifts."""
    hunks = patch.hunks
    if hunks and len(old) < (end := hunks[-1][0] + hunks[-1][1]):
        old = old + array("I", [filler]) * (end - len(old))
    new, lost, at = array("I"), array("I"), 0
    for start, removed, _, added in hunks:
        if at < start:
            new += old[at:start]
        if added:
            new.frombytes(bytes(_SIZE * added))  # OPEN
        at = start + removed
        if removed:
            lost += old[start:at]
    new += old[at:]
    return Change(path, patch, new, lost, bits_of(lost) & (AI | HUMAN))


def regions(change: Change) -> Iterator[Region]:
    region: Region | None = None
    end = 0
    for number, (start, removed, new, added) in enumerate(change.patch.hunks):
        if region is None or start - end > JOINED:
            if region is not None:
                yield region
            region = Region([], [], [], [])
        gone, came = change.patch.lines(number)
        region.gone += map(text, gone)
        region.labels += change.gone[number]
        region.came += map(text, came)
        region.places += range(new, new + added)
        end = start + removed
    if region is not None:
        yield region


def rows(data: bytes) -> list[bytes]:
    """The lines of a content, without their ends."""
    found = data.split(b"\n")
    if not found[-1]:
        found.pop()
    return found


def text(line: bytes) -> str:
    return line.decode("utf-8", "surrogateescape")
