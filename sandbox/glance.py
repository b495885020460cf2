"""A quick look at an agent's files: what is new, what is ignored, and whether anything needs the thorough way out.

Directories in which nothing was put, removed or renamed since the last look are not read again; the kernel says so by
the time of their last change, which nobody in a sandbox can set. Git is asked only about what the index does not hold.
Whatever could make git see another repository in the tree, in any spelling, is an occasion to go the thorough way,
and never to guess.
"""

import contextlib
import os
import posixpath
import stat
import time
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

from sandbox import paths
from sandbox import tree as trees
from sandbox.box import Box
from sandbox.hazards import alike
from sandbox.tree import Change

ATTRIBUTES = ".gitattributes"
_ASKED_BY_NAME = 200  # with more names the whole tree is walked again; a command line has an end
_REFRESHED_EVERY = 16
_SETTLED_NS = 100_000_000  # a change this young may have another one behind it with the same time stamp


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """Names of files that the index does not hold, and of submodules. Ignored directories end with a slash."""

    new: tuple[str, ...]
    ignored: tuple[str, ...]
    submodules: tuple[str, ...]


class _Directory:
    """Its files in the index, what else lies in it, and its inode and time of change when it was read."""

    __slots__ = ("beside", "stamp", "tracked")

    def __init__(self) -> None:
        self.tracked: set[str] = set()
        self.beside: list[str] = []
        self.stamp: tuple[int, int] | None = None


class Glance:
    """What looks at one tree have seen so far. `forget` after a change of the index by anybody else."""

    def __init__(self, tree: Path, index: Path, excludes: Path, lent: frozenset[str]) -> None:
        self._tree = str(tree)
        self._index = index
        self._excludes = f"--exclude-from={excludes}"
        self._lent = lent
        self._known: dict[str, _Directory] = {}
        self._submodules: tuple[str, ...] = ()
        self._before: tuple[str, Mapping[str, Set[str]]] | None = None
        self._sizes: dict[str, int] = {}
        self._looks = 0

    def before(self, box: Box, base: str) -> Mapping[str, Set[str]]:
        """`alike` of the files of tree `base`, which does not change while a workspace lives."""
        if self._before is None or self._before[0] != base:
            names = trees.text(box.git("ls-tree", "-r", "-z", "--name-only", base)).split("\0")[:-1]
            self._before = base, alike(names)
        return self._before[1]

    def sizes(self, box: Box, changes: Sequence[Change]) -> Mapping[str, int]:
        """The sizes of all contents in `changes`. Of new files it is that on disk; git is asked about each old one
        only once."""
        here: dict[str, int] = {}
        for change in changes:
            if change.new_mode in trees.FILES:
                with contextlib.suppress(OSError):
                    here[change.new_id] = os.lstat(f"{self._tree}/{change.path}").st_size
        sides = (side for one in changes for side in ((one.old_mode, one.old_id), (one.new_mode, one.new_id)))
        wanted = {id for mode, id in sides if mode in trees.FILES}
        self._sizes |= box.sizes(wanted - here.keys() - self._sizes.keys())
        return {id: here[id] if id in here else self._sizes[id] for id in wanted}

    def forget(self) -> None:
        self._known = {}
        self._looks = 0

    def read(self, box: Box) -> bool:
        """Read the directories that have changed. False where the tree must be looked at thoroughly, and before git
        works in it: another repository was met, or something that git would wait for without end."""
        if not self._known:
            self._learn(box)
        return not any(os.path.lexists(f"{self._tree}/{name}/.git") for name in self._submodules) and self._read()

    def due(self) -> bool:
        """Whether it is time to write down anew when unchanged files were last changed: without this, git would
        compare a file that was only touched each time."""
        self._looks += 1
        return self._looks % _REFRESHED_EVERY == 1

    def sort(self, box: Box) -> Sight | None:
        """What lies in the tree beside the files of the index; None where it must be looked at thoroughly.

        Raises `GitFailed` also where git may not read a directory.
        """
        beside = [name for known in self._known.values() for name in known.beside]
        new, ignored = self._sorted_out(box, beside) if beside else ([], [])
        if any(self._is_odd(name) for name in new):
            return None
        if not self._plain([name for name in beside if name.endswith("/")], {*ignored, *self._lent}):
            return None
        return Sight(new=tuple(new), ignored=tuple(ignored), submodules=self._submodules)

    def took(self, names: Iterable[str]) -> None:
        """The index has taken these new files: the directories on their way are read anew."""
        for name in names:
            self._directory(posixpath.dirname(name)).tracked.add(posixpath.basename(name))
            for directory in _above(name):
                self._directory(directory).stamp = None

    def _directory(self, name: str) -> _Directory:
        return self._known.setdefault(name, _Directory())

    def _learn(self, box: Box) -> None:
        lines = trees.text(box.git("ls-files", "-z", "-s", index=self._index)).split("\0")[:-1]
        names = [line.partition("\t")[2] for line in lines]
        linked = {name for name, line in zip(names, lines, strict=True) if line.startswith(trees.GITLINK)}
        self._submodules = tuple(sorted(linked))
        self._directory("")
        for name in names:
            directory, _, last = name.rpartition("/")
            if directory not in self._known:
                for above in _above(name):
                    self._directory(above)
            if name not in linked:
                self._known[directory].tracked.add(last)

    def _read(self) -> bool:
        """Read what has changed. False where something other than a plain directory was met, or a repository."""
        now = time.time_ns()
        for name, known in list(self._known.items()):
            place = f"{self._tree}/{name}"
            try:
                there = os.lstat(place.removesuffix("/"))
                stamp = there.st_ino, there.st_ctime_ns
                if stamp == known.stamp:
                    continue
                if not stat.S_ISDIR(there.st_mode) or not self._scan(place, name, known):
                    return False
            except FileNotFoundError:
                del self._known[name]  # git tells what was in it
                continue
            except (NotADirectoryError, PermissionError):
                return False
            known.stamp = stamp if there.st_ctime_ns < now - _SETTLED_NS else None
        return True

    def _scan(self, place: str, directory: str, known: _Directory) -> bool:
        known.beside = []
        seen = set()
        prefix = f"{directory}/" if directory else ""
        with os.scandir(place) as entries:
            for entry in entries:
                rel, is_directory = prefix + entry.name, entry.is_dir(follow_symlinks=False)
                if paths.is_git_name(entry.name) or (is_directory and entry.name in known.tracked):
                    return False
                if entry.name == ATTRIBUTES and blocks(Path(entry.path)):
                    return False
                seen.add(entry.name)
                if entry.name in known.tracked or rel in self._lent or rel in self._known or rel in self._submodules:
                    continue
                if is_directory:
                    known.beside.append(rel + "/")
                elif entry.is_symlink() or entry.is_file(follow_symlinks=False):
                    known.beside.append(rel)
        known.tracked &= seen  # what is gone from here, git takes out of the index
        return True

    def _plain(self, directories: list[str], skip: set[str]) -> bool:
        """Whether all is ordinary in new directories. Git does not show what lies in or beside a `.git` of theirs."""
        pending = [name for name in directories if name not in skip]
        while pending:
            prefix = pending.pop()
            with os.scandir(f"{self._tree}/{prefix}") as entries:
                for entry in entries:
                    rel = f"{prefix}{entry.name}"
                    if paths.is_git_name(entry.name) or (entry.name == ATTRIBUTES and blocks(Path(entry.path))):
                        return False
                    if entry.is_dir(follow_symlinks=False) and skip.isdisjoint((rel, rel + "/")):
                        pending.append(rel + "/")
        return True

    def _sorted_out(self, box: Box, beside: list[str]) -> tuple[list[str], list[str]]:
        """New files and ignored ones among names that the index does not hold."""
        asked = ["--", *beside] if len(beside) <= _ASKED_BY_NAME else []
        new = self._listed(box, "-o", *asked)
        taken = set(new)
        ignored = [name for name in beside if not name.endswith("/") and name not in taken]
        directories = [name for name in beside if name.endswith("/")]
        if directories:
            asked = ["--", *directories] if len(directories) <= _ASKED_BY_NAME else []
            ignored += outermost(self._listed(box, "-o", "-i", "--directory", *asked), Path(self._tree))
            ignored = list(dict.fromkeys(ignored))
        return new, ignored

    def _listed(self, box: Box, *options: str) -> list[str]:
        argv = ["ls-files", "-z", self._excludes, *options]
        out = box.git(*argv, index=self._index, work_tree=Path(self._tree), strict=True)
        names = trees.text(out).split("\0")[:-1]
        return [name for name in names if not any(name == t or name.startswith(t + "/") for t in self._lent)]

    def _is_odd(self, name: str) -> bool:
        """A nested repository, a name that stands for git's directory, or the beginning of a bare repository."""
        if name.endswith("/") or any(paths.is_git_name(part) for part in name.split("/")):
            return True
        around = Path(self._tree, posixpath.dirname(name))
        return posixpath.basename(name) == "HEAD" and (around / "objects").is_dir() and (around / "refs").is_dir()


def outermost(names: Iterable[str], tree: Path) -> list[str]:
    """What `ls-files -o -i --directory` means: it names a directory and then each file in it, and empty ones too. (With
    `--no-empty-directory` it forgets ignored files beside others.)"""
    found: list[str] = []
    for name in sorted(names):
        if not (found and found[-1].endswith("/") and name.startswith(found[-1])):
            found.append(name)
    return [name for name in found if not name.endswith("/") or any(True for _ in paths.list_beneath(tree / name))]


def blocks(place: Path) -> bool:
    """Whether opening `place` may wait without end: git opens `.gitattributes` without asking what it is."""
    try:
        mode = place.lstat().st_mode
    except OSError:
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISLNK(mode) or stat.S_ISDIR(mode))


def _above(name: str) -> list[str]:
    """All directories above a file, the top as an empty name.

    >>> _above("a/b/c")
    ['a/b', 'a', '']
    """
    found = []
    while name:
        name = posixpath.dirname(name)
        found.append(name)
    return found
