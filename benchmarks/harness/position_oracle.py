"""Which positions GitHub and GitLab take, by another reader of patches than ours: `unidiff`.

GitHub: a line of a hunk, of the head on the right and of the base on the left; a range begins earlier in the same hunk.
GitLab: a line that came has `new_line` alone, one that went `old_line` alone, one that stayed both; a range names both
its ends by a line code, `sha1(path)_OLD_NEW`, in which a number that a line has not is that of the next line.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from unidiff import PatchedFile, PatchSet

Side = Literal["left", "right"]
Kind = Literal["added", "removed", "context"]
SIDES: tuple[Side, Side] = ("left", "right")
NOWHERE = "diff hunk can't be blank"
OUTSIDE = "line must be part of the diff"
APART = "start line must be part of the same hunk as the line"
BACKWARDS = "start line must precede the end line"
NO_CODE = "line_code can't be blank"
BAD_CODE = "line_code must be a valid line code"
TYPES: Mapping[Kind, tuple[str | None, ...]] = {"added": ("new",), "removed": ("old",), "context": ("old", None)}
"""Of an end of a range. Of a line that stayed the documentation says `old`, GitLab's own pages send nothing."""
BAD_PATH = "old_path and new_path must name one file of the diff"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a hunk. `old` and `new` are its numbers, or those that come next where it is not there; `hunk` counts
    those of the file."""

    kind: Kind
    old: int
    new: int
    text: str
    hunk: int

    def number(self, side: Side) -> int:
        """0 where the line is not there."""
        if self.kind == ("added" if side == "left" else "removed"):
            return 0
        return self.old if side == "left" else self.new

    def code(self, path: str) -> str:
        return f"{hashlib.sha1(path.encode('utf-8', 'replace')).hexdigest()}_{self.old}_{self.new}"


@dataclass(frozen=True)
class Shown:
    """A file of a change, and what is shown of it in order. `old` and `new` are its names, also where it is gone."""

    old: str
    new: str
    lines: tuple[Line, ...]
    is_gone: bool = False

    @property
    def path(self) -> str:
        return self.old if self.is_gone else self.new

    def place(self, side: Side, number: int) -> int | None:
        """Among the lines."""
        return self._places.get((side, number)) if number > 0 else None

    @cached_property
    def _places(self) -> Mapping[tuple[Side, int], int]:
        return {(side, line.number(side)): at for at, line in enumerate(self.lines) for side in SIDES}


@dataclass(frozen=True)
class Oracle:
    files: tuple[Shown, ...]

    def file(self, path: str) -> Shown | None:
        return next((file for file in self.files if file.path == path), None)

    def github(self, path: str, side: Side, line: int, start_line: int = 0, start_side: Side | None = None) -> str:
        """Why it is refused, in GitHub's words; empty where it is taken."""
        file = self.file(path)
        if file is None or not file.lines:
            return NOWHERE
        end = file.place(side, line)
        if end is None:
            return OUTSIDE
        if not start_line:
            return ""
        start = file.place(start_side or side, start_line)
        if start is None or file.lines[start].hunk != file.lines[end].hunk:
            return APART
        return "" if start < end else BACKWARDS

    def gitlab(self, position: Mapping[str, object]) -> str:
        """Of a `position` as its discussions take it, less the commits."""
        named = (position.get("old_path"), position.get("new_path"))
        file = next((file for file in self.files if (file.old, file.new) == named), None)
        if file is None:
            return BAD_PATH
        end = self._named(file, position.get("old_line"), position.get("new_line"))
        if end is None:
            return NO_CODE
        ends = position.get("line_range")
        if ends is None:
            return ""
        if not isinstance(ends, Mapping):
            return BAD_CODE
        places = [self._coded(file, ends.get(name)) for name in ("start", "end")]
        if places[0] is None or places[1] is None or places[1] != end:
            return BAD_CODE
        if file.lines[places[0]].hunk != file.lines[end].hunk:
            return APART
        return "" if places[0] < end else BACKWARDS

    def _named(self, file: Shown, old: object, new: object) -> int | None:
        for at, line in enumerate(file.lines):
            if (line.number("left") or None, line.number("right") or None) == (old, new):
                return at
        return None

    def _coded(self, file: Shown, end: object) -> int | None:
        if not isinstance(end, Mapping):
            return None
        for at, line in enumerate(file.lines):
            if line.code(file.new) == end.get("line_code"):
                is_typed = end.get("type") in TYPES[line.kind]
                return at if is_typed and self._named(file, end.get("old_line"), end.get("new_line")) == at else None
        return None


def of_patch(patch: bytes) -> Oracle:
    """Names in quotes are not read: `git -c core.quotePath=false`, and none that needs them."""
    files: dict[str, Shown] = {}
    for file in PatchSet.from_string(patch.decode("utf-8", "replace")):
        one = _shown(file)
        before = files.get(one.path)
        if before:  # a file that becomes a link is told as one that goes and one that comes
            lines = (replace(line, hunk=line.hunk + len(before.lines)) for line in one.lines)
            one = Shown(before.old, one.new, (*before.lines, *lines))
        files[one.path] = one
    return Oracle(tuple(files.values()))


def _shown(file: PatchedFile) -> Shown:
    old, new = (None if name == "/dev/null" else name[2:] for name in (file.source_file, file.target_file))
    name = new or old or ""
    return Shown(old or name, name, tuple(_lines(file)), is_gone=new is None)


def _lines(file: PatchedFile) -> Iterator[Line]:
    for at, hunk in enumerate(file):
        old, new = hunk.source_start, hunk.target_start
        for line in hunk:
            text = line.value.removesuffix("\n").removesuffix("\r")
            if line.is_added:
                yield Line("added", old, line.target_line_no or 0, text, at)
                new += 1
            elif line.is_removed:
                yield Line("removed", line.source_line_no or 0, new, text, at)
                old += 1
            elif line.is_context:
                yield Line("context", line.source_line_no or 0, line.target_line_no or 0, text, at)
                old, new = old + 1, new + 1


def of_ranges(files: Mapping[str, Sequence[Sequence[int]]]) -> Oracle:
    """Of the numbers of hunks alone, which is enough for positions and ranges of one side. First all lines of the base,
    then those of the head: which of them are the same is not known."""
    found = []
    for path, hunks in files.items():
        lines: list[Line] = []
        for at, (old, olds, new, news) in enumerate(hunks):
            lines += [Line("removed", number, new, "", at) for number in range(old, old + olds)]
            lines += [Line("added", old, number, "", at) for number in range(new, new + news)]
        found.append(Shown(path, path, tuple(lines)))
    return Oracle(tuple(found))
