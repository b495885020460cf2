"""Real git repositories in a directory, the same on every machine: fixed names and dates, no configuration but ours.

    repo = RepoBuilder(tmp_path / "shop").write({"cart.py": "x = 1\\n"})
    repo.commit("first")

`tree_digest` proves that nothing in a checkout, its `.git` included, was touched.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Self

from sandbox.git import run_git

AUTHOR = ("Ada Example", "ada@example.org")
FIRST_COMMIT = 1_700_000_000
"""Seconds since 1970; each commit is a minute after the one before, so that their order is the same everywhere."""

_PLUGINS = ("hypothesispytest", "syrupy", "xdist", "xdist.looponfail", "pytest_cov", "anyio")
ALONE = f'addopts = "{" ".join(f"-p no:{name}" for name in _PLUGINS)}"\n'
"""For the settings of pytest in a project under test: it needs none of our plugins, which take longer to load than its
tests run."""


class RepoBuilder:
    """Makes a new repository at `path`, with `branch` checked out and no commit yet."""

    def __init__(self, path: Path, *, branch: str = "main") -> None:
        self.path = path
        self._commits = 0
        path.mkdir(parents=True, exist_ok=True)
        if not (path / ".git").exists():  # a worktree or a clone is there already
            self.git("init", "--quiet", f"--initial-branch={branch}")

    def git(self, *args: str, input: bytes = b"") -> str:
        """What git says, without the last line's end. GitFailed where it fails."""
        date = f"{FIRST_COMMIT + 60 * self._commits} +0000"
        env = {
            f"GIT_{who}_{what}": value
            for who in ("AUTHOR", "COMMITTER")
            for what, value in zip(("NAME", "EMAIL", "DATE"), (*AUTHOR, date), strict=True)
        }
        local = {"GIT_ALLOW_PROTOCOL": "file", "GIT_CEILING_DIRECTORIES": str(self.path.parent)}
        out = run_git(
            ["-c", "protocol.file.allow=always", *args], git_dir=None, cwd=self.path, input=input, env=env | local
        )
        return out.decode("utf-8", "surrogateescape").removesuffix("\n")

    def write(self, files: Mapping[str, str | bytes | None]) -> Self:
        """Put files into the working tree, exactly as given; None takes one away."""
        for name, content in files.items():
            place = self.path / name
            if content is None:
                place.unlink()
                continue
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "surrogateescape"))
        return self

    def link(self, name: str, target: str) -> Self:
        place = self.path / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(target)
        return self

    def chmod(self, name: str, mode: int) -> Self:
        (self.path / name).chmod(mode)
        return self

    def stage(self, *names: str) -> Self:
        """Into the index; everything where nothing is named."""
        self.git("add", "--all", "--", *names)
        return self

    def commit(self, message: str = "change", files: Mapping[str, str | bytes | None] | None = None) -> str:
        """Everything in the working tree, after writing `files`, as a commit; its id. May be empty."""
        self.write(files or {}).stage()
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        self._commits += 1
        return self.head

    def branch(self, name: str, *, start: str = "HEAD") -> Self:
        """A new branch, checked out."""
        self.git("checkout", "--quiet", "-b", name, start)
        return self

    def checkout(self, revision: str) -> Self:
        """A branch; anything else detaches the head."""
        self.git("checkout", "--quiet", revision)
        return self

    def submodule(self, name: str, other: RepoBuilder) -> Self:
        """`other` as a submodule, staged."""
        self.git("submodule", "--quiet", "add", str(other.path), name)
        return self

    def worktree(self, path: Path, branch: str) -> RepoBuilder:
        """A linked worktree on a new branch."""
        self.git("worktree", "add", "--quiet", "-b", branch, str(path))
        linked = RepoBuilder(path)
        linked._commits = self._commits
        return linked

    @property
    def head(self) -> str:
        return self.git("rev-parse", "HEAD")

    def tree(self, revision: str = "HEAD") -> str:
        return self.git("rev-parse", f"{revision}^{{tree}}")

    def status(self) -> str:
        """`git status --porcelain`: empty where the tree is clean."""
        return self.git("status", "--porcelain")


def tree_digest(path: Path, *, leave_out: tuple[str, ...] = ()) -> str:
    """A hash of every name, mode, link and byte under `path`, `.git` included.

    `leave_out` are relative paths that do not count, with all below them: `(".git/swe-agent",)` for our own folder.
    Times do not count; owners do not either.
    """
    digest = sha256()
    root = os.fsencode(path)
    skipped = {os.fsencode(name) for name in leave_out}
    for directory, folders, names in os.walk(root):
        folders.sort()
        here = os.path.relpath(directory, root)
        folders[:] = [name for name in folders if os.path.normpath(os.path.join(here, name)) not in skipped]
        for name in sorted([*folders, *names]):
            relative = os.path.normpath(os.path.join(here, name))
            if relative not in skipped:
                digest.update(_line(os.path.join(directory, name), relative))
    return digest.hexdigest()


def _line(place: bytes, relative: bytes) -> bytes:
    mode = os.lstat(place).st_mode
    path = Path(os.fsdecode(place))
    if stat.S_ISLNK(mode):
        content = os.fsencode(path.readlink())
    elif stat.S_ISREG(mode):
        content = sha256(path.read_bytes()).digest()
    else:
        content = b""
    return b"\0".join((relative, f"{mode:o}".encode(), content)) + b"\n"
