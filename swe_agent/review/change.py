"""What signals look at: the diff, and the files that it changes at both ends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
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
    _texts: dict[tuple[Side, str], str] = field(default_factory=dict, repr=False, compare=False)

    def text(self, side: Side, path: str | None) -> str:
        """Empty for no file."""
        if path is None:
            return ""
        text = self._texts.get((side, path))
        if text is None:
            data = self.contents.get((side, path), b"")
            text = self._texts[side, path] = data.decode("utf-8", "surrogateescape")
        return text

    def lines(self, side: Side, path: str | None) -> Sequence[str]:
        return self._lines.setdefault((side, path), self._split(side, path))

    @cached_property
    def _lines(self) -> dict[tuple[Side, str | None], Sequence[str]]:
        return {}

    def _split(self, side: Side, path: str | None) -> Sequence[str]:
        data = self.contents.get((side, path), b"") if path is not None else b""
        return tuple(line.rstrip("\r\n") for line in split_lines(data))

    def line(self, anchor: Anchor) -> str | None:
        """The text of its first line; None where that is not at hand."""
        file = self.index.file(anchor.path)
        lines = self.lines(anchor.side, file.path_on(anchor.side)) if file else ()
        if anchor.first <= len(lines):
            return lines[anchor.first - 1]
        row = file.row_at(anchor.side, anchor.first) if file else None
        return row.text if row else None

    def added(self) -> Iterator[tuple[FileDiff, Row]]:
        """All lines that came, of text."""
        return ((file, row) for file in self.index.files for row in file.changed("right"))


def here(file: FileDiff, row: Row) -> Anchor:
    """Where a line of the diff stands."""
    side: Side = "left" if row.sign == "-" else "right"
    return Anchor(file.path, side, row.number(side), row.number(side))
