"""From a quote to lines: what a finding is about is found by what stands there, never by a number alone.

Numbers that a model gives are off more often than not, or of the other side; the text that it quotes is not. So the
quote is sought on both sides of the change, as it stands, then without white space; of several places the nearest to
the number is taken, where one that the change touched, on the side that was named, counts as nearer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from swe_agent.review.change import Reviewed
from swe_agent.review.diff_index import FileDiff, Row, Side
from swe_agent.review.findings import Anchor, Finding

UNTOUCHED, OTHER_SIDE = 15, 10
"""Lines that it counts as if a place were farther away which the change did not touch, or which is on the other side
than was said."""
LONGEST = 40
"""Lines of a quote that are looked at; more only prove the same."""


@dataclass(frozen=True)
class Text:
    """The lines of a file on one side, by their numbers: all of them, or those that the diff shows."""

    lines: Mapping[int, str]
    touched: frozenset[int] = frozenset()
    """Those that came, or on the left went."""

    @cached_property
    def _places(self) -> Mapping[str, list[int]]:
        places: dict[str, list[int]] = {}
        for number, line in self.lines.items():
            places.setdefault(_bare(line), []).append(number)
        return places

    def at(self, quote: Sequence[str], *, exactly: bool) -> Iterator[int]:
        """Where these lines stand one below the other; `exactly`: with their white space."""
        for start in self._places.get(_bare(quote[0]), ()):
            there = (self.lines.get(start + offset) for offset in range(len(quote)))
            if all(line is not None and _is_same(line, said, exactly) for line, said in zip(there, quote, strict=True)):
                yield start


@dataclass(frozen=True)
class Anchors:
    """Of one change. Of a file whose contents are not at hand what the diff shows has to do."""

    change: Reviewed

    def of(self, finding: Finding) -> Anchor | None:
        """Its own, or where its quote stands. None where nothing is quoted, or what is quoted stands nowhere."""
        if finding.anchor is not None:
            return finding.anchor
        quote = _trimmed(finding.quote)
        file = self.change.index.file(finding.path)
        if not quote or file is None:
            return None
        for said in _shorter(quote[:LONGEST]):
            for exactly in (True, False):
                found = list(self._found(file, said, exactly=exactly))
                if found:
                    _, anchor = min(found, key=lambda one: self._rank(finding, file, *one))
                    size = len(quote) if len(said) == len(quote[:LONGEST]) else len(said)
                    return Anchor(anchor.path, anchor.side, anchor.first, anchor.first + size - 1)
        return None

    def _found(self, file: FileDiff, quote: Sequence[str], *, exactly: bool) -> Iterator[tuple[bool, Anchor]]:
        """Places, and whether the change touched them. What it did not touch is the same on both sides, and stands on
        the right."""
        for side in SIDES:
            text = self._text(file, side)
            for start in text.at(quote, exactly=exactly):
                end = start + len(quote)
                is_touched = not text.touched.isdisjoint(range(start, end))
                if is_touched or side == "right":
                    yield is_touched, Anchor(file.path, side, start, end - 1)

    def _rank(self, finding: Finding, file: FileDiff, is_touched: bool, anchor: Anchor) -> tuple[int, bool, int]:
        """How far from what was said. The number may be one of the other side, whichever side is named."""
        numbers = (finding.line, file.counterpart("left", finding.line), file.counterpart("right", finding.line))
        away = min(abs(anchor.first - number) for number in numbers) if finding.line else 0
        is_meant = anchor.side == finding.side
        if is_meant and anchor.first == finding.line:
            return 0, is_meant, anchor.first
        return away + (0 if is_touched else UNTOUCHED) + (0 if is_meant else OTHER_SIDE), is_meant, anchor.first

    def _text(self, file: FileDiff, side: Side) -> Text:
        known = self._texts.get((file.path, side))
        if known is None:
            known = self._texts[file.path, side] = self._read(file, side)
        return known

    @cached_property
    def _texts(self) -> dict[tuple[str, Side], Text]:
        return {}

    def _read(self, file: FileDiff, side: Side) -> Text:
        path = file.path_on(side)
        touched = frozenset(row.number(side) for row in file.changed(side))
        if path is not None and (side, path) in self.change.contents:
            return Text(dict(enumerate(self.change.lines(side, path), 1)), touched)
        shown: Iterable[Row] = (row for hunk in file.hunks for row in hunk.rows)
        return Text({row.number(side): row.text for row in shown if row.number(side)}, touched)


SIDES: tuple[Side, Side] = ("right", "left")


def _trimmed(quote: Sequence[str]) -> tuple[str, ...]:
    """Without empty lines at its ends."""
    lines = list(quote)
    while lines and not lines[-1].strip():
        lines.pop()
    while lines and not lines[0].strip():
        lines.pop(0)
    return tuple(lines)


def _shorter(quote: Sequence[str]) -> Iterator[Sequence[str]]:
    """All of it, then ever less of its end: the beginning is what is said to be there, and what a model leaves out or
    makes up comes later. A single line must say something."""
    size = len(quote)
    while size:
        if size == len(quote) or sum(map(str.isalnum, "".join(quote[:size]))) >= TELLING:
            yield quote[:size]
        size //= 2


TELLING = 8
"""Letters and digits."""


def _bare(line: str) -> str:
    return "".join(line.split())


def _is_same(line: str, said: str, exactly: bool) -> bool:
    return line.rstrip() == said.rstrip() if exactly else _bare(line) == _bare(said)
