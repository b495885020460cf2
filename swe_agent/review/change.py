"""What signals look at: the diff, and the files that it changes at both ends."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol, TypeVar

from swe_agent.core.source import Symbol
from swe_agent.review.diff_index import DiffIndex, FileDiff, Row, Side
from swe_agent.review.findings import Anchor
from swe_agent.syntax.made_paths import is_generated, is_vendored
from swe_agent.syntax.parse import Parsed, outline, parse

T = TypeVar("T")
KEPT = 6_000_000
"""Bytes of files whose trees are kept; a tree takes some ten times as much. Those of more are made again when asked
for."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A line in which a word stands, from 1."""

    path: str
    line: int
    text: str


class Around(Protocol):
    """The rest of the project at the head, as far as signals ask for it."""

    def paths(self) -> Sequence[str]:
        """Of all files."""

    def mentions(self, words: Collection[str]) -> Mapping[str, Sequence[Mention]]:
        """Lines of any file, changed ones too, in which these words stand as words, by word; ordered by path and
        line."""

    def lines(self, path: str) -> Sequence[str]:
        """Of one file of text."""


class Nothing:
    """Around a patch that comes without its project."""

    def paths(self) -> Sequence[str]:
        return ()

    def mentions(self, words: Collection[str]) -> Mapping[str, Sequence[Mention]]:
        return {}

    def lines(self, path: str) -> Sequence[str]:
        return ()


NOTHING = Nothing()


@dataclass(frozen=True)
class Reviewed:
    """`contents` of changed files by side and path; what is no text is not among them. Unless `is_cut`, every file is
    read whole, which takes longer and says the same."""

    index: DiffIndex
    contents: Mapping[tuple[Side, str], bytes]
    around: Around = NOTHING
    is_cut: bool = True

    def text(self, side: Side, path: str | None) -> str:
        """Empty for no file."""
        return self._data(side, path).decode("utf-8", "surrogateescape")

    def lines(self, side: Side, path: str | None) -> Sequence[str]:
        known = self._lines.get((side, path))
        if known is None:
            text = self.text(side, path)
            lines = text.removesuffix("\n").split("\n") if text else ()
            known = tuple(line.rstrip("\r") for line in lines) if "\r" in text else tuple(lines)
            self._lines[side, path] = known
        return known

    @cached_property
    def _lines(self) -> dict[tuple[Side, str | None], Sequence[str]]:
        return {}

    def _data(self, side: Side, path: str | None) -> bytes:
        return b"" if path is None else self.contents.get((side, path), b"")

    @cached_property
    def written(self) -> tuple[FileDiff, ...]:
        """Files that people of this project have written, and whose text is at hand."""
        return tuple(
            file
            for file in self.index.files
            if not (is_generated(file.path) or is_vendored(file.path))
            and any((side, file.path_on(side)) in self.contents for side in ("left", "right"))
        )

    def parsed(self, side: Side, path: str | None) -> Parsed | None:
        """The tree of a file; None where there is no file, or no grammar for it."""
        if path is None or (side, path) not in self.contents:
            return None
        if (side, path) in self._parsed:
            return self._parsed[side, path]
        parsed = parse(path, self._data(side, path))
        if parsed is None or sum(len(one.data) for one in self._parsed.values() if one) < KEPT:
            self._parsed[side, path] = parsed
        return parsed

    @cached_property
    def _parsed(self) -> dict[tuple[Side, str], Parsed | None]:
        return {}

    def symbols(self, side: Side, path: str | None) -> tuple[Symbol, ...]:
        """The definitions of a file, in order."""
        if path is None or (side, path) not in self.contents:
            return ()
        if (side, path) not in self._symbols:
            self.parsed(side, path)  # kept, so that it is made once: the outline's own parsing remembers a few alone
            self._symbols[side, path] = outline(path, self._data(side, path))
        return self._symbols[side, path]

    @cached_property
    def _symbols(self) -> dict[tuple[Side, str], tuple[Symbol, ...]]:
        return {}

    def once(self, make: Callable[[Reviewed], T]) -> T:
        """What several signals ask of a change, made for the first of them."""
        if make not in self._made:
            self._made[make] = make(self)
        made: T = self._made[make]
        return made

    @cached_property
    def _made(self) -> dict[Callable[[Reviewed], Any], Any]:
        return {}

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
