"""A change as platforms show it: files, hunks with three lines of context, and which lines can be spoken of.

Of a pull request this is what `git diff -M BASE...HEAD` prints, from where the branches parted. It is read in one pass,
and only what is asked for is made of it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from swe_agent.repo.names import unquoted

Side = Literal["left", "right"]
"""The base and the head."""
SIDES: tuple[Side, Side] = ("left", "right")
Status = Literal["added", "deleted", "modified", "renamed", "copied"]
_HUNK = re.compile(rb"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@ ?(.*)")
_FILE = re.compile(rb"^diff --git ", re.MULTILINE)
"""No line of a hunk begins like that: each has a sign before it."""
_NULL = "/dev/null"


class NotAPatch(ValueError):
    """What was read is no patch of git's, or breaks off; says where."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a hunk. `old` and `new` are its numbers in base and head, from 1; 0 where it is not there."""

    sign: Literal[" ", "+", "-"]
    old: int
    new: int
    text: str
    """Without the line end."""

    def number(self, side: Side) -> int:
        return self.old if side == "left" else self.new


@dataclass(frozen=True)
class Hunk:
    """Sizes and starts as in its head: where a side has no lines, the start is that of the line before."""

    old_start: int
    old_size: int
    new_start: int
    new_size: int
    heading: str = ""
    """What git found above: a function, a class."""
    body: bytes = field(default=b"", repr=False)

    def span(self, side: Side) -> range:
        """Where a side has no lines, it is empty and begins at the line after."""
        start, size = (self.old_start, self.old_size) if side == "left" else (self.new_start, self.new_size)
        first = start if size else start + 1
        return range(first, first + size)

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        return tuple(self._rows())

    def _rows(self) -> Iterator[Row]:
        old, new = self.old_start, self.new_start
        for line in self.body.split(b"\n")[:-1]:
            sign, text = line[:1], line[1:].removesuffix(b"\r").decode("utf-8", "replace")
            if sign == b"+":
                yield Row("+", 0, new, text)
                new += 1
            elif sign == b"-":
                yield Row("-", old, 0, text)
                old += 1
            elif sign != b"\\":
                yield Row(" ", old, new, text)
                old, new = old + 1, new + 1


@dataclass(frozen=True)
class FileDiff:
    """`old` and `new` are None where the file is not there on that side. What has no hunks has no lines to speak of: a
    binary, a mode, a name."""

    old: str | None
    new: str | None
    status: Status
    hunks: tuple[Hunk, ...] = ()
    is_binary: bool = False

    @property
    def path(self) -> str:
        """By which platforms know it."""
        return self.new if self.new is not None else self.old or ""

    def path_on(self, side: Side) -> str | None:
        return self.old if side == "left" else self.new

    @cached_property
    def _begun(self) -> Mapping[Side, tuple[list[int], list[int]]]:
        """Where hunks begin on a side, and their places. One without lines there comes before one that begins with the
        same line: of a file that becomes a link one hunk has all that goes, another all that comes."""
        found: dict[Side, tuple[list[int], list[int]]] = {}
        for side in SIDES:
            rows = sorted((span.start, len(span), at) for at, span in enumerate(hunk.span(side) for hunk in self.hunks))
            found[side] = [start for start, _, _ in rows], [at for _, _, at in rows]
        return found

    def _last_begun(self, side: Side, line: int) -> int | None:
        """The place of the last hunk that begins at this line or above it."""
        starts, order = self._begun[side]
        at = bisect_right(starts, line) - 1
        return order[at] if at >= 0 else None

    def hunk_at(self, side: Side, line: int) -> int | None:
        """The place among the hunks of the one that shows this line; None where none does."""
        at = self._last_begun(side, line)
        return at if at is not None and line in self.hunks[at].span(side) else None

    def row_at(self, side: Side, line: int) -> Row | None:
        """None where no hunk shows it, or where the diff was made of numbers alone."""
        at = self.hunk_at(side, line)
        return None if at is None else self._numbered[side].get(line)

    @cached_property
    def _numbered(self) -> Mapping[Side, dict[int, Row]]:
        rows = [row for hunk in self.hunks for row in hunk.rows]
        return {"left": {row.old: row for row in rows if row.old}, "right": {row.new: row for row in rows if row.new}}

    def counterpart(self, side: Side, line: int) -> int:
        """The number that a line of one side has on the other; where it is not there, that of the line after it."""
        other: Side = "right" if side == "left" else "left"
        at = self._last_begun(side, line)
        if at is None:
            return line
        across = self._across[side].get(line)
        if across is not None:
            return across
        here, there = self.hunks[at].span(side), self.hunks[at].span(other)
        if line >= here.stop:
            return line - here.stop + there.stop
        return min(there.start + line - here.start, there.stop)

    def shift(self, side: Side, line: int) -> int:
        """How much higher the hunk that shows a line begins on its side than on the other; 0 where none does."""
        at = self.hunk_at(side, line)
        if at is None:
            return 0
        by = self.hunks[at].new_start - self.hunks[at].old_start
        return by if side == "right" else -by

    @cached_property
    def _across(self) -> Mapping[Side, dict[int, int]]:
        found: Mapping[Side, dict[int, int]] = {"left": {}, "right": {}}
        for hunk in self.hunks:
            old, new = hunk.span("left").start, hunk.span("right").start
            for row in hunk.rows:
                if row.sign != "+":
                    found["left"][old] = new
                if row.sign != "-":
                    found["right"][new] = old
                old, new = old + (row.sign != "+"), new + (row.sign != "-")
        return found

    def changed(self, side: Side) -> Sequence[Row]:
        """The lines that came, or on the left those that went."""
        return self._changed[side]

    @cached_property
    def _changed(self) -> Mapping[Side, Sequence[Row]]:
        rows = [row for hunk in self.hunks for row in hunk.rows if row.sign != " "]
        return {"left": [row for row in rows if row.sign == "-"], "right": [row for row in rows if row.sign == "+"]}

    def is_moved(self, row: Row) -> bool:
        """Whether a line that came also went, but for its white space at the ends."""
        return row.text.strip() in self._gone

    @cached_property
    def _gone(self) -> frozenset[str]:
        return frozenset(row.text.strip() for row in self.changed("left"))


@dataclass(frozen=True)
class DiffIndex:
    files: tuple[FileDiff, ...]

    @cached_property
    def _by_path(self) -> Mapping[str, FileDiff]:
        left = {file.old: file for file in self.files if file.old is not None}
        right = {file.new: file for file in self.files if file.new is not None}
        return {**left, **right}

    def file(self, path: str) -> FileDiff | None:
        """By either of its names."""
        return self._by_path.get(path)


def read_diff(patch: bytes) -> DiffIndex:
    """Of a patch by git, with or without words before it. Raises NotAPatch."""
    starts = [found.start() for found in _FILE.finditer(patch)]
    if patch.strip() and not starts:
        raise NotAPatch("there is no `diff --git` line in it")
    ends = [*starts[1:], len(patch)]
    return DiffIndex(tuple(_joined(_file(patch[start:end]) for start, end in zip(starts, ends, strict=False))))


def _joined(files: Iterable[FileDiff]) -> Iterator[FileDiff]:
    """Where a file becomes a link, or a link a file, git tells that one goes and another comes at the same path."""
    before: FileDiff | None = None
    for file in files:
        if before is not None and before.new is None and file.old is None and before.old == file.new:
            is_binary = before.is_binary or file.is_binary
            yield FileDiff(before.old, file.new, "modified", before.hunks + file.hunks, is_binary)
            before = None
            continue
        if before is not None:
            yield before
        before = file
    if before is not None:
        yield before


def _file(part: bytes) -> FileDiff:
    at = part.find(b"\n@@ ")
    head, body = (part, b"") if at < 0 else (part[: at + 1], part[at + 1 :])
    lines = head.split(b"\n")
    told = {name: line[len(name) + 1 :] for line in lines[1:] for name in _NAMES if line.startswith(name + b" ")}
    is_new, is_gone = b"new file mode" in told, b"deleted file mode" in told
    old, new = _names(lines[0], told)
    status: Status = (
        "added" if is_new else
        "deleted" if is_gone else
        "renamed" if b"rename to" in told else
        "copied" if b"copy to" in told else
        "modified"
    )  # fmt: skip
    return FileDiff(
        None if is_new else old,
        None if is_gone else new,
        status,
        tuple(_hunks(body)),
        is_binary=any(line.startswith((b"Binary files ", b"GIT binary patch")) for line in lines[1:]),
    )


_NAMES = (
    b"new file mode", b"deleted file mode", b"rename from", b"rename to", b"copy from", b"copy to", b"---", b"+++",
)  # fmt: skip


def _names(first: bytes, told: Mapping[bytes, bytes]) -> tuple[str, str]:
    for before, after in ((b"rename from", b"rename to"), (b"copy from", b"copy to")):
        if before in told and after in told:
            return unquoted(told[before]), unquoted(told[after])
    sides = [_bare(told[name]) for name in (b"---", b"+++") if name in told]
    named = [name for name in sides if name != _NULL]
    if named:
        return named[0], named[-1]
    # Nothing but the first line names it, with the same path twice: `a/PATH b/PATH`.
    both = first.removeprefix(b"diff --git ")
    path = _bare(both[: (len(both) - 1) // 2])
    return path, path


def _bare(name: bytes) -> str:
    """Without the letter that git puts before it."""
    path = unquoted(name.removesuffix(b"\t"))
    return path[2:] if path[:2] in ("a/", "b/") else path


def _hunks(body: bytes) -> Iterator[Hunk]:
    at = 0
    while at < len(body):
        end = body.find(b"\n", at)
        found = _HUNK.match(body[at : end if end >= 0 else len(body)])
        if found is None:
            break  # a mail's signature, the next mail
        old, olds, new, news = (int(number) if number is not None else 1 for number in found.groups()[:4])
        start = end + 1 if end >= 0 else len(body)
        at = _end(body, start, olds, news)
        yield Hunk(old, olds, new, news, found[5].decode("utf-8", "replace").strip(), body[start:at])


def _end(body: bytes, at: int, olds: int, news: int) -> int:
    """Where a hunk ends that has so many lines on either side."""
    while olds > 0 or news > 0:
        sign = body[at : at + 1]
        end = body.find(b"\n", at)
        if not sign or (end < 0 and (olds, news) != (sign in b" -", sign in b" +")):
            raise NotAPatch("a hunk ends before the lines that it announces")
        if sign in (b" ", b"-", b"\n"):
            olds -= 1
        if sign in (b" ", b"+", b"\n"):
            news -= 1
        at = end + 1 if end >= 0 else len(body)
    while body.startswith(b"\\", at):
        end = body.find(b"\n", at)
        at = end + 1 if end >= 0 else len(body)
    return at


def of_ranges(files: Mapping[str, Sequence[tuple[int, int, int, int]]]) -> DiffIndex:
    """Of the numbers of hunks alone, as platforms tell them: old start and size, new start and size, by path."""
    return DiffIndex(
        tuple(
            FileDiff(path, path, "modified", tuple(Hunk(*ranges) for ranges in hunks)) for path, hunks in files.items()
        )
    )
