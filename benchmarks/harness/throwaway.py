"""Trees to throw away, in which peers edit: filled for a case, read back after it, and all that a peer can write to.

A tree is a git work tree of its own. It lies one folder deep in what is watched, so that a file one step above it is
seen as well. With bubblewrap nothing else can be written and nothing reached.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

LONGEST = 30
"""Seconds for one reply."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A child that ended; `cpu` are seconds of it and of all that it waited for."""

    status: int
    said: str
    cpu: float


@cache
def is_confined() -> bool:
    """Whether bubblewrap is there and works."""
    try:
        return subprocess.run([*_BWRAP, "true"], stdin=-3, stdout=-3, stderr=-3, timeout=20).returncode == 0
    except (OSError, subprocess.SubprocessError):
        return False


_BWRAP = ("bwrap", "--unshare-all", "--die-with-parent", "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev")


class Tree:
    """Below `scratch`, which someone else removes. Texts are decoded as `surrogateescape` does it."""

    def __init__(self, scratch: Path) -> None:
        own = Path(tempfile.mkdtemp(prefix="tree-", dir=scratch))
        self._around, self._temporary = own / "around", own / "tmp"
        self.root = self._around / "tree"
        self.root.mkdir(parents=True)
        self._temporary.mkdir()
        subprocess.run(["git", "init", "-q", str(self.root)], env=self.environment, check=True, stdout=-3)

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(self._temporary),
            "TMPDIR": str(self._temporary),
            "LANG": "C.UTF-8",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "PYTHONHASHSEED": "0",
        }

    def argv(self, argv: Sequence[str]) -> list[str]:
        """Confined where that can be; git's own folder stays as it is."""
        if not is_confined():
            return [*argv]
        open_ones = [word for path in (self._around, self._temporary) for word in ("--bind", str(path), str(path))]
        kept = str(self.root / ".git")
        return [*_BWRAP, *open_ones, "--ro-bind", kept, kept, "--chdir", str(self.root), *argv]

    def fill(self, files: Mapping[str, str]) -> None:
        for path in self._around.iterdir():
            if path != self.root:
                _remove(path)
        for path in self.root.iterdir():
            if path.name != ".git":
                _remove(path)
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode("utf-8", "surrogateescape"))

    def changed(self, files: Mapping[str, str]) -> dict[str, str | None]:
        """What is other than it was filled with, by path from the tree's root; None for what is gone."""
        now = dict(self._texts())
        return {path: now.get(path) for path in sorted(now.keys() | files.keys()) if now.get(path) != files.get(path)}

    def _texts(self) -> Iterator[tuple[str, str]]:
        for folder, names, files in os.walk(self._around):
            if Path(folder) == self.root:
                names.remove(".git")
            for name in files:
                path = Path(folder, name)
                text = str(path.readlink()) if path.is_symlink() else path.read_bytes().decode(errors="surrogateescape")
                yield os.path.relpath(path, self.root), text

    def run(self, argv: Sequence[str], said: str, *, confined: bool = True) -> Ended:
        """A program in the tree, with the reply on its standard input."""
        full = self.argv(argv) if confined else [*argv]
        with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as answer:
            given.write(said.encode("utf-8", "surrogateescape"))
            given.seek(0)
            child = subprocess.Popen(
                full, cwd=self.root, env=self.environment, stdin=given, stdout=answer, stderr=answer
            )
            status, cpu = _wait(child)
            answer.seek(0)
            return Ended(status=status, said=answer.read().decode(errors="replace"), cpu=cpu)


def _wait(child: subprocess.Popen[bytes]) -> tuple[int, float]:
    before = _used()
    try:
        status = child.wait(LONGEST)
    except subprocess.TimeoutExpired:
        child.kill()
        status = child.wait()
    return status, _used() - before


def _used() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()
