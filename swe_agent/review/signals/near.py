"""What stands around the changes of a file: of Python the statements alone in which a line changed, at both ends the
same ones, in the lines where they are. Of other languages, and where it cannot be told, the whole file.

Half of a large change is small edits in large files, and to read these whole takes most of the time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from swe_agent.core.source import Symbol
from swe_agent.review.change import Reviewed
from swe_agent.review.diff_index import SIDES, FileDiff, Side
from swe_agent.review.signals.heads import keeps_heads
from swe_agent.syntax.language import language_of
from swe_agent.syntax.parse import Parsed, outline, parse
from swe_agent.syntax.pieces import cut_around

_DEFINES = re.compile(r"\b(?:def|class)\s*$")
_TARGETS = re.compile(r"\s*\(?[\w\s.,*\[\]]*$|.*[;:]\s*$")
_ASSIGNS = re.compile(r"[\w\s.,*\[\])]*=(?!=)")
"""What stands before and behind a name that is given a value."""
_INSIDE = " \t#)]}"
"""How a line begins that ends no class; so does an empty one."""


@dataclass(frozen=True)
class Near:
    """Of one change; made once (`Reviewed.once`)."""

    change: Reviewed

    def text(self, side: Side, file: FileDiff) -> str | None:
        """With blank lines for what is left out; None where nothing is."""
        key = (side, file.path)
        if key not in self._texts:
            self._texts[key] = self._cut(side, file)
        return self._texts[key]

    def parsed(self, side: Side, file: FileDiff) -> Parsed | None:
        """The whole file's tree too where the part has an error."""
        return self._part(side, file) or self.change.parsed(side, file.path_on(side))

    def parsed_at(self, path: str, lines: Iterable[int]) -> Parsed | None:
        """Of a file at the head, what stands around these lines."""
        is_cut = self.change.is_cut and language_of(path) == "python" and ("right", path) in self.change.contents
        text = cut_around(self._plain("right", path), lines) if is_cut else None
        return _sound(path, text) or self.change.parsed("right", path)

    def _part(self, side: Side, file: FileDiff) -> Parsed | None:
        key = (side, file.path)
        if key not in self._parsed:
            self._parsed[key] = _sound(file.path_on(side), self.text(side, file))
        return self._parsed[key]

    def symbols(self, side: Side, file: FileDiff) -> Sequence[Symbol]:
        """The definitions. What one end has and the other has not, or has in another form, is nowhere in what is left
        out."""
        if side == "right" and self.keeps_heads(file):
            return self._outline("right", file)
        if file.path not in self._has_all:
            self._has_all[file.path] = self._leaves_none_out(file)
        path = file.path_on(side)
        return self._outline(side, file) if self._has_all[file.path] else self.change.symbols(side, path)

    def keeps_heads(self, file: FileDiff) -> bool:
        """Whether the definitions of the base are those of the head, but for their lines and what stands in
        functions. False where that takes more than to look at the head."""
        if file.path not in self._kept:
            lines = self.change.lines("right", file.new)
            is_cut = self._may_cut(file) and self._part("right", file) is not None
            self._kept[file.path] = is_cut and keeps_heads(file, lines, self._outline("right", file))
        return self._kept[file.path]

    def _outline(self, side: Side, file: FileDiff) -> Sequence[Symbol]:
        key, part = (side, file.path), self._part(side, file)
        if key not in self._outlines:
            self._outlines[key] = outline(part.path, part.data) if part is not None else ()
        return self._outlines[key]

    @cached_property
    def _texts(self) -> dict[tuple[Side, str], str | None]:
        return {}

    @cached_property
    def _parsed(self) -> dict[tuple[Side, str], Parsed | None]:
        return {}

    @cached_property
    def _outlines(self) -> dict[tuple[Side, str], tuple[Symbol, ...]]:
        return {}

    @cached_property
    def _has_all(self) -> dict[str, bool]:
        return {}

    @cached_property
    def _kept(self) -> dict[str, bool]:
        return {}

    def _cut(self, side: Side, file: FileDiff) -> str | None:
        if not self._may_cut(file):
            return None
        text = self._plain(side, file.path_on(side))
        return cut_around(text, _touched(side, file), has_whole_classes=_moves_members(file))

    def _plain(self, side: Side, path: str | None) -> str:
        text = self.change.text(side, path)
        return "\n".join(self.change.lines(side, path)) if "\r" in text else text

    def _may_cut(self, file: FileDiff) -> bool:
        ends = [(side, path) for side in SIDES if (path := file.path_on(side)) is not None]
        is_python = len(ends) == len(SIDES) and all(language_of(path) == "python" for _, path in ends)
        return self.change.is_cut and is_python and all(end in self.change.contents for end in ends)

    def _leaves_none_out(self, file: FileDiff) -> bool:
        if any(self._part(side, file) is None for side in SIDES):
            return False
        found = {side: self._outline(side, file) for side in SIDES}
        left, right = ({(one.qualified, one.kind, one.signature) for one in found[side]} for side in SIDES)
        differing = {qualified for qualified, _, _ in left ^ right}
        return not any(self._leaves_out(side, file, found[side], differing) for side in SIDES)

    def _leaves_out(self, side: Side, file: FileDiff, found: Iterable[Symbol], differing: Iterable[str]) -> bool:
        """Whether a line that is left out may define one of these names: of a member one of its class."""
        spans = {one.qualified: one.span for one in found}
        whole, near = self.change.lines(side, file.path_on(side)), (self.text(side, file) or "").split("\n")
        wanted: set[tuple[int, int, str]] = set()
        for qualified in differing:
            owner, _, name = qualified.rpartition(".")
            wanted.add((0, len(whole), qualified.partition(".")[0]))
            if (span := spans.get(owner)) is not None:  # else the owner differs too, and is asked for by itself
                wanted.add((span.start - 1, span.end, name))
        text = self.change.text(side, file.path_on(side))
        kept = {name: text.count(name) == (self.text(side, file) or "").count(name) for *_, name in wanted}
        return any(
            not kept[name] and _definers(whole[a:b], name) > _definers(near[a:b], name) for a, b, name in wanted
        )  # fmt: skip


def _sound(path: str | None, text: str | None) -> Parsed | None:
    parsed = parse(path, text) if path is not None and text is not None else None
    return None if parsed is None or parsed.root.has_error else parsed


def _touched(side: Side, file: FileDiff) -> set[int]:
    """Lines that are not as they were or have another neighbour, at both ends the same."""
    other: Side = "right" if side == "left" else "left"
    own = {row.number(side) for row in file.changed(side)}
    gaps = {file.counterpart(other, row.number(other)) for row in file.changed(other)}
    return own | {line + 1 for line in own} | gaps | {line - 1 for line in own | gaps}


def _moves_members(file: FileDiff) -> bool:
    """Whether what stays below may belong to another class, or to none, for what comes or goes above it."""
    is_outside = False
    for hunk in file.hunks:
        for row in hunk.rows:
            if row.sign != " ":
                is_outside |= row.text[:1] not in _INSIDE
            elif row.text.strip():
                if is_outside and row.text[0].isspace():
                    return True
                is_outside = False
        is_outside = False
    return False


def _definers(lines: Sequence[str], name: str) -> int:
    """Lines that may define it; some more."""
    return sum(1 for line in lines if name in line and _may_define(line, name))


def _may_define(line: str, name: str) -> bool:
    for match in re.finditer(rf"\b{re.escape(name)}\b", line):
        before, after = line[: match.start()], line[match.end() :]
        is_typed = not before.strip() and after.lstrip().startswith(":")
        if is_typed or _DEFINES.search(before) or (_TARGETS.match(before) and _ASSIGNS.match(after)):
            return True
    return False
