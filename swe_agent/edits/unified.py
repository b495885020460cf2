"""Unified diffs as models write them: with counts that are wrong or missing, bare `@@`, prose and fences around.

Line numbers are hints, counts are not believed but for one thing: whether the reply ends before its last hunk does.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise

from swe_agent.core.edit import Change, Create, Delete, Edit, Hunk, Kind, Mode, Move
from swe_agent.edits.refusal import Reason
from swe_agent.edits.reply import Malformed, fenced, lines_of, no_such_file, path_in, typed, unmarked, without_end

_OLD = re.compile(r"^--- (?:\"?(?P<path>[^\t\"]+?)\"?)(?:\t.*)?\s*$")
_NEW = re.compile(r"^\+\+\+ (?:\"?(?P<path>[^\t\"]+?)\"?)(?:\t.*)?\s*$")
_GIT = re.compile(r"^diff --git \"?(?:a/)?(?P<old>.+?)\"? \"?(?:b/)?(?P<new>.+?)\"?\s*$")
_HUNK = re.compile(r"^@@(?: -(?P<old>\d+)(?:,(?P<olds>\d+))? \+(?P<new>\d+)(?:,(?P<news>\d+))? @@)?(?P<said>.*)$")
_EXTENDED = re.compile(
    r"^(?:index |new file mode |deleted file mode |old mode |new mode |similarity index |dissimilarity )"
)
_EXECUTABLE = "100755"
_MODES = ("100644", _EXECUTABLE)
_NULL = "/dev/null"
_WITHOUT_HUNKS = ("rename to ", "deleted file mode", "new mode ", "new file mode ", "Binary files ", "GIT binary")
_SHORT = 3
"""So many lines fewer than were announced are no miscount."""


@dataclass(kw_only=True)
class _File:
    old: str = ""
    new: str = ""
    made: bool = False
    gone: bool = False
    mode: str = ""
    """The new one, where it is said."""
    binary: bool = False
    hunks: list[_Body] = field(default_factory=list)


@dataclass(kw_only=True)
class _Body:
    head: re.Match[str]
    lines: list[str] = field(default_factory=list)


class Unified:
    name = "unified"

    def is_there(self, reply: str) -> bool:
        lines = lines_of(reply)
        headed = any(_OLD.match(one) and _NEW.match(two) for one, two in pairwise(lines))
        return (headed or any(map(_GIT.match, lines))) and (
            any(map(_HUNK.match, lines)) or any(line.startswith(_WITHOUT_HUNKS) for line in lines)
        )

    def parse(self, reply: str, files: Collection[str]) -> tuple[Edit, ...]:
        lines, closed = _diff_lines(reply)
        found = list(_files(lines))
        if not found:
            raise Malformed(Reason.MALFORMED, "the diff names no file", "begin it with `--- a/PATH` and `+++ b/PATH`")
        last = found[-1].hunks[-1] if found[-1].hunks else None
        if last is not None and _is_cut(last, closed=closed):
            raise Malformed(Reason.TRUNCATED, "the last hunk ends before it is whole", "send the diff again, all of it")
        return tuple(edit for file in found for edit in _edits(file, files))


def _diff_lines(reply: str) -> tuple[list[str], bool]:
    """The lines of the diff, and whether something follows that shows that it is whole."""
    lines = lines_of(reply)
    blocks = [(start, end, marks) for start, end, marks in fenced(lines) if any(map(_begins, lines[start:end]))]
    if not blocks:
        return lines[:-1] if lines[-1:] == [""] else lines, False
    return [line for start, end, _ in blocks for line in lines[start:end]], bool(blocks[-1][2])


def _begins(line: str) -> bool:
    return bool(_GIT.match(line) or _OLD.match(line) or _HUNK.match(line))


def _files(lines: Sequence[str]) -> Iterator[_File]:
    file: _File | None = None
    at = 0
    while at < len(lines):
        line = lines[at]
        old, new = _OLD.match(line), _NEW.match(lines[at + 1]) if at + 1 < len(lines) else None
        if git := _GIT.match(line):
            if file:
                yield file
            file = _File(old=git["old"], new=git["new"])
        elif old and new:
            if file is None or file.hunks:
                if file:
                    yield file
                file = _File()
            file.old, file.new = old["path"], new["path"]
            at += 1
        elif file is not None:
            _take(file, line)
        at += 1
    if file:
        yield file


def _take(file: _File, line: str) -> None:
    """A line below the head of a file: of a hunk, or what git says of its mode and name."""
    if head := _HUNK.match(line):
        file.hunks.append(_Body(head=head))
    elif file.hunks:
        file.hunks[-1].lines.append(line)
    elif line.startswith("rename from "):
        file.old = line.removeprefix("rename from ")
    elif line.startswith("rename to "):
        file.new = line.removeprefix("rename to ")
    else:
        file.made |= line.startswith("new file mode")
        file.gone |= line.startswith("deleted file mode")
        if line.startswith(("new mode ", "new file mode ")):
            file.mode = line.split()[-1]
        file.binary |= line.startswith(("Binary files ", "GIT binary patch"))


def _edits(file: _File, files: Collection[str]) -> Iterator[Edit]:
    if file.binary or file.mode not in ("", *_MODES):
        what = "a binary file" if file.binary else f"mode {file.mode}, a link or a submodule"
        raise Malformed(Reason.MALFORMED, f"the diff of {file.new} is of {what}", "leave it out: only text is edited")
    if file.made or file.old == _NULL:
        path = path_in(file.new, files, new=True).removeprefix("b/")
        lines = [line for body in file.hunks for line in body.lines]
        if not path:
            raise Malformed(
                Reason.NO_FILE, f"`{file.new}` is not the path of a file", "name files from the top of the tree"
            )
        text = "".join(f"{line[1:]}\n" for line in lines if line.startswith("+"))
        ends = any(line.startswith("\\") for line in lines)
        text = text.removesuffix("\n") if ends else text
        yield Create(path=path, text=text, executable=file.mode == _EXECUTABLE)
        return
    path = path_in(file.old, files) or path_in(file.new, files)
    if not path:
        raise no_such_file(file.old.removeprefix("a/"), files)
    if file.gone or file.new == _NULL:
        yield Delete(path=path)
        return
    if file.mode:
        yield Mode(path=path, executable=file.mode == _EXECUTABLE)
    hunks = [hunk for body in file.hunks for hunk in _hunks(body)]
    if hunks:
        yield Change(path=path, hunks=tuple(hunks))
    to = file.new.removeprefix("b/")
    if to not in (path, file.old, file.old.removeprefix("a/")) and not path_in(file.new, files):
        yield Move(path=path, to=to)


def _hunks(body: _Body) -> Iterator[Hunk]:
    lines, ends = _typed(body.lines)
    if not any(kind is not Kind.STAYS for kind, _ in lines):
        return
    line = int(body.head["old"]) if body.head["old"] else None
    under = () if line is not None else _anchor(body.head["said"])
    yield Hunk(lines=lines, line=line, under=under, final_newline=ends, unmarked=unmarked(lines, body.lines))


def _anchor(said: str) -> tuple[str, ...]:
    text = said.strip().removesuffix("@@").strip()
    return (text,) if text and text.strip(". …") else ()


def _typed(body: Sequence[str]) -> tuple[tuple[tuple[Kind, str], ...], bool | None]:
    """Lines with what becomes of them; and how the file ends, where a marker says so."""
    body = without_end(body)
    lines = typed(body, bare=any(line[:1] not in ("", " ", "+", "-", "\\") for line in body))
    ended = [typed(body[at - 1 : at])[0][0] for at, line in enumerate(body) if line.startswith("\\") and at]
    if not ended or Kind.STAYS in ended or len(set(ended)) > 1:
        return lines, None
    return lines, ended[0] is Kind.GOES


def _is_cut(body: _Body, *, closed: bool) -> bool:
    """Whether the reply ends within this hunk."""
    if closed or body.head["old"] is None:
        return False
    lines, _ = _typed(body.lines)
    olds = sum(kind is not Kind.COMES for kind, _ in lines)
    news = sum(kind is not Kind.GOES for kind, _ in lines)
    blank = len(body.lines) - len(without_end(body.lines))  # lines that stay, if they lost their mark
    short = max(int(body.head["olds"] or 1) - olds, int(body.head["news"] or 1) - news) - blank
    runs = [(kind, len(list(run))) for kind, run in groupby(kind for kind, _ in lines)]
    above, below = ([count if kind is Kind.STAYS else 0 for kind, count in (runs[0], runs[-1])]) if runs else (1, 0)
    return short >= _SHORT or (short > 0 and below < max(above, 1))
