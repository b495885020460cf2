"""What all formats share: a model's reply as lines, its fences, the files that it names, and why it is no edit."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from difflib import get_close_matches
from typing import Protocol

from swe_agent.core.edit import Edit, Kind
from swe_agent.edits.refusal import Reason, Refused

FENCE = re.compile(r"^[ \t]*(`{3,}|~{3,})[ \t]*([\w+#.:/-]*)[^`]*$")
_NEAR = 3
_DECORATION = " \t*#:`\"'<>()"


class Malformed(Exception):
    """The reply is no edit, or half of one."""

    def __init__(self, reason: Reason, said: str, do: str, path: str = "") -> None:
        super().__init__(said)
        self.refusal = Refused(reason=reason, said=said, do=do, path=path)


def no_such_file(name: str, files: Collection[str]) -> Malformed:
    """With the files whose names are nearest."""
    base = name.rpartition("/")[2]
    same = sorted(path for path in files if path.rpartition("/")[2] == base)
    near = same or get_close_matches(name, files, n=_NEAR)
    do = f"did you mean {' or '.join(near[:_NEAR])}?" if near else "name a file of the tree, by its path from the top"
    return Malformed(Reason.MISSING_FILE, f"there is no file `{name}`", do)


class Format(Protocol):
    """One way in which models write edits."""

    name: str

    def is_there(self, reply: str) -> bool:
        """Whether the reply holds marks of the format."""

    def parse(self, reply: str, files: Collection[str]) -> tuple[Edit, ...]:
        """The edits in order. `files` are those of the tree, which paths are read by. Malformed for half an edit."""


def lines_of(reply: str) -> list[str]:
    """Without their ends: those of the file decide how new lines end."""
    return [line.removesuffix("\r") for line in reply.split("\n")]


_KINDS = {"-": Kind.GOES, "+": Kind.COMES}
Typed = tuple[tuple[Kind, str], ...]


def typed(body: Sequence[str], *, bare: bool = False) -> Typed:
    """The lines of a hunk with what becomes of them; `bare` where those that stay have no mark."""
    return tuple(
        (_KINDS[line[0]], line[1:]) if line[:1] in ("+", "-") else (Kind.STAYS, line if bare else line[1:])
        for line in body
        if not line.startswith("\\")
    )


def unmarked(lines: Typed, body: Sequence[str]) -> Typed:
    """The other reading of a hunk in which every line that stays begins with a space: that it is the file's own."""
    other = typed(without_end(body), bare=True)
    return other if other != lines else ()


def without_end(body: Sequence[str]) -> list[str]:
    """Without blank lines at the end, and what is said after one of them that looks like no line of a diff."""
    last = max((at for at, line in enumerate(body) if line[:1] in ("+", "-", " ", "\\")), default=-1)
    kept = list(body if any(line.strip() for line in body[last + 1 : last + 2]) else body[: last + 1])
    while kept and not kept[-1]:
        kept.pop()
    return kept


def fenced(lines: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """Where each fenced block begins and ends (without its fences), and whether it was closed ("" if not)."""
    at = 0
    while at < len(lines):
        if opening := FENCE.match(lines[at]):
            marks = opening[1]
            end = next(
                (
                    n
                    for n in range(at + 1, len(lines))
                    if lines[n].strip().startswith(marks) and not lines[n].strip(marks[0] + " \t")
                ),
                None,
            )
            yield at + 1, len(lines) if end is None else end, "" if end is None else marks
            at = len(lines) if end is None else end + 1
        else:
            at += 1


def path_in(said: str, files: Collection[str], *, new: bool = False) -> str:
    """The file that a line names. One that exists is found by its path, or by the end of it where that fits one file
    only; with `new` a path that does not exist is taken as it is. "" where the line names none."""
    name = said.strip().strip(_DECORATION).strip()
    name = re.sub(r"^(?:file|path|filename|filepath)\s*:\s*", "", name, flags=re.IGNORECASE).strip(_DECORATION)
    name = name.removeprefix("./").replace("\\", "/")
    if not name or name.endswith("/") or len(name) > 400 or "\0" in name:
        return ""
    if name in files:
        return name
    for prefix in ("a/", "b/"):
        if name.startswith(prefix) and name[2:] in files:
            return name[2:]
    if not new or "/" not in name:
        fitting = [path for path in files if path.endswith(f"/{name}")]
        if len(fitting) == 1:
            return fitting[0]
    return name if new and _looks_like_a_path(name) else ""


def _looks_like_a_path(name: str) -> bool:
    return bool(re.fullmatch(r"[^\s<>|\"?*:()]+", name)) and ("/" in name or bool(re.search(r"\.\w{1,8}$", name)))
