"""What signals look at: the diff, and the files that it changes at both ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from swe_agent.core.diff import split_lines
from swe_agent.core.proposal import HazardNote
from swe_agent.review.diff_index import DiffIndex, FileDiff, Row, Side
from swe_agent.review.findings import Anchor


@dataclass(frozen=True)
class Reviewed:
    """`contents` of changed files by side and path; what is no text is not among them. `hazards` are the box's."""

    index: DiffIndex
    contents: Mapping[tuple[Side, str], bytes]
    hazards: Sequence[HazardNote] = ()

    def text(self, side: Side, path: str | None) -> str:
        """Empty for no file."""
        return self._data(side, path).decode("utf-8", "surrogateescape")

    def lines(self, side: Side, path: str | None) -> Sequence[str]:
        known = self._lines.get((side, path))
        if known is None:
            known = tuple(line.rstrip("\r\n") for line in split_lines(self._data(side, path)))
            self._lines[side, path] = known
        return known

    @cached_property
    def _lines(self) -> dict[tuple[Side, str | None], Sequence[str]]:
        return {}

    def _data(self, side: Side, path: str | None) -> bytes:
        return b"" if path is None else self.contents.get((side, path), b"")

    def line(self, anchor: Anchor) -> str | None:
        """The text of its first line; None where that is not at hand."""
        file = self.index.file(anchor.path)
        lines = self.lines(anchor.side, file.path_on(anchor.side)) if file else ()
        if anchor.first <= len(lines):
            return lines[anchor.first - 1]
        row = file.row_at(anchor.side, anchor.first) if file else None
        return row.text if row else None


def here(file: FileDiff, row: Row) -> Anchor:
    """Where a line of the diff stands."""
    side: Side = "left" if row.sign == "-" else "right"
    return Anchor(file.path, side, row.number(side), row.number(side))
