"""Two states of a project side by side: git's patch from one to the other, and what the changed files hold at both.

Nothing is written into the user's repository: files that git does not track yet are shown by an index of our own.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from swe_agent.core.errors import RepositoryError
from swe_agent.repo.blobs import each_blob
from swe_agent.repo.disk import open_regular
from swe_agent.repo.git import Git, GitFailed

Side = Literal["left", "right"]
LINK, SUBMODULE = "120000", "160000"
"""Modes of what is no file."""
NAMED = 5
"""Files that an error names."""
MOST_BYTES = 2_000_000
"""Of a file whose contents are wanted; nobody reads a larger one."""
_DIFF = (
    "diff", "-M", "--no-color", "--no-ext-diff", "--no-textconv", "--no-relative", "--ignore-submodules=dirty",
    "--submodule=short",
)  # fmt: skip
_RAW = ("--raw", "-z", "--no-abbrev")
_PATCH = ("-p", "-U3", "--inter-hunk-context=0", "--full-index", "--src-prefix=a/", "--dst-prefix=b/")
"""Three lines of context and no more, as platforms show a change: whether a comment is taken depends on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """`base` and `head` are commits, empty for a state that is none. `contents` by side and path, of regular files that
    are not too large."""

    base: str
    head: str
    patch: bytes
    contents: Mapping[tuple[Side, str], bytes] = field(repr=False)
    modes: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Of what is there at the head, as git writes them."""


@dataclass(frozen=True, slots=True)
class _Changed:
    """A row of `git diff --raw`. A blob's id is all zeros where git has not stored it."""

    old_mode: str
    new_mode: str
    old_blob: str
    new_blob: str
    old: str
    new: str


def commits(git: Git, base: str, head: str) -> Compared:
    """Of two commits by their ids; an empty `base` is before the first one."""
    return _compared(git, (base or nothing(git), head), base, head)


def staged(git: Git, head: str) -> Compared:
    """The index against HEAD, which may not be there yet. RepositoryError where a merge is not finished: of a file that
    is not merged it holds three."""
    rows = git.run("ls-files", "-z", "--unmerged", "--full-name", ":/").split(b"\0")
    unmerged = dict.fromkeys(row.partition(b"\t")[2].decode("utf-8", "surrogateescape") for row in rows if row)
    if unmerged:
        raise RepositoryError(
            f"a merge is not finished: {_named(list(unmerged))}",
            hint="`git add` what is merged; `swe-agent review --worktree` looks at the files as they are",
        )
    return _compared(git, ("--cached", head or nothing(git)), head, "")


def work_tree(git: Git, top: Path, head: str) -> Compared:
    """What lies in the folder against HEAD, untracked files among it, ignored ones not."""
    index = Path(git.text("rev-parse", "--path-format=absolute", "--git-path", "index"))
    with tempfile.TemporaryDirectory(prefix="swe-agent-") as folder:
        own = Path(folder) / "index"
        if index.exists():
            shutil.copy2(index, own)  # with its time, by which git tells what has changed in the same second
        new = git.run("ls-files", "-z", "--others", "--exclude-standard", "--full-name", ":/", index=own)
        # A repository within this one ends in a slash. `git add --intent-to-add` would write an object.
        names = [name for name in new.split(b"\0") if name and not name.endswith(b"/")]
        if names:
            empty = git.text("hash-object", "-t", "blob", "--stdin").encode()
            rows = b"".join(b"100644 %b\t%b\0" % (empty, name) for name in names)
            git.run("update-index", "--add", "-z", "--index-info", data=rows, index=own)
        return _compared(git, (head or nothing(git),), head, "", index=own, top=top)


def nothing(git: Git) -> str:
    """The tree without files."""
    return git.text("hash-object", "-t", "tree", "--stdin")


def _compared(
    git: Git, ends: Sequence[str], base: str, head: str, *, index: Path | None = None, top: Path | None = None
) -> Compared:
    try:
        patch = git.run(*_DIFF, *_PATCH, *ends, "--", index=index)
        raw = git.run(*_DIFF, *_RAW, *ends, "--", index=index)
    except GitFailed as error:
        if not git.lacks_objects:
            raise
        raise RepositoryError(
            f"this is a partial clone, and {_lacking(git, ends, index)}",
            hint=f"`git diff {' '.join(ends)} >/dev/null` makes git fetch them",
        ) from error
    rows = list(_rows(raw))
    modes = {row.new: row.new_mode for row in rows}
    return Compared(base=base, head=head, patch=patch, contents=_contents(git, rows, top), modes=modes)


def _lacking(git: Git, ends: Sequence[str], index: Path | None) -> str:
    """Which changed files a partial clone has not got: git's own list of them needs no contents of theirs. What is here
    is asked for as a whole: asked for one that is not, some versions of git give up."""
    try:
        raw = git.run("diff", "--no-renames", *_RAW, *ends, "--", index=index)
    except GitFailed:
        return "lacks folders of what is to be compared"
    sides = [side for row in _rows(raw) for side in ((row.old_mode, row.old_blob), (row.new_mode, row.new_blob))]
    here = git.run("cat-file", "--batch-all-objects", "--unordered", "--batch-check=%(objectname)").decode().split("\n")
    gone = {id_ for mode, id_ in sides if mode != SUBMODULE and id_.strip("0")}.difference(here)
    missing = list(dict.fromkeys(row.new for row in _rows(raw) if gone & {row.old_blob, row.new_blob}))
    return f"lacks what {len(missing)} of the changed files hold: {_named(missing)}"


def _named(paths: Sequence[str]) -> str:
    more = len(paths) - NAMED
    return ", ".join(paths[:NAMED]) + (f" and {more} more" if more > 0 else "")


def _rows(raw: bytes) -> Iterator[_Changed]:
    cells = iter(raw.split(b"\0"))
    for head in cells:
        if not head:
            return
        old_mode, new_mode, old_blob, new_blob, status = head[1:].decode().split(" ")
        old = next(cells).decode("utf-8", "surrogateescape")
        new = next(cells).decode("utf-8", "surrogateescape") if status[0] in "RC" else old
        yield _Changed(old_mode, new_mode, old_blob, new_blob, old, new)


def _contents(git: Git, rows: Sequence[_Changed], top: Path | None) -> dict[tuple[Side, str], bytes]:
    wanted: dict[tuple[Side, str], str] = {}
    found: dict[tuple[Side, str], bytes] = {}
    for row in rows:
        if row.old_mode.startswith("100"):
            wanted["left", row.old] = row.old_blob
        if row.new_mode.startswith("100"):
            if top is not None:
                data = _on_disk(top / row.new)
                if data is not None:
                    found["right", row.new] = data
            else:
                wanted["right", row.new] = row.new_blob
    datas = each_blob(git, wanted.values(), most=MOST_BYTES)
    found |= {key: data for key, data in zip(wanted, datas, strict=True) if data is not None}
    return {key: data for key, data in found.items() if b"\0" not in data[:8000]}


def _on_disk(path: Path) -> bytes | None:
    opened = open_regular(str(path))
    if opened is None:
        return None
    with os.fdopen(opened[0], "rb") as file:
        return file.read() if opened[1] <= MOST_BYTES else b""


@dataclass(frozen=True, slots=True)
class Found:
    path: str
    line: int
    text: str


_MATCH = re.compile(rb"([^\0]*)\0(\d+)\0(.*)")


_NO_CODE = tuple(
    f":(exclude,icase){pattern}"
    for pattern in (
        *("*.po", "*.pot", "*.mo", "*.svg", "*.png", "*.gif", "*.jpg", "*.jpeg", "*.webp", "*.ico", "*.bmp", "*.pdf"),
        *("*.woff", "*.woff2", "*.ttf", "*.otf", "*.eot", "*.mp3", "*.mp4", "*.webm", "*.gz", "*.bz2", "*.xz"),
        *("*.zst", "*.zip", "*.jar", "*.class", "*.so", "*.dll", "*.map", "*.md", "*.rst", "*.adoc", "docs/*.txt"),
    )
)
"""Files that use no name: pictures, translations, packed ones, prose. To unpack them is half of the work in a project
with translations and documentation."""
AT_ONCE = 400
"""Words that one run of git looks for."""


def lines_with(git: Git, words: Sequence[str], where: Sequence[str]) -> list[Found]:
    """Lines of text files in which one of these words stands as a word, by path and line. `where` names a commit, or is
    `--cached`, or nothing for the work tree with its untracked files."""
    found: dict[tuple[str, int], Found] = {}
    for first in range(0, len(words), AT_ONCE):
        for one in _lines_with(git, words[first : first + AT_ONCE], where):
            found[one.path, one.line] = one
    return [found[key] for key in sorted(found)]


def _lines_with(git: Git, words: Sequence[str], where: Sequence[str]) -> Iterator[Found]:
    """By one expression of many words, which is five times as fast as many expressions, and finds what `-w` passes
    over: a word behind another one that begins as it does. A git without Perl's expressions does it the slow way."""
    expression = rf"\b(?:{'|'.join(map(re.escape, words))})\b"
    argv = ("grep", "-z", "-n", "-I", "--no-color", "--full-name")
    rest = (*(where or ("--untracked",)), "--", *(() if _is_commit(where) else (":/",)), *_NO_CODE)
    try:
        out = git.run(*argv, "-P", "-e", expression, *rest)
    except GitFailed as failed:
        if not failed.stderr:
            return  # nothing is found
        with tempfile.NamedTemporaryFile("w", prefix="swe-agent-", errors="surrogateescape") as patterns:
            patterns.writelines(f"{word}\n" for word in words)
            patterns.flush()
            out = git.run(*argv, "-w", "-F", "-f", patterns.name, *rest, check=False)
    prefix = f"{where[0]}:".encode() if _is_commit(where) else b""
    for row in out.split(b"\n"):
        told = _MATCH.fullmatch(row.removeprefix(prefix))
        if told is not None:
            path, number, text = told.groups()
            yield Found(path.decode("utf-8", "surrogateescape"), int(number), text.decode("utf-8", "replace"))


def lines_of(git: Git, path: str, where: Sequence[str]) -> list[str]:
    """Of one text file, where such files are looked at; none where it is not there."""
    argv = ("grep", "-h", "-I", "--no-color", "-e", "", *(where or ("--untracked",)), "--", f":(top,literal){path}")
    return git.run(*argv, check=False).decode("utf-8", "surrogateescape").split("\n")


def _is_commit(where: Sequence[str]) -> bool:
    return bool(where) and not where[0].startswith("-")


def paths(git: Git, where: Sequence[str]) -> list[str]:
    """All files of a commit, of the index (`--cached`), or of the work tree."""
    if _is_commit(where):
        out = git.run("ls-tree", "-r", "-z", "--name-only", "--full-tree", where[0])
    else:
        out = git.run("ls-files", "-z", "--full-name", *(where or ("--cached", "--others", "--exclude-standard")), ":/")
    return [path.decode("utf-8", "surrogateescape") for path in out.split(b"\0") if path]
