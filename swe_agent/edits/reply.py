"""What all formats share: a model's reply as lines, its fences, the files that it names, and why it is no edit."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from difflib import get_close_matches
from typing import Protocol

from swe_agent.core.edit import Edit, Kind
from swe_agent.edits.indents import indent_of
from swe_agent.edits.refusal import Reason, Refused

FENCE = re.compile(r"^[ \t]*(`{3,}|~{3,})[ \t]*([\w+#.:/-]*)[^`]*$")
_NEAR = 3
_INDENTED = re.compile(r"^[ \t]+(?:`{3}|~{3})", re.MULTILINE)
_EDIT = re.compile(r"diff --git |--- |\+\+\+ |@@|\*\*\* |<{5,9}")
_LONGEST = 400
_VERSION = re.compile(r"\d+\.\d+")
_DRIVE = re.compile(r"[A-Za-z]:[\\/]")
_NAMED = re.compile(r"(?:[^/\s]+/)+[^/]*\.\w{1,8}")
_DECORATION = " \t*#:`\"'<>()"


class Malformed(Exception):
    """The reply is no edit, or half of one."""

    def __init__(self, reason: Reason, said: str, do: str, path: str = "") -> None:
        super().__init__(said)
        self.refusal = Refused(reason=reason, said=said, do=do, path=path)


def no_such_file(name: str, files: Collection[str]) -> Malformed:
    """With the files whose names are nearest."""
    require_inside(name)
    base = name.rpartition("/")[2]
    same = sorted(path for path in files if path.rpartition("/")[2] == base)
    near = same or get_close_matches(name, files, n=_NEAR)
    do = f"did you mean {' or '.join(near[:_NEAR])}?" if near else "name a file of the tree, by its path from the top"
    return Malformed(Reason.MISSING_FILE, f"there is no file `{name}`", do)


def ambiguous_name(name: str, files: Collection[str]) -> Malformed:
    """For a name without folders that several files have."""
    fitting = sorted(path for path in files if path.endswith(f"/{name}"))
    said = f"`{name}` may be {', '.join(fitting[:_NEAR])}" + (", …" if len(fitting) > _NEAR else "")
    return Malformed(Reason.AMBIGUOUS, said, "name the file by its path from the top")


def require_inside(path: str) -> None:
    """Malformed for a path that leads out of the tree, or to git's own."""
    parts = path.replace("\\", "/").lower().split("/")
    if path.startswith(("/", "\\")) or _DRIVE.match(path) or not {"..", ".", "", ".git"}.isdisjoint(parts):
        do = "name files from its top, such as src/cart.py"
        raise Malformed(Reason.OUTSIDE, f"`{path}` is no path of the tree", do)


class Format(Protocol):
    """One way in which models write edits."""

    name: str

    def mark(self, lines: Sequence[str]) -> int | None:
        """The first line (from 0) that belongs to the format and to no other text; None where there is none."""

    def parse(self, reply: str, files: Collection[str]) -> tuple[Edit, ...]:
        """The edits in order. `files` are those of the tree, which paths are read by. Malformed for half an edit."""


def lines_of(reply: str) -> list[str]:
    """Without their ends: those of the file decide how new lines end. An edit in a fence that is indented, as in a
    list, loses the indentation of the fence."""
    lines = [line.removesuffix("\r") for line in reply.split("\n")]
    for start, end, _ in list(fenced(lines)) if _INDENTED.search(reply) else ():
        indent = len(indent_of(lines[start - 1]))
        first = next((line for line in lines[start:end] if line.strip()), "")
        if indent and _EDIT.match(first[indent:]) and not first[:indent].strip():
            lines[start - 1 : end + 1] = [undented(line, indent) for line in lines[start - 1 : end + 1]]
    return lines


def undented(line: str, indent: int) -> str:
    """Without so much white space in front, or as much of it as there is."""
    return line[min(indent, len(indent_of(line))) :]


def anchor(said: str) -> tuple[str, ...]:
    """The line further up that a hunk names behind `@@`; dots name none."""
    text = said.strip().removesuffix("@@").strip()
    return (text,) if text and text.strip(". …") else ()


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


def text_of(body: Sequence[str]) -> str:
    """What a new file holds, by lines that come; blank ones may have lost their mark, and others not."""
    lines = without_end(body)
    for line in lines:
        if line.strip() and line[:1] not in ("+", "\\"):
            raise Malformed(
                Reason.MALFORMED, f"a line of a new file has no `+` in front: `{line}`", "mark each line of it"
            )
    text = "".join(f"{line[1:]}\n" for line in lines if not line.startswith("\\"))
    return text.removesuffix("\n") if any(line.startswith("\\") for line in lines) else text


def without_end(body: Sequence[str]) -> list[str]:
    """Without blank lines at the end, and what is said after one of them that looks like no line of a diff."""
    body = body[: _signature(body)]
    last = max((at for at, line in enumerate(body) if line[:1] in ("+", "-", " ", "\\")), default=-1)
    kept = list(body if any(line.strip() for line in body[last + 1 : last + 2]) else body[: last + 1])
    while kept and not kept[-1]:
        kept.pop()
    return kept


def _signature(body: Sequence[str]) -> int:
    """Where the version of git begins that ends a patch in a mail."""
    return next(
        (at for at in range(len(body) - 1) if body[at].rstrip() == "--" and _VERSION.match(body[at + 1])), len(body)
    )


def fenced(lines: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """Where each fenced block begins and ends (without its fences), and what closed it ("" where nothing did).

    A fence that says a language opens another block within; one that is indented further than the first is content.
    """
    at = 0
    while at < len(lines):
        opening = FENCE.match(lines[at])
        end = _closing(lines, at, opening) if opening else at
        if opening:
            yield at + 1, len(lines) if end is None else end, "" if end is None else opening[1]
        at = len(lines) if end is None else end + 1


def _closing(lines: Sequence[str], at: int, opening: re.Match[str]) -> int | None:
    indent, depth = len(indent_of(lines[at])), 1
    for number in range(at + 1, len(lines)):
        line = lines[number]
        if opening[1] not in line or not line.lstrip().startswith(opening[1]) or len(indent_of(line)) > indent:
            continue
        if not line.strip().strip(opening[1][0]):
            depth -= 1
        elif FENCE.match(line):
            depth += 1
        if not depth:
            return number
    return None


def cleaned(said: str) -> str:
    """A path without what is written around it."""
    name = said.strip().strip(_DECORATION).strip()
    name = re.sub(r"^(?:file|path|filename|filepath)\s*:\s*", "", name, flags=re.IGNORECASE).strip(_DECORATION)
    return name.replace("\\", "/").removeprefix("./")


def path_of(said: str, files: Collection[str]) -> str:
    """The file of the tree that a head names: by its path, or by the end of it where that fits one file only. "" where
    there is none."""
    name = cleaned(said)
    return _existing(name, files) or (_existing(name[2:], files) if name[:2] in ("a/", "b/") else "")


def new_path(said: str) -> str:
    """The path that a head gives to a new file, as it is."""
    name = said.strip().strip("`\"'").replace("\\", "/").removeprefix("./")
    require_inside(name)
    if name.endswith("/") or len(name) > _LONGEST or "\0" in name:
        raise Malformed(Reason.NO_FILE, f"`{said}` is not the path of a file", "name files from the top of the tree")
    return name


def path_in(said: str, files: Collection[str], *, new: bool = False, among_words: bool = False) -> str:
    """The file that a line names, alone, or `among_words` where one of them is a path of the tree. With `new` a path
    that does not exist is taken as it is. "" where the line names none."""
    name = cleaned(said)
    if not name or name.endswith("/") or len(name) > _LONGEST or "\0" in name:
        return ""
    if not new or "/" not in name:
        found = path_of(said, files)
    else:
        found = name if name in files else name[2:] if name[:2] in ("a/", "b/") and name[2:] in files else ""
    if found:
        return found
    words = {cleaned(word) for word in said.split()} & set(files) if among_words else set()
    if len(words) == 1:
        return words.pop()
    return name if new and not words and looks_like_a_path(said) else ""


def named_by(fence: re.Match[str]) -> str:
    """What the opening of a fence says besides a language: behind a colon, or with a slash."""
    said = fence[2]
    return said.partition(":")[2] or (said if "/" in said else "")


def named_file(lines: Sequence[str], start: int) -> str:
    """The path that the fence whose text begins at a line has in its opening or right above, on a line of its own."""
    opening = FENCE.match(lines[start - 1])
    said = named_by(opening) if opening else ""
    above = next((line for line in reversed(lines[max(0, start - 3) : start - 1]) if line.strip()), "")
    return next((cleaned(one) for one in (said, above) if one and looks_like_a_path(one)), "")


def _existing(name: str, files: Collection[str]) -> str:
    if name in files:
        return name
    fitting = [path for path in files if path.endswith(f"/{name}")] if name else []
    return fitting[0] if len(fitting) == 1 else ""


def looks_like_a_path(said: str) -> bool:
    """Whether a line can be nothing but the name of a file."""
    name = cleaned(said)
    quoted = said.strip() != name and said.strip().strip("*#: \t")[:1] in "`\"'"
    if re.search(r"[<>|\"?*()\0]", name) or (re.search(r"\s", name) and not (quoted or _NAMED.fullmatch(name))):
        return False
    return quoted or "/" in name or bool(re.search(r"\.\w{1,8}$", name))
