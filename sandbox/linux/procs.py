"""Finding processes through /proc, and ending them."""

import contextlib
import os
import select
import signal
from pathlib import Path

_PAGE = os.sysconf("SC_PAGE_SIZE")


def below(pid: int) -> list[int]:
    """All processes below `pid`, itself included. Within a PID namespace nothing gets out of this tree."""
    found, pending = [], [pid]
    while pending:
        here = pending.pop()
        found.append(here)
        with contextlib.suppress(OSError):
            for task in Path(f"/proc/{here}/task").iterdir():
                listed = (task / "children").read_bytes()
                pending.extend(int(child) for child in listed.split())
    return found


def memory_of(pid: int) -> int:
    """Bytes that a process holds for itself: resident, less what is shared with files."""
    try:
        fields = Path(f"/proc/{pid}/statm").read_bytes().split()
    except OSError:
        return 0
    return (int(fields[1]) - int(fields[2])) * _PAGE if len(fields) > 2 else 0


def parent(pid: int) -> int | None:
    """None where there is no such process."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    return int(text.rpartition(")")[2].split()[1])


def kill_and_wait(pidfd: int, *, within_s: float = 5.0) -> bool:
    """Kill the process behind `pidfd` and wait for its end; for the first of a PID namespace, the end of them all."""
    with contextlib.suppress(ProcessLookupError):
        signal.pidfd_send_signal(pidfd, signal.SIGKILL)
    return wait(pidfd, within_s)


def wait(pidfd: int, within_s: float) -> bool:
    """Whether the process behind `pidfd` ends in time."""
    poll = select.poll()
    poll.register(pidfd, select.POLLIN)
    return bool(poll.poll(within_s * 1000))


def threads_of_user(uid: int) -> int:
    """How many threads `uid` has now: what RLIMIT_NPROC counts."""
    total = 0
    for place in Path("/proc").iterdir():
        if place.name.isdigit():
            with contextlib.suppress(OSError):
                if place.stat().st_uid == uid:
                    total += max(1, (place / "task").stat().st_nlink - 2)
    return total
