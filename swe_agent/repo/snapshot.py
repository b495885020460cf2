"""The base of a job: HEAD plus the dirty state, as a commit in the job's box. The one owner of that commit.

Bytes are taken from the user's files as they lie on disk, past every filter and end-of-line conversion, because the
landing compares with those bytes. A file that git calls clean can still differ from its blob (CRLF conversion, LFS),
so that every tracked file is read and hashed. Nothing is written into the user's repository: objects go into the box.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from swe_agent.core.diff import FileEntry
from swe_agent.core.errors import RepositoryError
from swe_agent.core.proposal import Snapshot
from swe_agent.core.secrets import is_secret_file
from swe_agent.core.source import blob_id_of
from swe_agent.repo.disk import open_regular
from swe_agent.repo.git import Checkout, Git


class SnapshotBox(Protocol):
    """What a snapshot needs of the box that it is written to."""

    def write_files(self, paths: Sequence[Path]) -> Sequence[str]: ...

    def write_blob(self, data: bytes) -> str: ...

    def tree_of(self, commit: str | None) -> str:
        """The tree of a commit of the user's repository; the empty tree for None."""

    def tree_with(self, tree: str, changes: Mapping[str, FileEntry | None]) -> str: ...

    def commit(self, tree: str, parents: Sequence[str], message: str) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Dirty:
    tracked: tuple[str, ...]
    untracked: tuple[str, ...]
    submodules: tuple[str, ...]


def take(git: Git, checkout: Checkout, box: SnapshotBox, *, base: str = "") -> Snapshot:
    """The snapshot of HEAD and the dirty state, or of the revision `base` alone."""
    if base:
        commit = git.text("rev-parse", "--verify", "--quiet", f"{base}^{{commit}}", check=False)
        if not commit:
            raise RepositoryError(f"`{base}` names no commit", hint="see `git log --oneline --all` for what there is")
        tree = box.tree_of(commit)
        return Snapshot(commit=commit, tree=tree, head=commit, branch=None, dirty=False)
    dirty = _dirty(git)
    left_out = tuple(sorted(path for path in dirty.untracked if is_secret_file(path)))
    kept = [path for path in dirty.untracked if path not in set(left_out)]
    changes = _entries(checkout.top, box, sorted({*dirty.tracked, *kept, *_unlike_their_blobs(git)}))
    changes.update(_submodules(git, checkout.top, dirty.submodules))
    head_tree = box.tree_of(checkout.head)
    tree = box.tree_with(head_tree, changes) if changes else head_tree
    parents = (checkout.head,) if checkout.head else ()
    commit = checkout.head if checkout.head and tree == head_tree else box.commit(tree, parents, "snapshot")
    return Snapshot(
        commit=commit, tree=tree, head=checkout.head, branch=checkout.branch, dirty=tree != head_tree, left_out=left_out
    )


def _dirty(git: Git) -> _Dirty:
    """Paths that differ from HEAD in the index or on disk, from `git status --porcelain=v2 -z`."""
    out = git.run(
        "status", "--porcelain=v2", "-z", "--untracked-files=all", "--ignore-submodules=dirty", "--no-renames"
    )
    tracked: list[str] = []
    untracked: list[str] = []
    submodules: list[str] = []
    for record in out.decode("utf-8", "surrogateescape").split("\0"):
        kind, _, rest = record.partition(" ")
        if kind == "?":
            untracked.append(rest)
        elif kind in ("1", "u"):
            # 1 XY sub mH mI mW hH hI path · u XY sub m1 m2 m3 mW h1 h2 h3 path
            words = rest.split(" ", 7 if kind == "1" else 9)
            (submodules if words[1].startswith("S") else tracked).append(words[-1])
    return _Dirty(
        tracked=tuple(tracked),
        untracked=tuple(path for path in untracked if not path.endswith("/")),
        submodules=tuple(submodules),
    )


def _unlike_their_blobs(git: Git) -> set[str]:
    """Tracked files whose bytes on disk are not those of their blob: line ends converted, a filter such as LFS.

    Every file is hashed. Git compares sizes and times and calls such files clean, also long after the setting or the
    attribute that converted them is gone; and to ask it what is converted takes longer than to look.
    """
    found = set()
    for record in git.run("ls-files", "-s", "-z").decode("utf-8", "surrogateescape").split("\0"):
        meta, _, path = record.partition("\t")
        if meta.startswith("100"):
            id_ = meta.split(" ")[1]
            # One that is not there was deleted, which `git status` tells, or lies outside a sparse checkout, and stays.
            if _id_on_disk(git.directory / path, len(id_)) not in (id_, None):
                found.add(path)
    return found


def _id_on_disk(path: Path, digits: int) -> str | None:
    """The id that the file would have as a blob; None where no regular file can be read."""
    found = open_regular(str(path))
    if found is None:
        return None
    handle, size = found
    with os.fdopen(handle, "rb") as file:
        return blob_id_of(file, size, sha256_ids=digits == 64)


def _entries(top: Path, box: SnapshotBox, paths: Sequence[str]) -> dict[str, FileEntry | None]:
    entries: dict[str, FileEntry | None] = {}
    regular: list[tuple[str, str]] = []
    for path in paths:
        full = top / path
        try:
            mode = full.lstat().st_mode
        except (FileNotFoundError, NotADirectoryError):
            entries[path] = None
            continue
        if stat.S_ISLNK(mode):
            target = os.fsencode(full.readlink())
            entries[path] = FileEntry(mode="120000", id=box.write_blob(target))
        elif stat.S_ISREG(mode):
            if not os.access(full, os.R_OK):
                raise RepositoryError(
                    f"cannot read {full}: permission denied", hint="make it readable, or name it in `.gitignore`"
                )
            regular.append((path, "100755" if mode & 0o100 else "100644"))
        else:
            entries[path] = None  # a directory in the place of a file, or a socket: nothing that a tree can hold
    ids = box.write_files([top / path for path, _ in regular])
    entries.update((path, FileEntry(mode=mode, id=id_)) for (path, mode), id_ in zip(regular, ids, strict=True))
    return entries


def _submodules(git: Git, top: Path, paths: Sequence[str]) -> dict[str, FileEntry | None]:
    """The commit that each changed submodule has checked out."""
    found: dict[str, FileEntry | None] = {}
    for path in paths:
        head = Git(top / path, git.environment).text("rev-parse", "--verify", "--quiet", "HEAD", check=False)
        if head and (top / path / ".git").exists():
            found[path] = FileEntry(mode="160000", id=head)
    return found
