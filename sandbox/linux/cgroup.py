"""Limits over all processes of a run together: control groups, version 2 where it may be used, else version 1.

Nothing has to be set up: a group is made below, or beside, the one this program is in, wherever the system lets it.
Formats: the kernel's Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/.
"""

import contextlib
import itertools
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sandbox.linux import procs
from sandbox.policy import Limits

_PREFIX = "sandbox-"
_NEEDED = ("memory", "pids")
_serial = itertools.count()


@dataclass(frozen=True, slots=True, kw_only=True)
class Parents:
    """Directories in which a group can be made: one for version 2, one per controller for version 1."""

    version: int
    directories: tuple[Path, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A directory to make, what to write into its files afterwards, and files that some kernels lack."""

    directory: Path
    writes: tuple[tuple[str, str], ...]
    optional: tuple[tuple[str, str], ...] = ()


def plan(parents: Parents, name: str, limits: Limits) -> tuple[Group, ...]:
    """What is to be made for one run. Pure."""
    memory, processes = str(limits.memory_bytes), str(limits.processes)
    if parents.version == 2:
        return (
            Group(
                directory=parents.directories[0] / name,
                writes=(("memory.max", memory), ("pids.max", processes)),
                optional=(("memory.swap.max", "0"), ("memory.oom.group", "1")),
            ),
        )
    of_memory, of_processes = parents.directories
    return (
        Group(
            directory=of_memory / name,
            writes=(("memory.limit_in_bytes", memory),),
            optional=(("memory.memsw.limit_in_bytes", memory),),
        ),
        Group(directory=of_processes / name, writes=(("pids.max", processes),)),
    )


@cache
def find() -> Parents | str:
    """Where groups can be made, or why nowhere."""
    try:
        own = Path("/proc/self/cgroup").read_text(encoding="utf-8", errors="replace")
        mounts = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        return f"control groups cannot be read: {error.strerror}"
    return _version_2(own, mounts) or _version_1(own, mounts) or "no control group may be made here"


def _version_2(own: str, mounts: str) -> Parents | None:
    """The nearest group above this program that may be written and hands the controllers on."""
    top = next(iter(_mounted(mounts, "cgroup2", "")), None)
    path = next((line.removeprefix("0::/") for line in own.splitlines() if line.startswith("0::/")), None)
    if top is None or path is None:
        return None
    here = top / path
    for place in (here, *here.parents):
        if not place.is_relative_to(top):
            return None
        with contextlib.suppress(OSError):
            handed_on = (place / "cgroup.subtree_control").read_text(encoding="ascii").split()
            if set(_NEEDED) <= set(handed_on) and _writable(place) and os.access(place / "cgroup.procs", os.W_OK):
                return Parents(version=2, directories=(place,))
    return None


def _version_1(own: str, mounts: str) -> Parents | None:
    found = []
    for controller in _NEEDED:
        lines = (line.split(":", 2) for line in own.splitlines())
        path = next((path for _, names, path in lines if controller in names.split(",")), None)
        top = next(iter(_mounted(mounts, "cgroup", controller)), None)
        if path is None or top is None:
            return None
        place = top / path.lstrip("/")
        if not _writable(place):
            return None
        found.append(place)
    return Parents(version=1, directories=tuple(found))


def _mounted(mounts: str, kind: str, controller: str) -> Iterator[Path]:
    """Mount points of that kind of file system, of version 1 those of the controller."""
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        fields = after.split()
        if fields[0] == kind and (not controller or controller in fields[2].split(",")):
            yield Path(before.split()[4])


def _writable(place: Path) -> bool:
    return os.access(place, os.W_OK | os.X_OK)


class Cgroup:
    """The groups of one run. Made by `create`; `close` removes them once all processes are gone."""

    def __init__(self, groups: tuple[Group, ...]) -> None:
        self._groups = groups

    @classmethod
    def create(cls, limits: Limits) -> "Cgroup | None":
        """None where groups cannot be had."""
        parents = find()
        if isinstance(parents, str):
            return None
        groups = plan(parents, f"{_PREFIX}{os.getpid()}-{procs.began(os.getpid())}-{next(_serial)}", limits)
        made = cls(groups)
        try:
            for group in groups:
                group.directory.mkdir()
                for name, value in group.writes:
                    (group.directory / name).write_text(value, encoding="ascii")
                for name, value in group.optional:
                    with contextlib.suppress(OSError):
                        (group.directory / name).write_text(value, encoding="ascii")
        except OSError:
            made.close()
            return None
        return made

    def join(self, pid: int) -> bool:
        """Move a process in, before it has any children that matter."""
        return all(_enter(group.directory / "cgroup.procs", pid) for group in self._groups)

    def exceeded(self) -> tuple[str, ...]:
        """The limits at which something was refused or killed."""
        return tuple(dict.fromkeys(name for group in self._groups for name in _events(group.directory)))

    def close(self) -> None:
        """Remove the groups. A process that is being buried may hold one for a moment."""
        for group in self._groups:
            for pause in (0.0, 0.001, 0.002, 0.005, 0.01, 0.05, 0.1):
                time.sleep(pause)
                try:
                    group.directory.rmdir()
                except FileNotFoundError:
                    break
                except OSError:
                    continue
                break


def clean() -> int:
    """Remove groups whose maker is gone, and say how many there were."""
    parents = find()
    removed = 0
    for parent in () if isinstance(parents, str) else parents.directories:
        for place in parent.glob(f"{_PREFIX}*-*-*"):
            pid, started = place.name.removeprefix(_PREFIX).split("-")[:2]
            if pid.isdigit() and procs.began(int(pid)) != started:
                with contextlib.suppress(OSError):
                    place.rmdir()
                    removed += 1
    return removed


def _enter(procs: Path, pid: int) -> bool:
    try:
        descriptor = os.open(procs, os.O_WRONLY | os.O_CLOEXEC)
        try:
            os.write(descriptor, str(pid).encode())
        finally:
            os.close(descriptor)
    except OSError:
        return False
    return True


def _events(directory: Path) -> Iterator[str]:
    for file, key, name in (
        ("memory.events", "oom_kill", "memory"),
        ("memory.oom_control", "oom_kill", "memory"),
        ("pids.events", "max", "processes"),
    ):
        with contextlib.suppress(OSError):
            for line in (directory / file).read_text(encoding="ascii").splitlines():
                if line.startswith(f"{key} ") and line.split()[1] != "0":
                    yield name
