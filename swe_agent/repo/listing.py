"""The files of a tree as git knows them, path and blob, and how to read them: of the work tree with all that is not
committed, or of a commit. Only read; what a partial clone lacks is absent."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

from swe_agent.core.beside import begun
from swe_agent.core.errors import RepositoryError
from swe_agent.core.secrets import is_secret_file
from swe_agent.core.source import blob_id
from swe_agent.repo.blobs import each_blob
from swe_agent.repo.disk import open_regular
from swe_agent.repo.git import Git, GitFailed

MAX_FILE = 4_000_000
"""Larger files are listed, and read as empty: nobody looks for code in them."""
_SUBMODULE = "160000"
_TRACKED = re.compile(r"(?<![^\0])100\d{3} ([0-9a-f]+) [02]\t([^\0]+)\0")


class Listed(NamedTuple):
    """A regular file. `blob` is the id that git has, or would have, for its bytes."""

    path: str
    blob: str


@dataclass(frozen=True, kw_only=True)
class Listing:
    """`changed` are files whose bytes are not those of the commit."""

    files: tuple[Listed, ...]
    changed: frozenset[str]
    git: Git
    top: Path | None

    def read(self, files: Sequence[Listed]) -> list[bytes]:
        """Their bytes: from the work tree where they are there, else from git's objects."""
        found: dict[str, bytes] = {}
        lacking: list[Listed] = []
        top = str(self.top)
        for file in files:
            data = _read(top, file.path) if self.top is not None else None
            if data is None:
                lacking.append(file)
            else:
                found[file.path] = data
        objects = each_blob(self.git, [file.blob for file in lacking], most=MAX_FILE)
        found |= {file.path: data or b"" for file, data in zip(lacking, objects, strict=True)}
        return [found[file.path] for file in files]


def list_work_tree(git: Git, top: Path) -> Listing:
    """Tracked files as they lie on disk, files of checked-out submodules, and untracked files that are not ignored, but
    for those that look like secrets."""
    files: dict[str, str] = {}
    changed: set[str] = set()
    for prefix, inner, folder in _repositories(git, top):
        # Git waits for the disk, and each of the three for itself.
        differing = begun(partial(inner.run, "diff-files", "--name-only", "-z", "--ignore-submodules=all"))
        others = begun(partial(inner.run, "ls-files", "-o", "--exclude-standard", "-z"))
        tracked = _index(inner)
        dirty, loose = set(_names(differing())), _names(others())
        size = len(next(iter(tracked.values()), ""))
        for path in [*sorted(dirty), *(path for path in loose if not is_secret_file(path))]:
            tracked.pop(path, None)
            if (id_ := _id_on_disk(folder, path, size)) is not None:
                tracked[path] = id_
                changed.add(prefix + path)
        files |= {prefix + path: id_ for path, id_ in tracked.items()}
    listed = tuple(Listed(path, files[path]) for path in sorted(files))
    return Listing(files=listed, changed=frozenset(changed), git=git, top=top)


def list_revision(git: Git, revision: str) -> Listing:
    """The files of a commit. RepositoryError where there is no such commit."""
    try:
        out = git.run("ls-tree", "-r", "-z", "--full-tree", f"{revision}^{{tree}}")
    except GitFailed as error:
        raise RepositoryError(
            f"`{revision}` names no commit", hint="see `git log --oneline --all` for what there is"
        ) from error
    files = []
    for record in _names(out):
        meta, _, path = record.partition("\t")
        mode, _, id_ = meta.split(" ")
        if mode.startswith("100"):
            files.append(Listed(path, id_))
    return Listing(files=tuple(sorted(files, key=lambda file: file.path)), changed=frozenset(), git=git, top=None)


def _repositories(git: Git, top: Path, prefix: str = "", depth: int = 0) -> Iterator[tuple[str, Git, Path]]:
    """The repository and the submodules in it that are checked out, each with its prefix."""
    yield prefix, git, top
    if depth < 8 and (top / ".gitmodules").is_file():
        for line in _names(git.run("ls-files", "-s", "-z")):
            if line.startswith(_SUBMODULE):
                path = line.partition("\t")[2]
                folder = top / path
                if (folder / ".git").exists() and not folder.is_symlink():
                    inner = Git(folder, git.environment)
                    yield from _repositories(inner, folder, f"{prefix}{path}/", depth + 1)


def _index(git: Git) -> dict[str, str]:
    """Blobs of files by their paths; of a conflict, ours."""
    out = git.run("ls-files", "-s", "-z").decode("utf-8", "surrogateescape")
    return {path: id_ for id_, path in _TRACKED.findall(out)}


def _names(out: bytes) -> list[str]:
    return out.decode("utf-8", "surrogateescape").split("\0")[:-1]


def _id_on_disk(top: Path, path: str, size: int) -> str | None:
    """None where there is no regular file any more."""
    data = _read(str(top), path)
    if data is None:
        return None
    return blob_id(data, sha256_ids=size == 64)


def _read(top: str, path: str) -> bytes | None:
    found = open_regular(f"{top}/{path}")
    if found is None:
        return None
    handle, size = found
    try:
        if size > MAX_FILE:
            return b""
        data = os.read(handle, size + 1)
        if len(data) == size:
            return data
        parts = [data]  # it grows or shrinks while it is read, or it is on a file system that says nothing of its size
        while part := os.read(handle, MAX_FILE):
            parts.append(part)
        return b"".join(parts)[:MAX_FILE]
    except OSError:
        return None
    finally:
        os.close(handle)
