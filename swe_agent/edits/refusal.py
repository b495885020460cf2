"""Why an edit is not applied: one value, from which the text for a model and the text for a person are made."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

MOST_LINES, MOST_PLACES, MOST_DIFFERENCES, MOST_WIDTH = 40, 5, 6, 200


class Reason(StrEnum):
    """Codes of refusals. They are recorded and counted, and part of the JSON output."""

    NO_EDIT = "no edit"
    """The reply holds nothing in any format."""
    MALFORMED = "malformed"
    """Marks of a format that do not fit together, or an edit that no text can say."""
    TRUNCATED = "truncated"
    LAZY = "lazy"
    """A new line stands for code that is left out."""
    NO_FILE = "no file"
    """An edit that names no file."""
    MISSING_FILE = "missing file"
    EXISTS = "exists"
    """What is to be made, a file or a name, is there already."""
    OUTSIDE = "outside"
    """No path of the tree, or none that this task may change."""
    UNANCHORED = "unanchored"
    """Nothing of the file is quoted, so that nothing says where."""
    MISSING = "missing"
    AMBIGUOUS = "ambiguous"
    APPLIED = "applied already"
    STALE = "stale"
    """It fits the file as it was before."""
    MISSING_SYMBOL = "missing symbol"
    OVERLAP = "overlap"
    SYNTAX = "syntax"
    NO_CHANGE = "no change"


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """Lines of the file, from `line` (from 1) on."""

    line: int
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A quoted line and the one of the file in its place: None where there is none."""

    line: int
    """Of the file, from 1."""
    quoted: str | None
    own: str | None

    @property
    def shown(self) -> tuple[str, str]:
        """Both, with white space made visible where they differ in it: all of it, or only the indentation."""
        if self.quoted is None or self.own is None:
            quoted = "(not quoted)" if self.quoted is None else self.quoted
            return quoted, "(no such line)" if self.own is None else self.own
        if "".join(self.quoted.split()) == "".join(self.own.split()):
            return visible(self.quoted), visible(self.own)
        (before, said), (there, own) = (_indented(line) for line in (self.quoted, self.own))
        return (self.quoted, self.own) if before == there else (visible(before) + said, visible(there) + own)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Nothing was changed. `said` is what is wrong, and `do` what its author can do, each a sentence without an end."""

    reason: Reason
    said: str
    do: str = ""
    path: str = ""
    operation: str = ""
    """Which one of several, such as "hunk 2 of 3"."""
    places: tuple[Region, ...] = ()
    """Where an ambiguous edit may stand."""
    nearest: Region | None = None
    """What of the file is most like the lines that are quoted: to be read, never edited for that."""
    differences: tuple[Difference, ...] = ()
    blob: str = ""
    """Git's id of the file as it was looked at."""
    more: tuple[Refused, ...] = ()
    """Other operations of the same reply that cannot be applied either."""

    @property
    def summary(self) -> str:
        """One line."""
        where = ", ".join(filter(None, (self.path, self.operation)))
        return f"{where}: {self.said}" if where else self.said

    @property
    def details(self) -> str:
        """What there is to look at and to do, for a person and a model alike; empty where the summary says all."""
        told = [*self._places(), *self._nearest(), *self._differences()]
        if self.do:
            told.append(self.do)
        told += ["", *(one.feedback for one in self.more)] if self.more else []
        return "\n".join(told)

    @property
    def feedback(self) -> str:
        """All of it."""
        return "\n".join(filter(None, (self.summary, self.details)))

    def with_more(self, others: tuple[Refused, ...]) -> Refused:
        return replace(self, more=(*self.more, *others))

    def _places(self) -> list[str]:
        told: list[str] = []
        for at, region in enumerate(self.places[:MOST_PLACES]):
            told += ["     …"] * bool(at) + _numbered(region)
        return [*told, f"… and {len(self.places) - MOST_PLACES} more"] if len(self.places) > MOST_PLACES else told

    def _nearest(self) -> list[str]:
        if self.nearest is None:
            return []
        version = f" (git blob {self.blob[:12]})" if self.blob else ""
        return [f"nearest are these lines of the file{version}:", *_numbered(self.nearest)]

    def _differences(self) -> list[str]:
        told: list[str] = []
        for one in self.differences[:MOST_DIFFERENCES]:
            quoted, own = one.shown
            told += [
                f"line {one.line}, quoted: {_cut(quoted)}",
                f"{'in the file: ':>{len(str(one.line)) + 15}}{_cut(own)}",
            ]
        return told


def _numbered(region: Region) -> list[str]:
    shown = [
        f"{number:>5}  {_cut(line)}" if line else f"{number:>5}"
        for number, line in enumerate(region.lines[:MOST_LINES], region.line)
    ]
    return [*shown, "     …"] if len(region.lines) > MOST_LINES else shown


def _cut(line: str) -> str:
    return line if len(line) <= MOST_WIDTH else f"{line[:MOST_WIDTH]}…"


def _indented(line: str) -> tuple[str, str]:
    bare = line.lstrip()
    return line[: len(line) - len(bare)], bare


_SHOWN = {" ": "·", "\t": "→", "\r": "␍", "\f": "␌", "\v": "␋"}


def visible(line: str) -> str:
    """With its white space as marks: a space as `·`, a tab as `→`, any other by its code point."""
    return "".join(
        _SHOWN.get(char) or (f"<U+{ord(char):04X}>" if not char.isprintable() or char.isspace() else char)
        for char in line
    )
