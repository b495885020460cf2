"""A quick look at an agent's files: what is new, what is ignored, and whether anything needs the thorough way out.

Git walks the tree once and is asked further only about what the index does not hold. Whatever could make git see
another repository in the tree, in any spelling, is an occasion to go the thorough way, and never to guess.
"""

import os
import posixpath
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sandbox import paths
from sandbox import tree as trees
from sandbox.box import Box

_ASKED_BY_NAME = 200  # with more names the whole tree is walked again; a command line has an end


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """Names of files that the index does not hold, and of submodules. Ignored directories end with a slash."""

    new: tuple[str, ...]
    ignored: tuple[str, ...]
    submodules: tuple[str, ...]


def look(box: Box, tree: Path, index: Path, excludes: Path, lent: frozenset[str]) -> Sight | None:
    """What lies in the tree beside the files of the index; None where it must be looked at thoroughly.

    Raises `GitFailed` also where git may not read a directory.
    """

    def listed(*options: str) -> list[str]:
        out = box.git("ls-files", "-z", *options, index=index, work_tree=tree, strict=True)
        names = trees.text(out).split("\0")[:-1]
        return [name for name in names if not any(name == t or name.startswith(t + "/") for t in lent)]

    beside = listed("-o", "--directory", "--no-empty-directory")
    new: list[str] = []
    ignored: list[str] = []
    if beside:
        asked = ["--", *beside] if len(beside) <= _ASKED_BY_NAME else []
        new = listed("-o", f"--exclude-from={excludes}", *asked)
        ignored = listed("-o", "-i", "--directory", "--no-empty-directory", f"--exclude-from={excludes}", *asked)
    tracked, submodules = _tracked(box, index)
    if any(_is_odd(tree, name) for name in new) or _holds_repository(tree, [*tracked, *new], submodules):
        return None
    return Sight(new=tuple(new), ignored=tuple(ignored), submodules=submodules)


def _tracked(box: Box, index: Path) -> tuple[list[str], tuple[str, ...]]:
    lines = trees.text(box.git("ls-files", "-z", "-s", index=index)).split("\0")[:-1]
    names = [line.partition("\t")[2] for line in lines]
    return names, tuple(n for n, line in zip(names, lines, strict=True) if line.startswith(trees.GITLINK))


def _is_odd(tree: Path, name: str) -> bool:
    """A nested repository, a name that stands for git's directory, or the beginning of a bare repository."""
    if name.endswith("/") or any(paths.is_git_name(part) for part in name.split("/")):
        return True
    if posixpath.basename(name) != "HEAD":
        return False
    around = tree / posixpath.dirname(name)
    return (around / "objects").is_dir() and (around / "refs").is_dir()


def _holds_repository(tree: Path, names: Iterable[str], submodules: Iterable[str]) -> bool:
    directories = {posixpath.dirname(name) for name in names} | set(submodules)
    for directory in list(directories):
        while directory := posixpath.dirname(directory):
            if directory in directories:
                break
            directories.add(directory)
    top = str(tree)
    return any(os.path.lexists(f"{top}/{directory}/.git") for directory in directories if directory)
