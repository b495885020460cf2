"""Edit operations over a set of files, as one transaction: all of them apply, or none and a reason.

Files come in and go out as text (UTF-8 with surrogate escapes), so that every byte not named by an edit stays as it is.
A file with CRLF line ends is edited with the model's LF text turned into CRLF. A syntax error that was not there before
is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never

from swe_agent.core.edit import Create, Delete, Edit, Move, Replace
from swe_agent.core.source import SyntaxFault
from swe_agent.edits.locate import NotFound, locate

Read = Callable[[str], str | None]
NewFaults = Callable[[str, str, str], Sequence[SyntaxFault]]
"""(path, before, after) → syntax errors that only `after` has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """The files that change: their new text, or None where the file goes."""

    files: Mapping[str, str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """`feedback` is for the model; nothing was changed."""

    path: str
    reason: str
    feedback: str


def apply(edits: Sequence[Edit], read: Read, new_faults: NewFaults) -> Applied | Refused:
    """Each edit sees the result of those before it."""
    files: dict[str, str | None] = {}
    origin: dict[str, str] = {}

    def current(path: str) -> str | None:
        return files[path] if path in files else read(path)

    for edit in edits:
        outcome = _one(edit, current)
        if isinstance(outcome, Refused):
            return outcome
        files.update(outcome)
        if isinstance(edit, Move):
            origin[edit.to] = origin.get(edit.path, edit.path)
    for path, text in files.items():
        faults = new_faults(path, read(origin.get(path, path)) or "", text) if text is not None else ()
        if faults:
            where = "; ".join(f"line {f.line}: near `{f.near}`" for f in faults[:3])
            return Refused(
                path=path,
                reason="syntax",
                feedback=f"the edit would leave {path} with a syntax error that it did not have: {where}",
            )
    changed = {path: text for path, text in files.items() if text != read(path)}
    if not changed:
        return Refused(path=edits[0].path if edits else "", reason="no change", feedback="the edit changes nothing")
    return Applied(files=changed)


def _one(edit: Edit, read: Read) -> dict[str, str | None] | Refused:
    text = read(edit.path)
    match edit:
        case Create():
            if text is not None:
                return _refuse(edit.path, "exists", f"{edit.path} exists already; edit it instead")
            return {edit.path: edit.text}
        case Replace():
            if text is None:
                return _missing(edit.path)
            return _replace(edit, text)
        case Delete():
            return {edit.path: None} if text is not None else _missing(edit.path)
        case Move():
            if text is None:
                return _missing(edit.path)
            if read(edit.to) is not None:
                return _refuse(edit.to, "exists", f"{edit.to} exists already")
            return {edit.path: None, edit.to: text}
        case _:
            assert_never(edit)


def _replace(edit: Replace, text: str) -> dict[str, str | None] | Refused:
    old, new = edit.old, edit.new
    if "\r\n" in text and "\r\n" not in old:
        if isinstance(locate(text, old), NotFound) or "\n" not in text.replace("\r\n", ""):
            new = new.replace("\r\n", "\n").replace("\n", "\r\n")
        if isinstance(locate(text, old), NotFound):
            old = old.replace("\n", "\r\n")
    place = locate(text, old)
    if isinstance(place, NotFound):
        return _refuse(edit.path, place.reason, f"{edit.path}: {place.feedback}")
    return {edit.path: text[: place.start] + new + text[place.end :]}


def _missing(path: str) -> Refused:
    return _refuse(path, "missing file", f"there is no file {path}")


def _refuse(path: str, reason: str, feedback: str) -> Refused:
    return Refused(path=path, reason=reason, feedback=feedback)
