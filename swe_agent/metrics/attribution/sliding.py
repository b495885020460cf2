"""The last run of a file's change, where git says that it begins too far up.

With no lines of context git cuts off what the ends of both contents have in common, by blocks of 1,024 bytes, before it
compares them (`trim_common_tail` in its xdiff-interface.c). A run that may as well stand further down then stops where
the cut is: of two functions that end alike, the last line of the old one passes for the new one's. Context would cost a
fifth of git's time, and hardly any run is concerned, so those that may be are put right here.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from swe_agent.core.slide import slid
from swe_agent.metrics.attribution.change import Patch, rows, text
from swe_agent.metrics.attribution.labels import evidence_line, is_ai


class FilePatch(Patch, Protocol):
    @property
    def old(self) -> str | None: ...
    @property
    def new(self) -> str | None: ...
    @property
    def binary(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Slid:
    """Another's patch, but for where the last run stands, and its lines, of which all went or all came."""

    of: FilePatch
    hunks: Sequence[tuple[int, int, int, int]]
    run: list[bytes]

    @property
    def old(self) -> str | None:
        return self.of.old

    @property
    def new(self) -> str | None:
        return self.of.new

    @property
    def blob(self) -> str:
        return self.of.blob

    @property
    def binary(self) -> bool:
        return self.of.binary

    def lines(self, number: int) -> tuple[list[bytes], list[bytes]]:
        if number < len(self.hunks) - 1:
            return self.of.lines(number)
        return (self.run, []) if self.hunks[-1][1] else ([], self.run)


def lower_down(
    file: FilePatch,
    labels: array[int],
    blob: str,
    says: Callable[[int, bytes], bool],
    contents: Callable[[Sequence[str]], Mapping[str, bytes]],
) -> FilePatch:
    """The patch with its last run where it reads best, if an agent's line is concerned: where the line below the run is
    an agent's and may be like its first one, or where what went begins within an agent's lines. `labels` and `blob` are
    of the old content; `says` tells whether a line may be the one that has an agent's label."""
    old, removed, new, added = file.hunks[-1]
    below = old + removed
    if (removed and added) or below >= len(labels):
        return file
    if is_ai(labels[below]):
        first = file.lines(len(file.hunks) - 1)[bool(added)][0]
        if (removed and labels[old] == labels[below]) or not says(labels[below], first):
            return file
    elif not (removed and old and _goes_on(labels[old - 1], labels[old])):
        return file
    there = contents([file.blob if added else blob])
    lines = rows(next(iter(there.values()), b""))
    start, size = (new, added) if added else (old, removed)
    if len(lines) <= start + size:
        return file
    texts = [text(line) for line in lines]
    run = (old, old, new, new + added) if added else (old, below, new, new)
    by = slid(texts, texts, [run])[0][0] - old
    if by <= 0:
        return file
    hunks = [*file.hunks[:-1], (old + by, removed, new + by, added)]
    return Slid(file, hunks, lines[start + by : start + by + size])


def _goes_on(above: int, label: int) -> bool:
    """Whether an agent's line follows the one that it follows in what was accepted; one without tokens has the label of
    the line above."""
    return is_ai(above) and is_ai(label) and evidence_line(label) - evidence_line(above) in (0, 1)
