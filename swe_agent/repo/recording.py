"""What has landed, in git's own terms: staged, committed, or as a branch. Nothing else of the user's goes with it.

What landed is a change of files in the work tree. The index, or HEAD, may hold other contents of these files (the user
works on them too), so the same change is made to those contents, by a three-way merge; where that cannot be, TreeMoved
is raised before anything is written. Contents go through the repository's own filters (line ends, LFS) on their way in.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from swe_agent.core.diff import Spliced
from swe_agent.core.errors import EnvironmentLacks, TreeMoved, UsageError
from swe_agent.core.merge import merge
from swe_agent.repo.git import Git, GitFailed

LINK = "120000"
Where = Literal["index", "HEAD"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """A file of the work tree before and after; None for "no file"."""

    path: str
    before: Spliced | None
    after: Spliced | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    mode: str
    id: str


Entries = Mapping[str, Entry | None]


def entries(git: Git, files: Sequence[Changed], where: Where) -> Entries:
    """What the index or HEAD shall hold of these files. TreeMoved where it holds something else in the same place."""
    return {file.path: _entry(git, file, where) for file in files}


def _entry(git: Git, file: Changed, where: Where) -> Entry | None:
    before, after = _cleaned(git, file.path, file.before), _cleaned(git, file.path, file.after)
    there = _there(git, file.path, where)
    if there == before:
        return after
    if there == after:
        return there
    if before is None or after is None or there is None or LINK in (before.mode, after.mode, there.mode):
        raise _differs(file.path, where)
    merged = merge(*(git.run("cat-file", "blob", one.id) for one in (before, there, after)))
    if merged is None:
        raise _differs(file.path, where)
    id_ = git.run("hash-object", "-w", "--no-filters", "--stdin", data=merged).decode().strip()
    return Entry(mode=after.mode if there.mode == before.mode else there.mode, id=id_)


def _differs(path: str, where: Where) -> TreeMoved:
    held = "what you have staged" if where == "index" else "the last commit"
    return TreeMoved(
        f"{path}: {held} differs from your file where this change is; nothing was written",
        hint="commit or put aside your own change of this file first, or land it as plain changes",
    )


def _cleaned(git: Git, path: str, image: Spliced | None) -> Entry | None:
    """As git would store it."""
    if image is None:
        return None
    how = ["--no-filters"] if image.mode == LINK else [f"--path={path}"]
    id_ = git.run("hash-object", "-w", *how, "--stdin", data=image.data).decode().strip()
    return Entry(mode=image.mode, id=id_)


def _there(git: Git, path: str, where: Where) -> Entry | None:
    spec = f":(top,literal){path}"
    if where == "index":
        row = git.text("ls-files", "-s", "-z", "--", spec)
        mode, id_ = row.split(" ")[:2] if row else ("", "")
    else:
        row = git.text("ls-tree", "-z", "--full-tree", "HEAD", "--", f":(literal){path}", check=False)
        mode, id_ = (row.split(" ")[0], row.split("\t")[0].split(" ")[2]) if row else ("", "")
    return Entry(mode=mode, id=id_) if mode else None


def holds(git: Git, wanted: Entries) -> bool:
    """Whether HEAD has these files so."""
    return all(_there(git, path, "HEAD") == entry for path, entry in wanted.items())


def stage(git: Git, wanted: Entries) -> None:
    _update(git, wanted)


def _update(git: Git, wanted: Entries, index: Path | None = None) -> None:
    rows = [f"{e.mode} {e.id} 0\t{path}" if e else f"0 {'0' * 40}\t{path}" for path, e in wanted.items()]
    data = "".join(f"{row}\0" for row in rows).encode("utf-8", "surrogateescape")
    try:
        git.run("update-index", "-z", "--index-info", data=data, index=index, apart=True)
    except GitFailed as error:
        raise EnvironmentLacks(
            f"the change has landed, but could not be staged: {error.stderr.strip()}",
            hint="stage it yourself: `git add -p`",
        ) from error


def commit(git: Git, wanted: Entries, message: str) -> str:
    """The id of a commit of these files alone on HEAD, by the user's own git, name and hooks; they are as committed in
    the index then. EnvironmentLacks where git or a hook refuses."""
    with tempfile.TemporaryDirectory(prefix="swe-agent-") as folder:
        index = _index_of_head(git, Path(folder))
        _update(git, wanted, index)
        try:
            git.run("commit", "--quiet", "--file=-", data=message.encode("utf-8", "surrogateescape"), index=index)
        except GitFailed as error:
            raise EnvironmentLacks(
                f"the change has landed in your files, but git did not commit it: {error.stderr.strip()[-2000:]}",
                hint="it is there as plain changes; commit it yourself, or take it back with `swe-agent undo`",
            ) from error
    return git.text("rev-parse", "HEAD")


def branch(git: Git, name: str, wanted: Entries, message: str) -> str:
    """The id of a commit of these files on HEAD that a new branch names. The work tree and the index stay."""
    require_free(git, name)
    with tempfile.TemporaryDirectory(prefix="swe-agent-") as folder:
        index = _index_of_head(git, Path(folder))
        _update(git, wanted, index)
        tree = git.run("write-tree", index=index).decode().strip()
    parents = ["-p", "HEAD"] if _head(git) else []
    data = message.encode("utf-8", "surrogateescape")
    made = git.run("commit-tree", tree, *parents, "-F", "-", data=data).decode().strip()
    git.run("update-ref", "-m", "swe-agent: land", f"refs/heads/{name}", made, "0" * 40)
    return made


def require_removable(git: Git, name: str, commit: str) -> None:
    """TreeMoved where a branch has moved on from this commit, or is checked out. One that is gone is gone."""
    if not taken(git, name):
        return
    ref = f"refs/heads/{name}"
    hint = f"if nobody needs it, remove it yourself: `git branch -D {name}`"
    if f"branch {ref}" in git.text("worktree", "list", "--porcelain").splitlines():
        raise TreeMoved(f"branch {name} is checked out; nothing was removed", hint=hint)
    if not commit or git.text("rev-parse", ref) != commit:
        raise TreeMoved(f"branch {name} has moved on since it was made; nothing was removed", hint=hint)


def remove(git: Git, name: str, commit: str) -> None:
    """Remove a branch that is at this commit."""
    if taken(git, name):
        git.run("update-ref", "-m", "swe-agent: undo", "-d", f"refs/heads/{name}", commit)


def require_name(git: Git) -> None:
    """EnvironmentLacks where git does not know who commits."""
    if not git.text("var", "GIT_COMMITTER_IDENT", check=False):
        raise EnvironmentLacks(
            "git does not know who you are, so nothing can be committed; nothing was written",
            hint='tell it once: `git config --global user.name "Your Name"`, and the same with `user.email`',
        )


def require_free(git: Git, name: str) -> None:
    """UsageError for what can be no branch, or is one."""
    if name.startswith("-") or not git.text("check-ref-format", "--branch", name, check=False):
        raise UsageError(f"`{name}` is no name for a branch", hint="see `git help check-ref-format`")
    if taken(git, name):
        raise UsageError(f"there is a branch {name} already", hint="choose another name")


def taken(git: Git, name: str) -> bool:
    """Whether there is a branch of this name."""
    return bool(git.text("rev-parse", "--verify", "--quiet", f"refs/heads/{name}", check=False))


def _head(git: Git) -> str:
    return git.text("rev-parse", "--verify", "--quiet", "HEAD^{commit}", check=False)


def _index_of_head(git: Git, folder: Path) -> Path:
    index = folder / "index"
    git.run("read-tree", *(["HEAD"] if _head(git) else ["--empty"]), index=index)
    return index
