"""Unified diffs as models write them: with counts that are wrong or missing, bare `@@`, prose and fences around.

Line numbers are hints, counts are not believed but for one thing: whether the reply ends before its last hunk does.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from swe_agent.core.edit import Change, Create, Delete, Edit, Hunk, Kind, Mode, Move
from swe_agent.edits.refusal import Reason
from swe_agent.edits.reply import (
    FENCE,
    Malformed,
    anchor,
    cleaned,
    fenced,
    lines_of,
    looks_like_a_path,
    new_path,
    no_such_file,
    path_in,
    path_of,
    text_of,
    typed,
    unmarked,
    without_end,
)  # fmt: skip

_NAME = r"(?P<path>\"(?:[^\"\\]|\\.)*\"|[^\t]+?)(?:\t.*|\s+\d{4}-\d\d-\d\d.*)?\s*$"
_OLD = re.compile(rf"^--- {_NAME}")
_NEW = re.compile(rf"^\+\+\+ {_NAME}")
_GIT = re.compile(r"^diff --git (?P<old>\"(?:[^\"\\]|\\.)*\"|\S.*?) (?P<new>\"(?:[^\"\\]|\\.)*\"|[^\s\"][^\"]*?)\s*$")
_HUNK = re.compile(r"^@@(?: -(?P<old>\d+)(?:,(?P<olds>\d+))? \+(?P<new>\d+)(?:,(?P<news>\d+))? @@)?(?P<said>.*)$")
_EXECUTABLE = "100755"
_MODES = ("100644", _EXECUTABLE)
_NULL = "/dev/null"
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
_ABOVE = 4
_SHORT, _CONTEXT = 3, 3
"""So many lines fewer than were announced are no miscount; nor is one, where fewer lines than git shows stand below."""


@dataclass(kw_only=True)
class _File:
    old: str = ""
    new: str = ""
    made: bool = False
    gone: bool = False
    source: str = ""
    target: str = ""
    """Of a rename, without prefixes."""
    mode: str = ""
    """The new one, where it is said."""
    binary: bool = False
    copied: bool = False
    hunks: list[_Body] = field(default_factory=list)


@dataclass(kw_only=True)
class _Body:
    head: re.Match[str]
    lines: list[str] = field(default_factory=list)

    def left(self) -> tuple[int, int]:
        """How many old and new lines are still to come, if the counts are right."""
        sizes = _sizes(self)
        if sizes is None:
            return 0, 0
        gone = sum(line[:1] == "-" for line in self.lines)
        come = sum(line[:1] == "+" for line in self.lines)
        stay = sum(line[:1] not in ("-", "+", "\\") for line in self.lines)
        return sizes[0] - gone - stay, sizes[1] - come - stay


class Unified:
    name = "unified"

    def mark(self, lines: Sequence[str]) -> int | None:
        heads = (
            at
            for at, line in enumerate(lines)
            if _GIT.match(line)
            or (_OLD.match(line) and any(map(_NEW.match, lines[at + 1 : at + 2])))
            or (_NEW.match(line) and any(map(_HUNK.match, lines[at + 1 : at + 2])))
            or (_HUNK.match(line) and _begins_hunks(lines, at))
        )
        return next(heads, None)

    def parse(self, reply: str, files: Collection[str]) -> tuple[Edit, ...]:
        said = lines_of(reply)
        lines, closed = _diff_lines(said)
        found = list(_files(lines)) or list(_headless(said, files))
        if not found:
            raise Malformed(Reason.MALFORMED, "the diff names no file", "begin it with `--- a/PATH` and `+++ b/PATH`")
        last = found[-1].hunks[-1] if found[-1].hunks else None
        if last is not None and _is_cut(last, closed=closed):
            raise Malformed(Reason.TRUNCATED, "the last hunk ends before it is whole", "send the diff again, all of it")
        return tuple(edit for file in found for edit in _edits(file, files))


def _headless(lines: Sequence[str], files: Collection[str]) -> Iterator[_File]:
    """Hunks in a fence, or below a line, that names their file."""
    free = 0
    for at, line in enumerate(lines):
        if not (at >= free and _HUNK.match(line) and _begins_hunks(lines, at)):
            continue
        above = lines[max(free, at - _ABOVE) : at]
        path = next((name for one in reversed(above) if (name := path_in(one, files, among_words=True))), "")
        if not path:
            raise Malformed(
                Reason.NO_FILE, "hunks without the name of a file", "write `--- a/PATH` and `+++ b/PATH` above them"
            )
        free = next((n for n in range(at, len(lines)) if FENCE.match(lines[n])), len(lines))
        file = _File(old=path, new=path)
        for said in lines[at:free]:
            _take(file, said)
        yield file


def _begins_hunks(lines: Sequence[str], at: int) -> bool:
    """Whether a fence, or the name of a file, is right above."""
    above = next((line for line in reversed(lines[max(0, at - 2) : at]) if line.strip()), "")
    return bool(FENCE.match(above)) or looks_like_a_path(above)


def _diff_lines(lines: Sequence[str]) -> tuple[Sequence[str], bool]:
    """The lines of the diff, and whether something follows that shows that it is whole."""
    if not any(map(_NEW.match, lines)) and not any(map(_GIT.match, lines)):
        return [], False
    blocks = [(start, end, marks) for start, end, marks in fenced(lines) if any(map(_begins, lines[start:end]))]
    if not blocks:
        return lines[:-1] if lines[-1:] == [""] else lines, False
    return [line for start, end, _ in blocks for line in lines[start:end]], bool(blocks[-1][2])


def _begins(line: str) -> bool:
    return bool(_GIT.match(line) or _OLD.match(line) or _NEW.match(line) or _HUNK.match(line))


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
        elif old and new and not _in_hunk(file, lines, at):
            if file is None or file.hunks:
                if file:
                    yield file
                file = _File()
            file.old, file.new = old["path"], new["path"]
            at += 1
        elif (alone := _NEW.match(line)) and any(map(_HUNK.match, lines[at + 1 : at + 2])) and not _open(file):
            if file:
                yield file
            file = _File(old=alone["path"], new=alone["path"])
        elif file is not None:
            _take(file, line)
        at += 1
    if file:
        yield file


def _in_hunk(file: _File | None, lines: Sequence[str], at: int) -> bool:
    """Whether what looks like the head of a file is a line that goes and one that comes: the counts say so, or no hunk
    follows."""
    if file is None or not file.hunks:
        return False
    return file.hunks[-1].left() == (1, 1) or not any(map(_HUNK.match, lines[at + 2 : at + 3]))


def _open(file: _File | None) -> bool:
    """Whether new lines are still to come by the counts."""
    return file is not None and bool(file.hunks) and file.hunks[-1].left()[1] > 0


def _take(file: _File, line: str) -> None:
    """A line below the head of a file: of a hunk, or what git says of its mode and name."""
    if head := _HUNK.match(line):
        file.hunks.append(_Body(head=head))
    elif file.hunks:
        file.hunks[-1].lines.append(line)
    elif line.startswith("rename from "):
        file.source = line.removeprefix("rename from ")
    elif line.startswith("rename to "):
        file.target = line.removeprefix("rename to ")
    else:
        file.made |= line.startswith("new file mode")
        file.gone |= line.startswith("deleted file mode")
        if line.startswith(("new mode ", "new file mode ")):
            file.mode = line.split()[-1]
        file.copied |= line.startswith("copy from ")
        file.binary |= line.startswith(("Binary files ", "GIT binary patch"))


def _edits(file: _File, files: Collection[str]) -> Iterator[Edit]:
    if file.binary or file.mode not in ("", *_MODES):
        what = "a binary file" if file.binary else f"mode {file.mode}, a link or a submodule"
        raise Malformed(Reason.MALFORMED, f"the diff of {file.new} is of {what}", "leave it out: only text is edited")
    if file.copied:  # taken for a move, the file that it is a copy of would go
        raise Malformed(
            Reason.MALFORMED, f"the diff of {file.new} copies another file", "give the new file as a whole instead"
        )
    old, new = _names(file)
    if file.made or file.old == _NULL:
        text = text_of([line for body in file.hunks for line in body.lines])
        yield Create(path=new_path(new), text=text, executable=file.mode == _EXECUTABLE)
        return
    path = _path(file.old, old, files) or _path(file.new, new, files)
    if not path:
        raise no_such_file(cleaned(old), files)
    if file.gone or file.new == _NULL:
        holds = tuple(text for body in file.hunks for kind, text in _typed(body.lines)[0] if kind is Kind.GOES)
        yield Delete(path=path, holds=holds)
        return
    if file.mode:
        yield Mode(path=path, executable=file.mode == _EXECUTABLE)
    hunks = [hunk for body in file.hunks for hunk in _hunks(body)]
    if hunks:
        yield Change(path=path, hunks=tuple(hunks))
    if new not in (old, path) and (file.target or _path(file.old, old, files)):
        yield Move(path=path, to=new_path(new))


def _names(file: _File) -> tuple[str, str]:
    """Without the prefixes of git, which stand on both or beside no file."""
    if file.target:
        return unquoted(file.source or file.old), unquoted(file.target)
    old, new = (unquoted(name).replace("\\", "/") for name in (file.old, file.new))
    prefixed = [name == _NULL or name.startswith(prefix) for name, prefix in ((old, "a/"), (new, "b/"))]
    if all(prefixed):
        return old.removeprefix("a/"), new.removeprefix("b/")
    if old == new:
        bare = old.removeprefix("b/")
        return bare, bare
    (before, _, one), (after, _, other) = (name.partition("/") for name in (old, new))
    return (one, other) if one == other and before != after and one else (old, new)


def _path(said: str, name: str, files: Collection[str]) -> str:
    """The file of the tree: without the prefix if there is such a one, else as it stands there."""
    if name in files:
        return name
    whole = unquoted(said)
    return whole if whole in files else path_of(name, files)


def unquoted(name: str) -> str:
    """A name as git writes it, in quotes and with octal escapes of its bytes where it is not plain ASCII."""
    if len(name) < len('""') or not (name.startswith('"') and name.endswith('"')):
        return name

    def byte(match: re.Match[str]) -> str:
        said = match[1]
        return chr(int(said, 8) & 0xFF) if said.isdigit() else _ESCAPES.get(said, said)

    escaped = re.sub(r"\\([0-7]{1,3}|.)", byte, name[1:-1].encode("utf-8", "surrogateescape").decode("latin-1"))
    return escaped.encode("latin-1").decode("utf-8", "surrogateescape")


def _hunks(body: _Body) -> Iterator[Hunk]:
    lines, ends = _typed(body.lines)
    if not lines:
        return
    line = int(body.head["old"]) if body.head["old"] else None
    under = () if line is not None else anchor(body.head["said"])
    yield Hunk(
        lines=lines,
        line=line,
        sizes=_sizes(body),
        under=under,
        final_newline=ends,
        unmarked=unmarked(lines, body.lines),
    )


def _sizes(body: _Body) -> tuple[int, int] | None:
    return None if body.head["old"] is None else (int(body.head["olds"] or 1), int(body.head["news"] or 1))


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
    lines, _ = _typed(body.lines)
    sizes = _sizes(body)
    if sizes is None:
        return False
    if all(kind is Kind.STAYS for kind, _ in lines) and sizes != (len(lines), len(lines)):
        return True  # it ends before the change that it announces
    if closed:
        return False
    olds = sum(kind is not Kind.COMES for kind, _ in lines)
    news = sum(kind is not Kind.GOES for kind, _ in lines)
    blank = len(body.lines) - len(without_end(body.lines))  # lines that stay, if they lost their mark
    short = max(sizes[0] - olds, sizes[1] - news) - blank
    below = next((at for at, (kind, _) in enumerate(reversed(lines)) if kind is not Kind.STAYS), len(lines))
    return short >= _SHORT or (short > 0 and below < _CONTEXT)
