"""Limits that the kernel does not keep here, by looking again and again: the CPU time of a whole run, its memory and
processes where there is no control group, and the growth of what may be written."""

import os
import stat
import time
from collections.abc import Sequence
from pathlib import Path

from sandbox.leash import Leash
from sandbox.linux import procs
from sandbox.policy import Limits

_LOOK_S = 0.2  # at the processes; at the file system each time, for it is written at gigabytes a second
_BLOCK = 4096  # what even an empty file takes of a disk


class Watchdog:
    """Looks when asked, but not more often than is worth it."""

    def __init__(self, limits: Limits, leash: Leash, *, written: Sequence[Path]) -> None:
        self.exceeded: tuple[str, ...] = ()
        self._limits = limits
        self._leash = leash
        self._written = [(place, _used(place)) for place in written]
        self._next = 0.0

    def look(self) -> bool:
        """Whether a limit is passed; `exceeded` then says which."""
        if not self._leash.begun:
            return False
        found = self._trees()
        now = time.monotonic()
        if now >= self._next:
            found += self._processes()
            # A look at many processes takes long; it shall never take more than a small part of the time.
            self._next = now + max(_LOOK_S, 10 * (time.monotonic() - now))
        self.exceeded = tuple(found)
        return bool(found)

    def _processes(self) -> list[str]:
        alive = procs.below(self._leash.first)
        found = ["cpu"] if sum(map(procs.cpu_of, alive)) > self._limits.cpu_s else []
        if self._leash.grouped:
            return found
        if len(alive) > self._limits.processes:
            found.append("processes")
        if sum(map(procs.memory_of, alive)) > self._limits.memory_bytes and (
            sum(map(procs.share_of, alive)) > self._limits.memory_bytes
        ):
            found.append("memory")
        return found

    def _trees(self) -> list[str]:
        """The file system tells quickly that nothing much was written; only else the files are counted."""
        for place, before in self._written:
            if _used(place) - before > self._limits.tree_bytes:
                written = _size(place) + sum(map(_unlinked, procs.below(self._leash.first)))
                if written > self._limits.tree_bytes:
                    return ["tree"]
        return []


def _unlinked(pid: int) -> int:
    """Bytes on disk of files that a process holds open and that have no name any more."""
    total = 0
    try:
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            found = descriptor.stat()
            if stat.S_ISREG(found.st_mode) and found.st_nlink == 0:
                total += found.st_blocks * 512
    except OSError:
        pass
    return total


def _used(place: Path) -> int:
    """Bytes in use on the file system of `place`, a block for each file at least: empty ones fill it too."""
    try:
        found = os.statvfs(place)
    except OSError:
        return 0
    return (found.f_blocks - found.f_bfree) * found.f_frsize + (found.f_files - found.f_ffree) * _BLOCK


def _size(place: Path) -> int:
    """Bytes on disk below `place`, a file with many names once."""
    seen: set[tuple[int, int]] = set()
    total = 0
    for directory, _, names in os.walk(place):
        total += _BLOCK
        for name in names:
            try:
                found = os.lstat(os.path.join(directory, name))
            except OSError:
                continue
            if found.st_nlink == 1 or (found.st_dev, found.st_ino) not in seen:
                if found.st_nlink > 1:
                    seen.add((found.st_dev, found.st_ino))
                total += max(found.st_blocks * 512, _BLOCK)
    return total
