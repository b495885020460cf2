"""Where a hunk stands in a file: in one place, exactly or by a labelled match, or nowhere.

A hunk is lines that stay, lines that go and lines that come. The lines of the file itself are kept wherever the hunk
says that they stay; every line that goes must be there; and lines that come touch a line that is there. The ladder of
matches, each of which has to fit in one place only:

    exact → white space at the end of lines → typographic punctuation → tabs, spaces and one indentation more or less
    → the same with one line that stays missing, misquoted or invented, at each step

There is no similarity in it, so a match is right or it is not one.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from enum import StrEnum
from functools import cached_property
from itertools import groupby, pairwise

from swe_agent.core.edit import Hunk, Kind
from swe_agent.edits.doubts import (
    Lined,
    Old,
    blank_goes,
    enough,
    foreign,
    indented_by,
    is_bent,
    may_come,
    trails,
)
from swe_agent.edits.indents import Reindent, reindents
from swe_agent.edits.lines import Lines, Splice

MOST_PLACES = 200
"""More places than this are not told apart: the hunk quotes next to nothing."""


class Match(StrEnum):
    """What had to be overlooked."""

    EXACT = "exact"
    TRAILING = "white space at the end of lines"
    PUNCTUATION = "typographic punctuation"
    INDENTATION = "indentation"
    CONTEXT = "one line of context"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The one place, and what to do there. `line` counts from 1; `overlooked` is empty for an exact match."""

    line: int
    splices: tuple[Splice, ...]
    overlooked: tuple[Match, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Nowhere:
    """`lines` are where it might be (from 1): several for an ambiguous hunk, none for one that is not there."""

    lines: tuple[int, ...] = ()
    overlooked: tuple[Match, ...] = ()


_PUNCTUATION = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
        **dict.fromkeys("\u00a0\u2002\u2003\u2007\u2008\u2009\u200a\u202f\u205f\u3000", " "),
        "\u2026": "...",
        **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff"),
    }
)


def _exact(line: str) -> str:
    return line


def _trailing(line: str) -> str:
    return line.rstrip()


def _punctuation(line: str) -> str:
    plain = line if line.isascii() else unicodedata.normalize("NFC", line).translate(_PUNCTUATION)
    return plain.rstrip()


def _unindented(line: str) -> str:
    return _punctuation(line).lstrip()


_LADDER: tuple[tuple[Match, Callable[[str], str]], ...] = (
    (Match.EXACT, _exact),
    (Match.TRAILING, _trailing),
    (Match.PUNCTUATION, _punctuation),
    (Match.INDENTATION, _unindented),
)


@dataclass(frozen=True)
class _File:
    """The file's lines under one of the comparisons, with where each stands."""

    keys: tuple[str, ...]

    @cached_property
    def places(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for number, key in enumerate(self.keys):
            found.setdefault(key, []).append(number)
        return found

    def windows(self, wanted: Sequence[str | None]) -> Iterator[int]:
        """Where lines stand one after another; None stands for any line."""
        said = [(len(self.places.get(key, ())), at, key) for at, key in enumerate(wanted) if key is not None]
        if not said:
            return
        _, at, rarest = min(said)
        for place in self.places.get(rarest, ()):
            start = place - at
            if start < 0 or start + len(wanted) > len(self.keys):
                continue
            here = self.keys[start : start + len(wanted)]
            if all(key is None or key == there for key, there in zip(wanted, here, strict=True)):
                yield start


def locate(texts: Sequence[str], hunk: Hunk) -> Place | Nowhere:
    """The place of a hunk among the lines of a file."""
    found = _located(texts, hunk)
    if not hunk.unmarked or (isinstance(found, Place) and not found.overlooked):
        return found
    other = _located(texts, replace(hunk, lines=hunk.unmarked))
    if isinstance(other, Place) and Match.INDENTATION not in other.overlooked and isinstance(found, Nowhere):
        return other
    return found


def _located(texts: Sequence[str], hunk: Hunk) -> Place | Nowhere:
    old = [(kind, text) for kind, text in hunk.lines if kind is not Kind.COMES]
    if not old:
        return _alone(texts, hunk)
    search = _Search(texts, hunk, tuple(old), _below(texts, hunk.under))
    for match, _ in _LADDER:
        if (found := search.at(_whole, match)) is not None:
            return found
    for match, _ in _LADDER:
        for aligned in (_one_missing, _one_wrong):
            if (found := search.at(aligned, match)) is not None:
                return found
    return Nowhere()


@dataclass(frozen=True)
class _Search:
    texts: Sequence[str]
    hunk: Hunk
    old: tuple[tuple[Kind, str], ...]
    below: int
    files: dict[Match, _File] = field(default_factory=dict)

    def at(self, aligned: _Aligned, match: Match) -> Place | Nowhere | None:
        """One step of the ladder; None where it fits nowhere, and the next one is to be tried."""
        wrong = aligned is not _whole
        key = dict(_LADDER)[match]
        overlooked = (*((match,) if match is not Match.EXACT else ()), *((Match.CONTEXT,) if wrong else ()))
        keys = [key(text) for _, text in self.old]
        if match not in self.files:  # most hunks are found at the first step
            own = self.texts if match is Match.EXACT else map(key, self.texts)
            self.files[match] = _File(tuple(own))
        file = self.files[match]
        tries = [
            _tried(self.texts, self.hunk, self.old, lined, match)
            for lined in aligned(file, self.old, keys)
            if enough([keys[at] for at, line in enumerate(lined) if line is not None], wrong=wrong)
        ]
        found = [one for one in dict.fromkeys(tries) if one is not None and self.below <= one.start]
        if len(found) > 1 and not overlooked:
            found = self._confirmed(found)
        if not found:
            return None
        rivals = {start + 1 for start in _rivals(file, self.old, keys) if start >= self.below} if wrong else set()
        lines = sorted({one.start + 1 for one in found} | rivals)
        if (
            len({one.splices for one in found}) == 1
            and found[0].splices is not None
            and not rivals - {found[0].start + 1}
        ):
            return Place(line=found[0].start + 1, splices=found[0].splices, overlooked=overlooked)
        return Nowhere(lines=tuple(lines[:MOST_PLACES]), overlooked=overlooked)

    def _confirmed(self, found: list[_Try]) -> list[_Try]:
        """Of exact places the one that the reply's line number, or its word that the file ends there, confirms."""
        if self.hunk.line is not None:
            found = [one for one in found if one.start + 1 == self.hunk.line] or found
        if self.hunk.at_end:
            found = [one for one in found if one.start + len(self.old) == len(self.texts)] or found
        return found


def _rivals(file: _File, old: Old, keys: Sequence[str]) -> Iterator[int]:
    """Places that fit as well but for one line that goes."""
    for wrong, (kind, _) in enumerate(old):
        if kind is Kind.GOES and len(keys) > 1:
            yield from file.windows([None if at == wrong else key for at, key in enumerate(keys)])


def _below(texts: Sequence[str], under: Sequence[str]) -> int:
    """The line (from 0) below which a hunk stands, or with which it begins, that names lines above it; one that is not
    there says nothing."""
    at = -1
    for line in under:
        at = next((n for n in range(at + 1, len(texts)) if texts[n].strip() == line.strip()), at)
    return at


def _alone(texts: Sequence[str], hunk: Hunk) -> Place | Nowhere:
    """A hunk that quotes nothing can only be the content of a file that has none."""
    new = tuple(text for _, text in hunk.lines)
    return Place(line=1, splices=(Splice(0, 0, new),), overlooked=()) if not texts else Nowhere()


_Aligned = Callable[["_File", Old, Sequence[str]], Iterator[Lined]]


@dataclass(frozen=True, slots=True)
class _Try:
    """Where the old lines stand, and what the hunk does there; None where that is not sure."""

    start: int
    splices: tuple[Splice, ...] | None


def _tried(texts: Sequence[str], hunk: Hunk, old: Old, lined: Lined, match: Match) -> _Try | None:
    """None where one rule does not fit the indentation of all lines: that is another place."""
    pairs = [(old[at][1], texts[line]) for at, line in enumerate(lined) if line is not None]
    start = next(line for line in lined if line is not None)
    way: Reindent | None = None
    if match is Match.INDENTATION:
        coming = [text for kind, text in hunk.lines if kind is Kind.COMES]
        ways = {tuple(map(each.line, coming)): each for each in reindents(pairs)}
        if not ways:
            return None
        if len(ways) > 1 or None in next(iter(ways)):
            return _Try(start, None)
        (way,) = ways.values()
        shown = any(kind is Kind.GOES and lined[at] is not None and text.strip() for at, (kind, text) in enumerate(old))
        if hunk.unmarked and " " in (way.add, way.remove) and not shown:
            return _Try(start, None)  # one space is a mark that was forgotten, or one too many
    if may_come(texts, hunk, old, lined) or (is_bent(lined) and blank_goes(hunk)):
        return _Try(start, None)
    splices = _splices(hunk, lined, way, trailing=match is not Match.EXACT and trails(pairs))
    sure = match is not Match.INDENTATION and any(map(indented_by, (own for _, own in pairs)))
    return _Try(start, None if splices is None or (not sure and foreign(texts, splices)) else splices)


def _whole(file: _File, old: Old, keys: Sequence[str]) -> Iterator[Lined]:
    for start in file.windows(keys):
        yield range(start, start + len(keys))


def _one_missing(file: _File, old: Old, keys: Sequence[str]) -> Iterator[Lined]:
    """All lines that are quoted are there, and one more."""
    for gap in range(1, len(keys)):
        for start in file.windows([*keys[:gap], None, *keys[gap:]]):
            yield [start + at + (at >= gap) for at in range(len(keys))]


def _one_wrong(file: _File, old: Old, keys: Sequence[str]) -> Iterator[Lined]:
    """All but one of those that stay are there, and in its place another or none."""
    for wrong, (kind, _) in enumerate(old):
        if kind is Kind.STAYS and len(keys) > 1:
            for start in file.windows([None if at == wrong else key for at, key in enumerate(keys)]):
                yield [None if at == wrong else start + at for at in range(len(keys))]
            for start in file.windows([*keys[:wrong], *keys[wrong + 1 :]]):
                yield [None if at == wrong else start + at - (at > wrong) for at in range(len(keys))]


def _splices(hunk: Hunk, lined: Lined, way: Reindent | None, *, trailing: bool) -> tuple[Splice, ...] | None:
    """What the hunk does where its old lines are `lined` up. None where lines that come touch no line that is there, or
    a line of the file that the hunk does not know of."""
    splices: list[Splice] = []
    at = 0  # of the old lines
    for stays, run in groupby(hunk.lines, key=lambda line: line[0] is Kind.STAYS):
        changes = list(run)
        if stays:
            at += len(changes)
            continue
        gone = lined[at : at + sum(kind is Kind.GOES for kind, _ in changes)]
        before = lined[at - 1] if at else None
        at += len(gone)
        after = lined[at] if at < len(lined) else None
        start = _where(changes, gone, before, after)
        if start is None:
            return None
        new = [way.line(text) if way else text for kind, text in changes if kind is Kind.COMES]
        moved = [text.rstrip() if trailing else text for text in new if text is not None]
        splices.append(Splice(start, len(gone), tuple(moved)))
    return tuple(splices)


def _where(
    changes: Sequence[tuple[Kind, str]], gone: Sequence[int | None], before: int | None, after: int | None
) -> int | None:
    """The first line of a change between the lines that stay around it; None where that is not sure."""
    lines = [line for line in gone if line is not None]
    if len(lines) < len(gone) or any(two - one != 1 for one, two in pairwise(lines)):
        return None
    # What comes belongs beside the line that stays. A line of the file in between may belong on either side of it.
    first, last = (lines[0], lines[-1]) if lines else (after, before)
    if changes[0][0] is Kind.COMES and before is not None and first is not None and first != before + 1:
        return None
    if changes[-1][0] is Kind.COMES and after is not None and last is not None and after != last + 1:
        return None
    if first is not None:
        return first
    return before + 1 if before is not None else None


def hunk_between(old: str, new: str) -> Hunk:
    """What a text that is quoted and the one to put in its place come to: lines of both stay."""
    before, after = Lines.of(old).texts, Lines.of(new).texts
    lines: list[tuple[Kind, str]] = []
    for tag, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            lines += [(Kind.STAYS, text) for text in before[i:j]]
        else:
            lines += [(Kind.GOES, text) for text in before[i:j]] + [(Kind.COMES, text) for text in after[k:m]]
    return Hunk(lines=tuple(lines), compared=True)
