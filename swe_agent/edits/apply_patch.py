"""The format of codex's `apply_patch`: files between two markers, hunks without line numbers.

*** Begin Patch
*** Update File: shop/cart.py
@@ class Cart:
-        return amount + discount
+        return amount - discount
*** End Patch
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from swe_agent.core.edit import Change, Create, Delete, Edit, Hunk, Move
from swe_agent.edits.refusal import Reason
from swe_agent.edits.reply import (
    Malformed,
    anchor,
    cleaned,
    lines_of,
    new_path,
    no_such_file,
    path_of,
    text_of,
    typed,
    unmarked,
    without_end,
)

_BEGIN, _END, _AT_END = "*** Begin Patch", "*** End Patch", "*** End of File"
_FILE = re.compile(r"^\*\*\* (Add|Delete|Update) File: (.+?)\s*$")
_MOVE = re.compile(r"^\*\*\* Move to: (.+?)\s*$")


class ApplyPatch:
    name = "apply-patch"

    def mark(self, lines: Sequence[str]) -> int | None:
        marks = (at for at, line in enumerate(lines) if line.strip() == _BEGIN or _FILE.match(line.strip()))
        return next(marks, None)

    def parse(self, reply: str, files: Collection[str]) -> tuple[Edit, ...]:
        patches = list(_patches(lines_of(reply)))
        edits = [edit for patch in patches for section in _sections(patch) for edit in _edits(section, files)]
        if not edits:
            raise Malformed(
                Reason.MALFORMED, "the patch names no file", "write `*** Update File: PATH` before its hunks"
            )
        return tuple(edits)


def _patches(lines: Sequence[str]) -> Iterator[Sequence[str]]:
    """What stands between each two markers. The first may be missing, the other not."""
    at = _next(lines, 0, _BEGIN)
    start = 0 if at is None else at + 1
    while start is not None:
        end = _next(lines, start, _END)
        if end is None:
            raise Malformed(Reason.TRUNCATED, f"the patch does not end with `{_END}`", "send it again, all of it")
        yield lines[start:end]
        at = _next(lines, end + 1, _BEGIN)
        if at is None:
            return
        start = at + 1


def _next(lines: Sequence[str], start: int, marker: str) -> int | None:
    """The next marker; one with white space in front, which may be a line that stays, where no other follows."""
    plain = (at for at in range(start, len(lines)) if lines[at].rstrip() == marker)
    padded = (at for at in range(start, len(lines)) if lines[at].strip() == marker)
    found = next(plain, None)
    return next(padded, None) if found is None else found


def _sections(lines: Sequence[str]) -> Iterator[list[str]]:
    section: list[str] = []
    for line in lines:
        # In a hunk a line with a space in front stays, whatever it says.
        if _FILE.match(line.strip()) and not (line.startswith(" ") and _in_hunk(section)):
            if section:
                yield section
            section = [line.strip()]
        elif section:
            section.append(line)
    if section:
        yield section


def _in_hunk(section: Sequence[str]) -> bool:
    return any(line[:1] in ("+", "-", " ", "@") for line in section[1:])


def _edits(section: Sequence[str], files: Collection[str]) -> Iterator[Edit]:
    head, *body = section
    match = _FILE.match(head)
    assert match is not None
    what, named = match.groups()
    if what == "Add":
        yield Create(path=new_path(named), text=text_of(body))
        return
    path = path_of(named, files)
    if not path:
        raise no_such_file(cleaned(named), files)
    if what == "Delete":
        yield Delete(path=path)
        return
    moved = next((match[1] for line in body[:1] if (match := _MOVE.match(line.strip()))), "")
    hunks = list(_hunks(body[1:] if moved else body))
    if hunks:
        yield Change(path=path, hunks=tuple(hunks))
    if moved:
        yield Move(path=path, to=new_path(moved))


def _hunks(body: Sequence[str]) -> Iterator[Hunk]:
    under: list[str] = []
    said: list[str] = []
    at_end = False
    bare = any(line[:1] not in ("", " ", "+", "-", "@", "*") for line in body)
    for line in [*body, "@@"]:
        if line.startswith("@@"):
            lines = typed(without_end(said), bare=bare)
            if lines:
                yield Hunk(lines=lines, under=tuple(under), unmarked=unmarked(lines, said), at_end=at_end)
            if said:
                under, said, at_end = [], [], False
            under += anchor(line[2:])
        elif line.rstrip() == _AT_END or (line.strip() == _AT_END and not said):
            at_end = True
        else:
            said.append(line)
