"""Finding processes through /proc, and ending them."""

import contextlib
import os
import select
import signal
import time
from collections.abc import Iterable, Iterator
from pathlib import Path


def everything() -> Iterator[int]:
    """The ids of all processes that can be seen."""
    with os.scandir("/proc") as entries:
        yield from [int(entry.name) for entry in entries if entry.name.isdigit()]


def stat_fields(pid: int) -> list[str]:
    """Fields of /proc/PID/stat from `state` on; empty where the process is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return []
    return text.rpartition(")")[2].split()


def parent(pid: int) -> int | None:
    fields = stat_fields(pid)
    return int(fields[1]) if fields else None


def survivors(token: bytes, session: int) -> tuple[int, ...]:
    """Live processes that carry `token` in their first environment, or belong to `session`."""
    return _look(token, session)[0]


def _look(token: bytes, session: int) -> tuple[tuple[int, ...], bool]:
    """The survivors, and whether one could have been missed: in the middle of an exec an environment reads as empty."""
    begun = _started(stat_fields(session))
    found, unsure = [], False
    for pid in everything():
        fields = stat_fields(pid)
        if not fields or fields[0] in "ZX":
            continue
        environ = _environ(pid)
        if int(fields[3]) == session or token in environ:
            found.append(pid)
        elif not environ and _started(fields) >= begun and not int(fields[6]) & _KERNEL_THREAD:
            unsure = True
    return tuple(found), unsure


_KERNEL_THREAD = 0x00200000


def _started(fields: list[str]) -> int:
    """When a process began, in clock ticks since the machine did."""
    return int(fields[19]) if fields else 0


def _environ(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:  # gone, or another user's: then it cannot be ours
        return b"?"


def kill_survivors(token: bytes, session: int, *, within_s: float = 2.0) -> tuple[int, ...]:
    """Kill until none is left, for one that forks may be faster than one look. Returns those that would not die."""
    end = time.monotonic() + within_s
    doubts = 5  # some other program's process may have an empty environment for good
    while True:
        left, unsure = _look(token, session)
        doubts -= unsure
        if not left and (not unsure or doubts <= 0):
            return ()
        if time.monotonic() > end:
            return left
        kill_all(left)
        time.sleep(0.002)


def kill_all(pids: Iterable[int]) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)


def kill_and_wait(pidfd: int, *, within_s: float = 5.0) -> bool:
    """Kill the process behind `pidfd` and wait for its end; for the first of a PID namespace, the end of them all."""
    with contextlib.suppress(ProcessLookupError):
        signal.pidfd_send_signal(pidfd, signal.SIGKILL)
    poll = select.poll()
    poll.register(pidfd, select.POLLIN)
    return bool(poll.poll(within_s * 1000))


def threads_of_user(uid: int) -> int:
    """How many threads `uid` has now: what RLIMIT_NPROC counts."""
    total = 0
    for pid in everything():
        with contextlib.suppress(OSError):
            place = Path(f"/proc/{pid}")
            if place.stat().st_uid == uid:
                total += max(1, (place / "task").stat().st_nlink - 2)
    return total
