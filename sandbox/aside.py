"""What lies in an agent's files and must not be there when git looks: taken out of the way, and kept where somebody may
want to look at it."""

import errno
import os
import stat
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from uuid import uuid4

from sandbox import paths
from sandbox.box import remove_tree
from sandbox.glance import ATTRIBUTES, blocks


def take_away(place: Path, quarantine: Path) -> None:
    """Remove a file or link; keep anything else for someone to look at."""
    try:
        there = place.lstat()
    except FileNotFoundError:
        return
    if stat.S_ISDIR(there.st_mode):
        quarantine.mkdir(exist_ok=True)
        place.rename(quarantine / f"{uuid4().hex[:12]}-{place.parent.name[:40]}")
    else:
        place.unlink()


def remove(root: Path, name: str) -> None:
    """Remove a file or a whole directory beneath `root`, and the directories this leaves empty."""
    path = root / name.rstrip("/")
    try:
        there = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return
    if stat.S_ISDIR(there.st_mode):
        remove_tree(path)
    else:
        try:
            path.unlink(missing_ok=True)
        except PermissionError:
            path.parent.chmod(0o700)
            path.unlink(missing_ok=True)
    for parent in path.parents:
        if parent == root:
            return
        try:
            parent.rmdir()
        except OSError:  # not empty
            return


def put_aside(tree: Path, quarantine: Path, skip: Collection[str], tracked: Callable[[str], bool]) -> Iterator[str]:
    """Move the git directories of nested repositories, and bare repositories that hold no `tracked` file, out of the
    tree. Yields their names. Directories named by `skip` are not entered.

    What git would open and wait for goes as well; no tree can hold it.
    """
    pending = [""]
    while pending:
        prefix = pending.pop()
        try:
            with os.scandir(tree / prefix) as entries:
                found = {entry.name: entry.is_dir(follow_symlinks=False) for entry in entries}
        except PermissionError:
            (tree / prefix).chmod(0o755)
            pending.append(prefix)
            continue
        except FileNotFoundError:  # went with something above
            continue
        except OSError as error:
            if error.errno != errno.ENAMETOOLONG:
                raise
            # No path leads to the files below, so neither git nor anybody else can read them.
            take_away(_reachable(tree, prefix), quarantine)
            yield prefix
            continue
        if prefix and _looks_bare(found) and not tracked(prefix):
            take_away(tree / prefix, quarantine)
            yield prefix
            continue
        for name, is_directory in found.items():
            rel = prefix + name
            if name == ATTRIBUTES and blocks(tree / rel):
                (tree / rel).unlink()
            elif rel in skip:
                continue
            elif paths.is_git_name(name):
                take_away(tree / rel, quarantine)
                yield rel
            elif is_directory:
                pending.append(rel + "/")


def _reachable(tree: Path, prefix: str) -> Path:
    """The upper half of a path that is too long to be used."""
    parts = prefix.rstrip("/").split("/")
    return tree.joinpath(*parts[: max(1, len(parts) // 2)])


def _looks_bare(found: dict[str, bool]) -> bool:
    return found.get("HEAD") is False and found.get("objects") is True and found.get("refs") is True
