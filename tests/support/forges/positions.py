"""Which positions a platform takes, by another reader of patches than ours: `unidiff`."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from unidiff import PatchSet

NOT_IN_DIFF = "line must be part of the diff"
OTHER_HUNK = "start line must be part of the same hunk as the line"
NOT_BEFORE = "start line must precede the end line"
NO_HUNK = "diff hunk can't be blank"


@dataclass(frozen=True)
class Line:
    old: int | None
    new: int | None
    code: str
    text: str
    hunk: int


class Shown:
    """What a change shows, by path of the head, or of the base where the file is gone."""

    def __init__(self, patch: bytes) -> None:
        self.patch = patch
        self.files: dict[str, list[Line]] = {}
        self.hunks: dict[str, str] = {}
        for file in PatchSet.from_string(patch.decode()):
            path, lines = file.path, []
            for at, hunk in enumerate(file):
                old, new = hunk.source_start, hunk.target_start
                for line in hunk:
                    code = f"{hashlib.sha1(path.encode()).hexdigest()}_{old}_{new}"
                    text = line.value.rstrip("\n")
                    lines.append(Line(line.source_line_no, line.target_line_no, code, text, at))
                    old, new = old + (not line.is_added), new + (not line.is_removed)
            self.files[path] = lines
            self.hunks[path] = "".join(str(hunk) for hunk in file)

    def at(self, path: str, side: str, number: int | None) -> Line | None:
        for line in self.files.get(path, []):
            if number and number == (line.old if side == "LEFT" else line.new):
                return line
        return None

    def github(self, comment: dict) -> str:
        """Why it is refused; empty where it is taken."""
        path, side = comment.get("path"), comment.get("side", "RIGHT")
        if not self.files.get(path):
            return NO_HUNK
        end = self.at(path, side, comment.get("line"))
        if end is None:
            return NOT_IN_DIFF
        if comment.get("start_line") is None:
            return ""
        start = self.at(path, comment.get("start_side", side), comment["start_line"])
        if start is None or start.hunk != end.hunk:
            return OTHER_HUNK
        lines = self.files[path]
        return "" if lines.index(start) < lines.index(end) else NOT_BEFORE

    def gitlab(self, position: dict) -> str:
        path = position.get("new_path")
        lines = self.files.get(path)
        if lines is None:
            return "must be a valid line code"
        if position.get("position_type") == "file":
            return ""
        named = (position.get("old_line"), position.get("new_line"))
        end = next((line for line in lines if (line.old, line.new) == named), None)
        if end is None:
            return "can't be blank"
        ends = position.get("line_range")
        if ends is None:
            return ""
        codes = {line.code: at for at, line in enumerate(lines)}
        places = [codes.get(ends[name].get("line_code")) for name in ("start", "end")]
        if None in places or lines[places[1]] != end or lines[places[0]].hunk != end.hunk or places[0] > places[1]:
            return "must be a valid line code"
        return ""

    def moved(self, path: str, side: str, text: str) -> int | None:
        """Where a line is now, if it is still shown."""
        for line in self.files.get(path, []):
            number = line.old if side == "LEFT" else line.new
            if number and line.text == text:
                return number
        return None
