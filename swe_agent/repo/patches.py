"""Patches, as git, diff and mail programs write them, read as bytes: whether something is one, the mails in it, what it
says that no text can, and what it only mentions. Whether one fits is for git to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_HEAD = re.compile(rb"^(?:diff --git |--- [^\n]+\n\+\+\+ [^\n]+\n@@ -)", re.MULTILINE)
_OF_REPLIES = re.compile(
    rb"^(?:```|~~~|<{5,9} ?SEARCH|\*\*\* (?:Begin|Update|Add|Delete|Replace|Insert|Rename) )", re.M
)
"""What stands around the edits of a model. Of such a reply git would read only a part."""
_MAIL = re.compile(rb"^From [^\n]*\d\d:\d\d:\d\d [^\n]*\d{4}[^\n]*\n(?=[A-Za-z][A-Za-z-]*: )", re.MULTILINE)
_HEADERS = re.compile(rb"\A(?:[A-Za-z][A-Za-z-]*:[^\n]*\n(?:[ \t][^\n]*\n)*)+\r?\n")
_ENCODED = re.compile(rb"^Content-Transfer-Encoding: *base64", re.IGNORECASE | re.MULTILINE)
_COVER = re.compile(rb"^Subject: \[[^\]\n]*\b0+/\d+\]", re.IGNORECASE | re.MULTILINE)
_SUBJECT = re.compile(rb"^Subject:", re.IGNORECASE | re.MULTILINE)
_SHOWN = re.compile(
    rb"\Acommit [0-9a-f]{7,64}[^\n]*\n(?:[A-Z][A-Za-z]*: [^\n]*\n)*\n(?P<message>(?:(?:    [^\n]*)?\n)*)"
)
_AUTHOR = re.compile(rb"^Author: +([^\n]+)$", re.MULTILINE)

_NO_TEXT = re.compile(
    rb"^(?:GIT binary patch|Binary files [^\n]* differ|copy from |(?:old|new|new file|deleted file) mode 1[26]0000"
    rb"|index [0-9a-f]+\.\.[0-9a-f]+ 1[26]0000)",
    re.MULTILINE,
)
_MENTIONED = re.compile(
    rb"^(?:Only in [^\n]+: [^\n]+|Submodule [^\n]+ [0-9a-f]{7,}\.{2,3}[0-9a-f]{7,}[^\n]*|diff --(?:cc|combined) [^\n]+"
    rb"|\* Unmerged path [^\n]+)",
    re.MULTILINE,
)
_FILES = re.compile(rb"^ (\d+) files? changed", re.MULTILINE)
_HUNK = re.compile(rb"@@ -(?P<at>\d+)(?:,(?P<olds>\d+))? \+\d+(?:,(?P<news>\d+))? @@")
_GIT = b"diff --git "
_OPENINGS = (_GIT, b"@@ -")
_BEGINS = (*_OPENINGS, b"--- ")
_EMPTY = (
    b"e69de29bb2d1d6434b8b29ae775ad8c2e48c5391",
    b"473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813",
)
"""The blob of no bytes."""
_IDS = re.compile(rb"index ([0-9a-f]{7,64})\.\.([0-9a-f]{7,64})")
_NULL = b"/dev/null"


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A mail with a patch, or a patch alone."""

    data: bytes
    mail: bool

    @property
    def cover(self) -> bool:
        """Whether it is the letter before the patches, number 0 of them, which holds none."""
        headers = _HEADERS.match(_MAIL.sub(b"", self.data, count=1)) if self.mail else None
        return headers is not None and _COVER.search(headers[0]) is not None


def is_patch(data: bytes) -> bool:
    """Whether it has the heads of a patch, and is no reply that holds a patch among other things."""
    if _is_mail(data):
        return _HEAD.search(data) is not None or _ENCODED.search(data) is not None
    return _HEAD.search(data) is not None and _OF_REPLIES.search(data) is None


def pieces(data: bytes) -> tuple[Piece, ...]:
    """The mails in a row, in order; one piece where it is no mail."""
    starts = [found.start() for found in _MAIL.finditer(data)]
    if not starts:
        return (Piece(data=data, mail=_is_mail(data)),)
    before = [Piece(data=data[: starts[0]], mail=False)] if _HEAD.search(data[: starts[0]]) else []
    ends = [*starts[1:], len(data)]
    return (*before, *(Piece(data=data[at:end], mail=True) for at, end in zip(starts, ends, strict=True)))


def _is_mail(data: bytes) -> bool:
    headers = _HEADERS.match(data)
    return _MAIL.match(data) is not None or (headers is not None and _SUBJECT.search(headers[0]) is not None)


def message_of(shown: bytes) -> tuple[str, str]:
    """The message and the author of what `git show` and `git log -p` print; both empty for all else."""
    found = _SHOWN.match(shown)
    if found is None:
        return "", ""
    lines = found["message"].decode("utf-8", "replace").split("\n")
    author = _AUTHOR.search(found[0])
    text = "\n".join(line.removeprefix("    ") for line in lines).strip()
    return text, author[1].decode("utf-8", "replace") if author else ""


def is_beyond_text(data: bytes) -> bool:
    """Whether it changes what is no text: a binary file, a symbolic link, a submodule, or a file that is copied."""
    return _NO_TEXT.search(data) is not None


def left_out(data: bytes) -> str:
    """The first change that it mentions and does not hold, which git would pass over in silence; empty where it holds
    all that it speaks of."""
    if mentioned := _MENTIONED.search(data):
        return mentioned[0].decode("utf-8", "replace")
    git = _HEAD.search(data)
    if git is not None and not git[0].startswith(b"diff") and (binary := _NO_TEXT.search(data)):
        return binary[0].decode("utf-8", "replace")  # as `diff -r` says it, beside the patches of other files
    return ""


def is_cut(patch: bytes, *, listed: bool = False) -> bool:
    """Whether it ends within the head of a file or a hunk, which git takes for words after the end; or, where its files
    are `listed` above it, as in a mail, before the last one."""
    lines = patch.rstrip(b"\r\n").split(b"\n")
    outside = tuple(_outside_hunks(lines))
    last = outside[-1][1] if outside and outside[-1][0] == len(lines) - 1 else b""
    ended = patch.endswith(b"\n")
    if last and any(last.startswith(head) if ended else head.startswith(last[: len(head)]) for head in _OPENINGS):
        return True
    git = next((at for at, line in reversed(outside) if line.startswith(_GIT)), None)
    if git is not None and (_is_head_alone(lines[git:]) or (not ended and _is_half_a_name(lines[git], last))):
        return True
    told = _FILES.findall(patch.partition(b"\ndiff --git ")[0]) if listed else []
    return bool(told) and sum(1 for _ in _heads(patch)) < int(told[-1])


def _is_half_a_name(head: bytes, last: bytes) -> bool:
    said = last.partition(b" to ")[2].lstrip(b'"') if last.startswith((b"rename to ", b"copy to ")) else b""
    return bool(said) and not head.endswith((b"/" + said, b" " + said, b'"' + said))


def _is_head_alone(lines: Sequence[bytes]) -> bool:
    """Whether what git says of a file announces other content than follows."""
    if any(_HUNK.match(line) or line.startswith((b"GIT binary", b"Binary files ")) for line in lines):
        return False
    ids = next((found for line in lines if (found := _IDS.match(line))), None)
    if ids is not None:
        return not any(blob.startswith(ids[2] if ids[2].strip(b"0") else ids[1]) for blob in _EMPTY)
    same = all(b"100%" in line for line in lines if line.startswith(b"similarity index "))
    return not (same and any(line.startswith((b"new mode ", b"rename to ", b"copy to ")) for line in lines))


def ids_named(data: bytes) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The first digits of the ids that it says its files had, and that they get; zeros stand for no file."""
    found = [ids for _, line in _outside_hunks(data.split(b"\n")) if (ids := _IDS.match(line))]
    return tuple(ids[1].decode("ascii") for ids in found), tuple(ids[2].decode("ascii") for ids in found)


def lacks_context(data: bytes) -> bool:
    """Whether there is a hunk of which only a number tells where it stands, as with `-U0`. Without being told, git puts
    such a one at the end of the file."""
    lines = data.split(b"\n")
    for at, line in _outside_hunks(lines):
        if hunk := _HUNK.match(line):
            start, olds, news = int(hunk["at"]), int(hunk["olds"] or b"1"), int(hunk["news"] or b"1")
            body = [one for one in lines[at + 1 : at + olds + news + 3] if not one.startswith(b"\\")]
            bare = not any(one[:1] in (b" ", b"") for one in body[: olds + news])
            if bare and (start > 1 or (start == 1 and olds == 0)):
                return True
    return False


def strip_of(data: bytes) -> int | None:
    """How many folders in front of the names are none of the tree: one for `a/` and `b/`, none with `diff.noPrefix`.
    None where its files disagree. Not to be found by trying: with one folder less a name may be another file's."""
    levels = set(_heads(data))
    return levels.pop() if len(levels) == 1 else None


def _heads(data: bytes) -> Iterator[int]:
    """How many folders the names of each file have in front."""
    lines = data.split(b"\n")
    named = False
    for at, line in _outside_hunks(lines):
        if line.startswith(_GIT):
            named = True
            yield _of_git(line.removeprefix(_GIT).rstrip(b"\r"), lines[at + 1 : at + 8])
        elif _HUNK.match(line):
            named = False
        elif line.startswith(b"--- ") and not named and b"".join(lines[at + 1 : at + 2]).startswith(b"+++ "):
            yield _of_diff(_name(line), _name(lines[at + 1]))


def _outside_hunks(lines: Sequence[bytes]) -> Iterator[tuple[int, bytes]]:
    """Lines that no hunk announces, with their numbers: a line that goes may look like the head of a file."""
    old = new = 0
    for at, line in enumerate(lines):
        if old > 0 or new > 0:
            old -= line[:1] in (b" ", b"-", b"")
            new -= line[:1] in (b" ", b"+", b"")
            continue
        if hunk := _HUNK.match(line):
            old, new = (int(count or b"1") for count in hunk.group("olds", "news"))
        yield at, line


def _of_git(names: bytes, below: Sequence[bytes]) -> int:
    for line in below:
        if line.startswith(_BEGINS):  # of the next file, or of the content
            break
        if line.startswith((b"rename from ", b"copy from ")):
            return int(not names.startswith(line.partition(b" from ")[2].rstrip(b"\r") + b" "))
    middle = len(names) // 2
    return int(names[:middle] != names[middle + 1 :])


def _of_diff(old: bytes, new: bytes) -> int:
    if _NULL in (old, new):
        return int((new if old == _NULL else old).startswith((b"a/", b"b/")))
    (before, _, one), (after, _, other) = (name.partition(b"/") for name in (old, new))
    return int((before != after and one == other != b"") or (before, after) == (b"a", b"b"))


def _name(line: bytes) -> bytes:
    return line[4:].partition(b"\t")[0].rstrip(b"\r").strip(b'"')
