"""The files that a commit changes, while their new lines are being labelled."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from swe_agent.metrics.attribution.labels import AI, EFFECTIVE, OPEN

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
    """`labels` are those of the new file, OPEN where a hunk put lines; `gone` those of each hunk's removed lines."""

    path: str
    patch: Patch
    labels: array[int]
    gone: list[array[int]]
    half: dict[int, int] = field(default_factory=dict)
    """Labels that half of an open line speaks for."""

    relabelled: list[tuple[int, int]] = field(default_factory=list)
    """Former and new labels of lines that no hunk has touched."""

    def relabel(self, place: int, label: int) -> None:
        """Of a line that git takes for one that was there before."""
        former = self.labels[place]
        self.labels[place] = label | former & EFFECTIVE
        self.relabelled.append((former, self.labels[place]))

    @property
    def came(self) -> list[bytes]:
        """All lines that the hunks put there."""
        hunks = enumerate(self.patch.hunks)
        return [row for number, (_, _, _, added) in hunks if added for row in self.patch.lines(number)[1]]

    @property
    def loses_ai(self) -> bool:
        return any(label & AI for labels in self.gone for label in labels)


@dataclass
class Region:
    """Hunks close to each other. `places` are the numbers of the new lines in their file."""

    gone: list[str]
    labels: list[int]
    came: list[str]
    places: list[int]


def changed(path: str, patch: Patch, old: array[int], filler: int) -> Change:
    """`filler` labels old lines that nobody has told of, so that nothing shifts."""
    new, gone, at = array("I"), [], 0
    for start, removed, _, added in patch.hunks:
        if len(old) < start + removed:
            old = old + array("I", [filler]) * (start + removed - len(old))
        new.extend(old[at:start])
        new.extend(array("I", [OPEN]) * added)
        gone.append(old[start : start + removed])
        at = start + removed
    new.extend(old[at:])
    return Change(path, patch, new, gone)


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
