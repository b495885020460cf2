"""Edit operations over a set of files, as one transaction: all of them apply, or none and a reason.

Files come in and go out as text (UTF-8 with surrogate escapes), so that every byte not named by an edit stays as it is.
A file with CRLF line ends is edited with the model's LF text turned into CRLF. A syntax error that was not there before
is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import assert_never

from swe_agent.core.edit import Change, Create, Delete, Edit, Hunk, Kind, Move, Replace, Write
from swe_agent.core.source import SyntaxFault
from swe_agent.edits import places
from swe_agent.edits.lines import BOM, Lines, Splice, spliced
from swe_agent.edits.locate import NotFound, locate
from swe_agent.edits.places import Match, Nowhere, Place
from swe_agent.edits.refusal import Reason

Read = Callable[[str], str | None]
NewFaults = Callable[[str, str, str], Sequence[SyntaxFault]]
"""(path, before, after) → syntax errors that only `after` has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """The files that change: their new text, or None where the file goes; and of each what had to be overlooked for an
    edit to match, where it was not exact."""

    files: Mapping[str, str | None]
    overlooked: Mapping[str, tuple[Match, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """`feedback` is for the model; nothing was changed."""

    path: str
    reason: Reason
    feedback: str


def apply(edits: Sequence[Edit], read: Read, new_faults: NewFaults) -> Applied | Refused:
    """Each edit sees the result of those before it."""
    files: dict[str, str | None] = {}
    overlooked: dict[str, tuple[Match, ...]] = {}
    origin: dict[str, str] = {}

    def current(path: str) -> str | None:
        return files[path] if path in files else read(path)

    for edit in edits:
        outcome = _one(edit, current)
        if isinstance(outcome, Refused):
            return outcome
        files.update(outcome.files)
        for path, matches in outcome.overlooked.items():
            overlooked[path] = tuple(dict.fromkeys((*overlooked.get(path, ()), *matches)))
        if isinstance(edit, Move):
            origin[edit.to] = origin.get(edit.path, edit.path)
    for path, text in files.items():
        faults = new_faults(path, read(origin.get(path, path)) or "", text) if text is not None else ()
        if faults:
            where = "; ".join(f"line {f.line}: near `{f.near}`" for f in faults[:3])
            return Refused(
                path=path,
                reason=Reason.SYNTAX,
                feedback=f"the edit would leave {path} with a syntax error that it did not have: {where}",
            )
    changed = {path: text for path, text in files.items() if text != read(path)}
    if not changed:
        return Refused(
            path=edits[0].path if edits else "", reason=Reason.NO_CHANGE, feedback="the edit changes nothing"
        )
    return Applied(files=changed, overlooked={path: overlooked[path] for path in changed if overlooked.get(path)})


def _one(edit: Edit, read: Read) -> Applied | Refused:
    text = read(edit.path)
    match edit:
        case Create():
            if text is not None:
                return _refuse(edit.path, Reason.EXISTS, f"{edit.path} exists already; edit it instead")
            return Applied(files={edit.path: edit.text})
        case Replace():
            if text is None:
                return _missing(edit.path)
            return _replace(edit, text)
        case Delete():
            return Applied(files={edit.path: None}) if text is not None else _missing(edit.path)
        case Move():
            if text is None:
                return _missing(edit.path)
            if read(edit.to) is not None:
                return _refuse(edit.to, Reason.EXISTS, f"{edit.to} exists already")
            return Applied(files={edit.path: None, edit.to: text})
        case Change():
            return _changed(edit, text) if text is not None else _missing(edit.path)
        case Write():
            return Applied(files={edit.path: _written(edit.text, text)})
        case _:
            assert_never(edit)


def _replace(edit: Replace, text: str) -> Applied | Refused:
    old, new = edit.old, edit.new
    if "\r\n" in text and "\r\n" not in old:
        if isinstance(locate(text, old), NotFound) or "\n" not in text.replace("\r\n", ""):
            new = new.replace("\r\n", "\n").replace("\n", "\r\n")
        if isinstance(locate(text, old), NotFound):
            old = old.replace("\n", "\r\n")
    place = locate(text, old)
    if not isinstance(place, NotFound):
        return Applied(files={edit.path: text[: place.start] + new + text[place.end :]})
    if place.reason is not Reason.MISSING:
        return _refuse(edit.path, place.reason, f"{edit.path}: {place.feedback}")
    lines = Lines.of(text)
    found = places.locate(lines.texts, places.hunk_between(edit.old, edit.new))
    if not isinstance(found, Nowhere):
        return Applied(files={edit.path: spliced(lines, found.splices)}, overlooked={edit.path: found.overlooked})
    if not found.lines:
        return _refuse(edit.path, place.reason, f"{edit.path}: {place.feedback}")
    where = ", ".join(map(str, found.lines[:10]))
    said = f"it stands there at lines {where} if {' and '.join(found.overlooked)} is overlooked"
    hint = "quote it exactly, with enough lines around the one that you mean"
    return _refuse(
        edit.path, Reason.AMBIGUOUS, f"{edit.path}: the text does not stand in the file as quoted; {said}; {hint}"
    )


def _changed(edit: Change, text: str) -> Applied | Refused:
    """All hunks are located on the text as it is; they apply together or not at all."""
    lines = Lines.of(text)
    splices: list[tuple[Splice, int]] = []
    overlooked: list[Match] = []
    for number, hunk in enumerate(edit.hunks, 1):
        found = places.locate(lines.texts, hunk)
        if isinstance(found, Nowhere):
            return _unplaced(edit, number, hunk, found, text)
        splices += [(splice, number) for splice in found.splices]
        overlooked += found.overlooked
    splices.sort()
    for (one, first), (other, second) in pairwise(splices):
        if one.end > other.start or one.start == other.start:
            said = f"{_name(edit, first)} and {_name(edit, second)} both change line {other.start + 1}; join them"
            return _refuse(edit.path, Reason.OVERLAP, f"{edit.path}: {said}")
    final = next((hunk.final_newline for hunk in edit.hunks if hunk.final_newline is not None), None)
    new = spliced(lines, [splice for splice, _ in splices], final_newline=final)
    return Applied(files={edit.path: new}, overlooked={edit.path: tuple(dict.fromkeys(overlooked))})


def _unplaced(edit: Change, number: int, hunk: Hunk, found: Nowhere, text: str) -> Refused:
    name, old = _name(edit, number), "\n".join(line for kind, line in hunk.lines if kind is not Kind.COMES)
    new = Hunk(lines=tuple((Kind.STAYS, line) for kind, line in hunk.lines if kind is not Kind.GOES))
    if found.lines:
        where = ", ".join(map(str, found.lines[:10]))
        if_ = f" if {' and '.join(found.overlooked)} is overlooked" if found.overlooked else ""
        hint = "quote more of the lines around the one that you mean"
        return _refuse(edit.path, Reason.AMBIGUOUS, f"{edit.path}: {name} may stand at lines {where}{if_}; {hint}")
    if not old.strip():
        return _refuse(
            edit.path, Reason.UNANCHORED, f"{edit.path}: {name} quotes no line of the file; quote some around the place"
        )
    if any(kind is Kind.COMES for kind, _ in hunk.lines) and isinstance(
        places.locate(Lines.of(text).texts, new), Place
    ):
        return _refuse(edit.path, Reason.APPLIED, f"{edit.path}: what {name} brings stands in the file already")
    place = locate(text, old)
    said = place.feedback if isinstance(place, NotFound) else "its lines do not stand together in the file"
    return _refuse(edit.path, Reason.MISSING, f"{edit.path}: {name} does not fit: {said}")


def _name(edit: Change, number: int) -> str:
    return f"hunk {number} of {len(edit.hunks)}" if len(edit.hunks) > 1 else "the hunk"


def _written(text: str, before: str | None) -> str:
    """With the byte order mark of the file that was there, and its line ends where all of them are alike."""
    if not before:
        return text
    own = Lines.of(before)
    plain = text.removeprefix(BOM).replace("\r\n", "\n")
    if "\r\n" in own.ends and "\n" not in own.ends:
        plain = plain.replace("\n", "\r\n")
    elif "\r\n" in text:
        plain = text.removeprefix(BOM)
    if own.ends[-1:] == ("",):  # which no whole file in a fence can say
        plain = plain.removesuffix("\n").removesuffix("\r")
    return own.bom + plain


def _missing(path: str) -> Refused:
    return _refuse(path, Reason.MISSING_FILE, f"there is no file {path}")


def _refuse(path: str, reason: Reason, feedback: str) -> Refused:
    return Refused(path=path, reason=reason, feedback=feedback)
