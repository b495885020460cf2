"""What dead creators have left below a directory of boxes: found, removed, and said."""

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sandbox.box import DESCRIPTION, remove_tree

WORKSPACE = "workspace.json"
PARTS = ("tree", "agent.git", "quarantine", "caches")
FILES = ("index", "index.lock", "excludes", "dotgit", "alternates", "empty", "settled", "include")


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftover:
    """Something that was removed, and what it had been."""

    path: Path
    what: str


def gc(boxes: Path, *, older_s: float = 3600.0) -> tuple[Leftover, ...]:
    """Remove half-made boxes and workspaces in the directories below `boxes`, and unfinished packs and indexes.

    Whatever is whole stays, whoever made it, and so does what a living process has locked or what was touched within
    the last `older_s` seconds: a box is made before anybody can lock it.
    """
    try:
        roots = sorted(path for path in boxes.iterdir() if path.is_dir() and not path.is_symlink())
    except FileNotFoundError:
        return ()
    return tuple(leftover for root in roots for leftover in _of_box(root, time.time() - older_s))


def _of_box(root: Path, before: float) -> Iterator[Leftover]:
    if not (root / "host.git").is_dir() and not (root / DESCRIPTION).is_file():
        return  # not one of ours
    with _locked(root) as free:
        if not free or root.stat().st_mtime > before:
            return
        if not (root / DESCRIPTION).is_file():
            remove_tree(root)
            yield Leftover(path=root, what="half-made box")
            return
        if not (root / WORKSPACE).is_file() and (root / "tree").exists():
            remove_workspace(root)
            yield Leftover(path=root / "tree", what="half-made workspace")
        packs = root / "host.git/objects/pack"
        for path in sorted([*packs.glob("tmp_*"), *root.glob("*.new"), *root.glob("host.git/index-*")]):
            if path.lstat().st_mtime < before:
                remove_tree(path) if path.is_dir() else path.unlink()
                yield Leftover(path=path, what="unfinished file")


@contextlib.contextmanager
def _locked(root: Path) -> Iterator[bool]:
    """Whether nobody has the workspace in use; held until the end of the block. Leaves no lock file of its own."""
    try:
        lock = os.open(root / "lock", os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        yield True
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield True
    except BlockingIOError:
        yield False
    finally:
        os.close(lock)


def remove_workspace(root: Path) -> None:
    """Remove the files and the agent's repository of a box. The description goes first: what is left of a removal that
    was cut off is seen to be half of something."""
    (root / WORKSPACE).unlink(missing_ok=True)
    for name in PARTS:
        remove_tree(root / name)
    for name in FILES:
        (root / name).unlink(missing_ok=True)
