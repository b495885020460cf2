"""History as a stream of commits with the lines that each one changed, oldest first.

One `git log -p` for all commits that are no merges; what a merge has changed is told by `git diff-tree` as blob ids,
and contents are read only where a merge made something of its own. Text is cut out of a commit's patch when somebody
wants it: most commits need no more than the numbers of their hunks.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from swe_agent.repo.git import Git, GitFailed
from swe_agent.repo.names import unquoted

_FORMAT = "%x01%H%x00%P%x00%ct%x00%ae%x00%B%x02"
_LOG = (
    "log", "--topo-order", "--reverse", "--no-show-signature", "--no-notes", "--no-decorate", "--no-color",
    "--no-ext-diff", "--no-textconv", "--diff-merges=off", "--patch", "--unified=0", "--inter-hunk-context=0",
    "--find-renames", "-l2000", "--diff-algorithm=histogram", "--indent-heuristic", "--full-index", "--submodule=short",
    "--src-prefix=a/", "--dst-prefix=b/", "--no-relative", "--root", f"--format={_FORMAT}",
)  # fmt: skip
_MERGES = (
    "log", "--topo-order", "--reverse", "--merges", "--no-show-signature", "--no-notes", "--no-decorate", "--no-color",
    "--diff-merges=first-parent", "--raw", "-r", "-z", "--no-renames", "--no-abbrev", "--no-relative",
    "--ignore-submodules=none", "--format=%x01%H",
)  # fmt: skip
_INDEX = re.compile(rb"^index ([0-9a-f]+)\.\.([0-9a-f]+)(?: (\d+))?$", re.MULTILINE)
_PLAIN = re.compile(rb'a/.*\nindex [0-9a-f]+\.\.([0-9a-f]+) 100\d+\n--- a/([^\t\n"]+)\t?\n\+\+\+ b/\2\t?\n@@ -')
"""The beginning of nearly all: a file that stays where it is."""
_RENAME = re.compile(rb"^rename (from|to) (.*)$", re.MULTILINE)
_SIDE = re.compile(rb"^(---|\+\+\+) (.*)$", re.MULTILINE)
_NONE = "0" * 40


Hunk = tuple[int, int, int, int]
"""Lines are counted from 0: how many `removed` ones from `old` on stand no more, and how many `added` ones stand from
`new` on. In this order: old, removed, new, added."""


@dataclass(slots=True)
class FilePatch:
    """`old` or `new` is None where the file is not there on that side. `blob` is the new content's id, empty without
    one. A binary file has no hunks and `binary` set; so has a submodule."""

    old: str | None
    new: str | None
    blob: str
    hunks: Sequence[Hunk]
    binary: bool = False
    _texts: Sequence[bytes] = ()
    _cut: dict[int, tuple[list[bytes], list[bytes]]] = field(default_factory=dict)

    def lines(self, number: int) -> tuple[list[bytes], list[bytes]]:
        """What a hunk took away and what it put there, without the signs and the line ends."""
        cut = self._cut.get(number)
        if cut is None:
            cut = self._cut[number] = _lines(self._texts[number], self.hunks[number][1])
        return cut


def _lines(text: bytes, removed: int) -> tuple[list[bytes], list[bytes]]:
    """Each row has its sign and no other line begins with it, so that the sign serves to cut."""
    start = text.find(b"\n") + 1
    if not start:
        return [], []
    if b"\n\\ No newline" in text:
        text = text.replace(_NO_NEWLINE, b"")
    if not removed:
        return [], text[start + 1 :].split(b"\n+")
    middle = text.find(b"\n+", start - 1)
    if middle < 0:
        return text[start + 1 :].split(b"\n-"), []
    return text[start + 1 : middle].split(b"\n-"), text[middle + 2 :].split(b"\n+")


_NO_NEWLINE = b"\n\\ No newline at end of file"


@dataclass(frozen=True)
class Commit:
    """`at` are seconds since 1970. `patch` is git's; a merge has none."""

    id: str
    parents: tuple[str, ...]
    at: int
    author: str
    message: bytes
    patch: bytes = field(repr=False, default=b"")

    @cached_property
    def files(self) -> tuple[FilePatch, ...]:
        parts = self.patch.split(b"\ndiff --git ")[1:]
        return tuple(found for part in parts if (found := _file(part)) is not None)


def commits(git: Git, tip: str, *, without: Sequence[str] = (), unread: Iterable[str] = ()) -> Iterator[Commit]:
    """All commits that `tip` is made of and none of `without`, each after its parents. Of files with `unread` endings
    git is told to see no text, so that it need not compare them; they come as binary ones."""
    with tempfile.NamedTemporaryFile("w", prefix="swe-agent-", suffix=".attributes") as attributes:
        attributes.writelines(f"*.{_any_case(ending)} -diff\n" for ending in sorted(unread))
        attributes.flush()
        config = ("-c", f"core.attributesFile={attributes.name}")
        for one in _pieces(git.stream(*config, *_LOG, *_revisions(tip, without)), b"\n\x01"):
            if one.strip():
                yield _commit(one)


def _revisions(tip: str, without: Sequence[str]) -> tuple[str, ...]:
    return ("--end-of-options", tip, *(f"^{one}" for one in without), "--")


def _pieces(stream: Iterable[bytes], apart: bytes) -> Iterator[bytes]:
    """What stands between the separators, and what is left at the end, each as soon as it is whole."""
    rest = b""
    for data in stream:
        *whole, rest = (rest + data).split(apart) if rest else data.split(apart)
        yield from whole
    if rest:
        yield rest


def _any_case(ending: str) -> str:
    return "".join(f"[{sign}{sign.upper()}]" if sign.isalpha() else sign for sign in ending)


def _commit(data: bytes) -> Commit:
    head, _, patch = data.partition(b"\x02")
    id_, parents, at, author, message = head.lstrip(b"\n\x01").split(b"\0", 4)
    return Commit(
        id=id_.decode(),
        parents=tuple(parents.decode().split()),
        at=int(at),
        author=author.decode("utf-8", "surrogateescape"),
        message=message,
        patch=b"\n" + patch.strip(b"\n") if patch.strip(b"\n") else b"",
    )


def _file(part: bytes) -> FilePatch | None:
    """None for what has no lines on either side and is not moved: an empty file, a mode."""
    plain = _PLAIN.match(part)
    if plain is not None:
        path = plain[2].decode("utf-8", "surrogateescape")
        texts = part[plain.end() :].split(b"\n@@ -")
        return FilePatch(path, path, plain[1].decode(), list(map(_hunk, texts)), False, texts)
    first = part.find(b"\n@@ ")
    head = part if first < 0 else part[: first + 1]
    index = _INDEX.search(head)
    blob = index[2].decode() if index else ""
    old, new = _names(head)
    if (index and index[3] == b"160000") or b"\nBinary files " in head or b"file mode 160000\n" in head:
        old, new = (old, new) if old or new else _twice(head)
        return FilePatch(old, new, "" if blob == _NONE else blob, (), binary=True)
    if first < 0 and not (old and new):
        return None
    texts = part.split(b"\n@@ -")[1:]
    return FilePatch(old, new, "" if blob == _NONE else blob, list(map(_hunk, texts)), False, texts)


def _hunk(text: bytes) -> Hunk:
    """A hunk's text begins with `12,3 +14,2 @@`; a count that is 1 is left out, and where it is 0 the number is that of
    the line before."""
    was, now, _ = text.split(b" ", 2)
    if b"," in was:
        start, size = was.split(b",")
        removed = int(size)
        old = int(start) - 1 if removed else int(start)
    else:
        removed, old = 1, int(was) - 1
    if b"," in now:
        start, size = now.split(b",")
        added = int(size)
        return old, removed, int(start) - 1 if added else int(start), added
    return old, removed, int(now) - 1, 1


def _names(head: bytes) -> tuple[str | None, str | None]:
    renamed = dict(_RENAME.findall(head))
    if renamed:
        return unquoted(renamed[b"from"]), unquoted(renamed[b"to"])
    sides = dict(_SIDE.findall(head))
    return _side(sides.get(b"---")), _side(sides.get(b"+++"))


def _side(name: bytes | None) -> str | None:
    if name is None or name == b"/dev/null":
        return None
    return unquoted(name.removesuffix(b"\t"))[2:]


def _twice(head: bytes) -> tuple[str | None, str | None]:
    """The path of a file whose patch names it on the first line alone: `a/PATH b/PATH`."""
    line = head.split(b"\n", 1)[0]
    path = unquoted(line[: (len(line) - 1) // 2])[2:]
    is_new, is_gone = b"\nnew file mode" in head, b"\ndeleted file mode" in head
    return (None if is_new else path), (None if is_gone else path)


Entry = tuple[str, str | None, str | None]
"""A path, and the blobs before and after; None for no file."""


def merges(git: Git, tip: str, *, without: Sequence[str] = ()) -> Iterator[tuple[str, list[Entry]]]:
    """The merges among what `commits` gives, in its order, each with what differs between it and its first parent."""
    merge, entries, row = "", list[Entry](), b""
    for cell in _pieces(git.stream(*_MERGES, *_revisions(tip, without)), b"\0"):
        if row:
            entries.append(_entry(row, cell))
            row = b""
        elif cell[:1] == b"\x01":
            if merge:
                yield merge, entries
            merge, entries = cell[1:].decode(), []
        else:
            row = cell.lstrip(b"\n")
    if merge:
        yield merge, entries


def _entry(row: bytes, path: bytes) -> Entry:
    old_mode, new_mode, old, new, _ = row[1:].decode().split(" ")
    name = path.decode("utf-8", "surrogateescape")
    return name, old if old_mode[:3] == "100" else None, new if new_mode[:3] == "100" else None


def graph(git: Git, tip: str, *, without: Sequence[str] = ()) -> dict[str, tuple[str, ...]]:
    """The commits that `commits` gives, in its order, with their parents."""
    out = git.run("rev-list", "--topo-order", "--reverse", "--parents", *_revisions(tip, without))
    rows = (row.split() for row in out.decode().split("\n") if row)
    return {row[0]: tuple(row[1:]) for row in rows}


def first_parents(git: Git, tip: str) -> Iterator[str]:
    """The main line, newest first, as far as somebody reads it."""
    return map(
        bytes.decode, _pieces(git.stream("rev-list", "--first-parent", *_revisions(tip, ()), size=1 << 12), b"\n")
    )


def times(git: Git, ids: Iterable[str]) -> dict[str, int]:
    """When commits were made, in seconds since 1970; those that are not there are left out."""
    return {commit: at for commit, (_, at) in parents_and_times(git, ids).items()}


def parents_and_times(git: Git, ids: Iterable[str]) -> dict[str, tuple[str, int]]:
    """Of those commits that are there: the first parent, empty for none, and when they were made."""
    asked = "".join(f"{id_}\n" for id_ in sorted(ids) if id_)
    out = git.run("cat-file", "--batch-check=%(objectname) %(objecttype)", data=asked.encode()).decode()
    there = [row.split()[0] for row in out.splitlines() if row.endswith(" commit")]
    if not there:
        return {}
    told = git.run("log", "--no-walk=unsorted", "--format=%H %ct %P", "--stdin", data="\n".join(there).encode())
    rows = (row.split() for row in told.decode().splitlines())
    return {id_: (parents[0] if parents else "", int(at)) for id_, at, *parents in rows}


def time_of(git: Git, commit: str) -> int:
    return times(git, [commit])[commit]


def last_before(git: Git, tip: str, at: int) -> str:
    """The newest commit of the main line that was made before a time; empty for none."""
    out = git.text("rev-list", "--first-parent", "--max-count=1", f"--until={at}", "--end-of-options", tip, "--")
    return out.strip()


def tree(git: Git, commit: str, paths: Iterable[str] = ()) -> dict[str, str] | None:
    """Blobs by path, links and submodules left out; of all files where none is named. None for a commit that is not
    there."""
    try:
        out = git.run("ls-tree", "-r", "-z", "--full-tree", commit, "--", *paths)
    except GitFailed:
        return None
    rows = (row.split(b"\t", 1) for row in out.split(b"\0") if row)
    return {
        path.decode("utf-8", "surrogateescape"): head.split(b" ")[2].decode()
        for head, path in rows
        if head.startswith(b"100")
    }
