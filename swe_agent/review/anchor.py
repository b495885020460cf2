"""From a quote to lines: what a finding is about is found by what stands there, never by a number alone.

Numbers that a model gives are off more often than not, or of the other side; the text that it quotes is nearly that.
So each place is asked how many of the quoted lines stand there, and the one with the most is taken: white space, the
marks of a diff and dots at a line's end do not count, and a line in other words costs no more than that line. Where as
many stand in several places, the number decides, on whichever side it counts.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from swe_agent.review.change import Reviewed
from swe_agent.review.diff_index import FileDiff, Row, Side
from swe_agent.review.findings import Anchor, Finding

UNTOUCHED, OTHER_SIDE = 15, 20
"""Lines that it counts as if a place were farther away which the change did not touch, or which is on the other side
than was said."""
ACROSS = 4
"""How many times farther it counts what is near the number only if that counts the lines of the other side."""
LONGEST = 40
"""Lines of a quote that are looked at; more only prove the same."""
TELLING = 6
"""Letters and digits that must stand there of a quote that does not stand there as a whole, or of a line before its
dots."""
SIDES: tuple[Side, Side] = ("right", "left")
MARKS: tuple[tuple[str, str, Side], ...] = (("+", "-", "right"), ("-", "+", "left"))
"""Of a line, of those of the other side, and which side that is; where both are there, the head is meant."""
_DOTS = re.compile(r"\s*(?:\.\.\.|\u2026)\s*$")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Said:
    """A line of a quote."""

    text: str
    is_marked: bool = False
    """That it came or went, by a mark copied from the diff."""

    @cached_property
    def bare(self) -> str:
        return _bare(self.text)

    @cached_property
    def telling(self) -> int:
        return _telling(self.bare)

    @cached_property
    def _words(self) -> frozenset[str]:
        return frozenset(_WORD.findall(self.text))

    @cached_property
    def begun(self) -> str:
        """What stands before its dots; empty where it is not cut, or where that says too little."""
        begun = _bare(_DOTS.sub("", self.text))
        return begun if begun != self.bare and _telling(begun) >= TELLING else ""

    def is_at(self, line: str) -> bool:
        bare = _bare(line)
        return bare == self.bare or bool(self.begun and bare.startswith(self.begun))

    def shared(self, line: str) -> str:
        """What it has in common with a line that says it in other words: half of them at least, or none."""
        there = set(_WORD.findall(line))
        both = there & self._words
        return "".join(both) if 2 * len(both) >= max(len(self._words), len(there)) else ""


@dataclass(frozen=True)
class Reading:
    """What a quote may mean, and on which sides that is sought."""

    lines: tuple[Said, ...]
    sides: tuple[Side, ...] = SIDES


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

    def _of(self, said: Said) -> Iterator[int]:
        """Where one line stands."""
        if said.bare:
            yield from self._places.get(said.bare, ())
        if said.begun:
            for bare, numbers in self._places.items():
                if bare.startswith(said.begun):
                    yield from numbers

    def starts(self, lines: Sequence[Said]) -> Collection[int]:
        """Where the first of these lines would be, by any of them; brackets, which stand everywhere, are asked last."""
        rows = list(enumerate(lines))
        for known in ([row for row in rows if row[1].telling >= TELLING], rows):
            found = {number - offset for offset, said in known for number in self._of(said) if number > offset}
            if found:
                return found
        return ()


@dataclass(frozen=True, slots=True)
class Fit:
    """How well lines stand at a place: the more, the better. `all` are those that do, in other words or not; `exact`
    those whose white space is the same, `marked` those that the change touched as their marks say."""

    anchor: Anchor
    is_first: bool
    same: int
    marked: int
    all: int
    exact: int
    is_touched: bool

    @property
    def rank(self) -> tuple[bool, int, int, int, int]:
        return self.is_first, self.same, self.marked, self.all, self.exact


@dataclass(frozen=True)
class Anchors:
    """Of one change. Of a file whose contents are not at hand what the diff shows has to do."""

    change: Reviewed

    def of(self, finding: Finding) -> Anchor | None:
        """Its own, or where its quote stands. None where nothing is quoted, or what is quoted stands nowhere."""
        if finding.anchor is not None:
            return finding.anchor
        file = self.change.index.file(finding.path)
        if file is None:
            return None
        fits = [fit for reading in _readings(finding.quote) for fit in self._fits(file, reading)]
        if not fits:
            return None
        most = max(fit.rank for fit in fits)
        best = (fit for fit in fits if fit.rank == most)
        return min(best, key=lambda fit: self._away(finding, file, fit)).anchor

    def _fits(self, file: FileDiff, reading: Reading) -> Iterator[Fit]:
        """What the change did not touch is the same on both sides, and stands on the right."""
        for side in reading.sides:
            text = self._text(file, side)
            for start in text.starts(reading.lines[:LONGEST]):
                fit = _fit(text, reading, Anchor(file.path, side, start, start + len(reading.lines) - 1))
                if fit is not None and (fit.is_touched or side == "right"):
                    yield fit

    def _away(self, finding: Finding, file: FileDiff, fit: Fit) -> tuple[int, bool, int]:
        """How far from what was said. A number that is met, counted on whichever side, outweighs the rest."""
        anchor, line = fit.anchor, finding.line
        is_other = anchor.side != finding.side
        away = 0
        if line:
            other: Side = "left" if anchor.side == "right" else "right"
            across = (file.counterpart(other, line), line + file.shift(anchor.side, anchor.first))
            away = min(abs(anchor.first - line), *(ACROSS * abs(anchor.first - number) for number in across))
            if not away:
                return 0, is_other, anchor.first
        return away + (0 if fit.is_touched else UNTOUCHED) + (OTHER_SIDE if is_other else 0), is_other, anchor.first

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


def _readings(quote: Sequence[str]) -> Iterator[Reading]:
    """As it stands; and without the marks of a diff, where some are there."""
    lines = _trimmed(quote)
    if not lines:
        return
    yield Reading(tuple(map(Said, lines)))
    marks = {line[:1] for line in lines}
    for mark, other, side in MARKS:
        if mark in marks:
            bare = [Said(line.removeprefix(mark), line.startswith(mark)) for line in lines if line[:1] != other]
            yield Reading(tuple(bare), (side,))
            return


def _fit(text: Text, reading: Reading, anchor: Anchor) -> Fit | None:
    """None where too little of the quote stands there. What stands there ends with the last line that does."""
    same = alike = exact = marked = telling = last = 0
    is_first = False
    for offset, said in enumerate(reading.lines[:LONGEST]):
        line = text.lines.get(anchor.first + offset)
        if line is None:
            continue
        if said.is_at(line):
            same, last, telling = same + 1, offset, telling + said.telling
            exact += line.rstrip() == said.text.rstrip()
            marked += said.is_marked and anchor.first + offset in text.touched
            is_first = is_first or not offset
        elif shared := said.shared(line):
            alike, last, telling = alike + 1, offset, telling + _telling(shared)
    size = len(reading.lines)
    is_whole = same == min(size, LONGEST)
    if not is_whole and (telling < TELLING or not (is_first or 2 * same >= size)):
        return None
    end = anchor.last if is_whole else anchor.first + last
    is_touched = not text.touched.isdisjoint(range(anchor.first, end + 1))
    found = Anchor(anchor.path, anchor.side, anchor.first, end)
    return Fit(found, is_first, same, marked, same + alike, exact, is_touched)


def _trimmed(quote: Sequence[str]) -> Sequence[str]:
    """Without empty lines at its ends."""
    said = [at for at, line in enumerate(quote) if line.strip()]
    return quote[said[0] : said[-1] + 1] if said else ()


def _telling(text: str) -> int:
    return sum(map(str.isalnum, text))


def _bare(line: str) -> str:
    return "".join(line.split())
