"""Installed dependencies of the user's checkout, lent to a workspace so that nothing of it changes them."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sandbox import checkout as checkouts
from sandbox import toolchains
from sandbox.git import run_git
from sandbox.tree import text

_NAMES = frozenset({".venv", "venv", "env", "node_modules", "vendor", "bower_components"})
_CACHES = (".cache", ".vite", ".vite-temp", ".vitest")
_DEPTH = 3  # a monorepo keeps its packages at `packages/<name>/node_modules`


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependency:
    """A directory of the user's checkout, shown at `target` (relative to the tree) in a workspace.

    With mode `ro` it cannot be written; with `overlay` it can, and what was written is dropped when the command ends.
    `made_inside`: a command in a sandbox made it, so what it says of this machine is not believed.
    """

    name: str
    source: Path
    target: str
    mode: Literal["ro", "overlay"] = "ro"
    made_inside: bool = False

    @property
    def caches(self) -> tuple[str, ...]:
        """Directories in it that tools write to and the user has already: babel, eslint, jest, terser, vite.

        Where they are missing nothing can be mounted on a read-only directory. Most of these tools then use a temporary
        directory; for the others there is mode `overlay`.
        """
        if self.name != "node_modules" or self.mode != "ro":
            return ()
        found = (name for name in _CACHES if (self.source / name).is_dir() and not (self.source / name).is_symlink())
        return tuple(found)

    @property
    def bin_dir(self) -> str | None:
        """Where its programs lie, relative to itself."""
        if is_environment(self.source):
            return "bin"
        return ".bin" if self.name == "node_modules" and (self.source / ".bin").is_dir() else None


def is_environment(place: Path) -> bool:
    """Whether `place` is a Python virtual environment."""
    return (place / "pyvenv.cfg").is_file()


def interpreters(found: tuple[Dependency, ...]) -> tuple[Path, ...]:
    """Installations behind the virtual environments among `found`."""
    own = [one for one in found if not one.made_inside]  # another could name a home
    places = (place for one in own for place in toolchains.of_environment(one.source))
    return tuple(place for place in dict.fromkeys(places) if place.exists())


def find_dependencies(checkout: Path) -> tuple[Dependency, ...]:
    """Dependency directories of the checkout that hold no tracked file and are ignored by git.

    A virtual environment and `node_modules` count without being ignored too: some people ignore them in their own
    settings, which are not read here.
    """
    found = checkouts.find(checkout)
    candidates = list(_candidates(str(found.top), "", _DEPTH))
    if not candidates:
        return ()
    tracked = run_git(["ls-files", "-z", "--", *candidates], git_dir=found.git_dir, work_tree=found.top)
    taken = {name for name in candidates if any(path.startswith(name + "/") for path in text(tracked).split("\0"))}
    free = [name for name in candidates if name not in taken]
    argv = ["ls-files", "-z", "-o", "-i", "--exclude-standard", "--directory", "--", *free]
    out = run_git(argv, git_dir=found.git_dir, work_tree=found.top) if free else b""
    ignored = set(text(out).split("\0"))
    return tuple(
        Dependency(name=Path(name).name, source=found.top / name, target=name)
        for name in free
        if f"{name}/" in ignored or Path(name).name == "node_modules" or is_environment(found.top / name)
    )


def _candidates(top: str, prefix: str, depth: int) -> Iterator[str]:
    try:
        entries = sorted(os.scandir(os.path.join(top, prefix)), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        if not entry.is_dir(follow_symlinks=False):
            continue
        rel = prefix + entry.name
        plain = entry.name != "env" and entry.name != "venv"
        if entry.name in _NAMES and (plain or is_environment(Path(entry.path))):
            yield rel
        elif depth > 1 and not entry.name.startswith("."):
            yield from _candidates(top, rel + "/", depth - 1)
