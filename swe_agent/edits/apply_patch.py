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

from swe_agent.core.edit import Change, Create, Delete, Edit, Hunk, Kind, Move
from swe_agent.edits.refusal import Reason
from swe_agent.edits.reply import Malformed, lines_of, no_such_file, path_in, typed, unmarked, without_end

_BEGIN, _END = "*** Begin Patch", "*** End Patch"
_FILE = re.compile(r"^\*\*\* (Add|Delete|Update) File: (.+?)\s*$")
_MOVE = re.compile(r"^\*\*\* Move to: (.+?)\s*$")


class ApplyPatch:
    name = "apply-patch"

    def is_there(self, reply: str) -> bool:
        return any(line.strip() == _BEGIN or _FILE.match(line.strip()) for line in lines_of(reply))

    def parse(self, reply: str, files: Collection[str]) -> tuple[Edit, ...]:
        lines = lines_of(reply)
        first = next((at for at, line in enumerate(lines) if line.strip() == _BEGIN), None)
        start = 0 if first is None else first + 1
        end = next((at for at in range(start, len(lines)) if lines[at].strip() == _END), None)
        if end is None:
            raise Malformed(Reason.TRUNCATED, f"the patch does not end with `{_END}`", "send it again, all of it")
        edits = [edit for section in _sections(lines[start:end]) for edit in _edits(section, files)]
        if not edits:
            raise Malformed(
                Reason.MALFORMED, "the patch names no file", "write `*** Update File: PATH` before its hunks"
            )
        return tuple(edits)


def _sections(lines: Sequence[str]) -> Iterator[list[str]]:
    section: list[str] = []
    for line in lines:
        if _FILE.match(line.strip()):
            if section:
                yield section
            section = [line.strip()]
        elif section:
            section.append(line)
    if section:
        yield section


def _edits(section: Sequence[str], files: Collection[str]) -> Iterator[Edit]:
    head, *body = section
    match = _FILE.match(head)
    assert match is not None
    what, named = match.groups()
    if what == "Add":
        path = path_in(named, files, new=True)
        if not path:
            raise Malformed(
                Reason.NO_FILE, f"`{named}` is not the path of a file", "name files from the top of the tree"
            )
        yield Create(path=path, text="".join(f"{line[1:]}\n" for line in body if line.startswith("+")))
        return
    path = path_in(named, files)
    if not path:
        raise no_such_file(named, files)
    if what == "Delete":
        yield Delete(path=path)
        return
    moved = next((match[1] for line in body[:1] if (match := _MOVE.match(line.strip()))), "")
    hunks = list(_hunks(body[1:] if moved else body))
    if hunks:
        yield Change(path=path, hunks=tuple(hunks))
    if moved:
        yield Move(path=path, to=moved.removeprefix("./"))


def _hunks(body: Sequence[str]) -> Iterator[Hunk]:
    under: list[str] = []
    said: list[str] = []
    bare = any(line[:1] not in ("", " ", "+", "-", "@", "*") for line in body)
    for line in [*body, "@@"]:
        if line.startswith("@@"):
            lines = typed(without_end(said), bare=bare)
            if any(kind is not Kind.STAYS for kind, _ in lines):
                yield Hunk(lines=lines, under=tuple(under), unmarked=unmarked(lines, said))
            if said:
                under, said = [], []
            if head := line[2:].strip().removesuffix("@@").strip():
                under.append(head)
        elif line.strip() != "*** End of File":
            said.append(line)
