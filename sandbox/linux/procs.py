"""Finding processes through /proc, and ending them."""

import contextlib
import os
import select
import signal
import subprocess
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


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
    """Bytes that a process has in memory, files aside: its own, and shared ones, which count for each that shares."""
    return _kilobytes(Path(f"/proc/{pid}/status"), (b"RssAnon:", b"RssShmem:", b"VmSwap:"))


def share_of(pid: int) -> int:
    """The same with what is shared divided among those that share it. Takes the kernel much longer to tell."""
    return _kilobytes(Path(f"/proc/{pid}/smaps_rollup"), (b"Pss_Anon:", b"Pss_Shmem:", b"SwapPss:"))


def _kilobytes(table: Path, names: tuple[bytes, ...]) -> int:
    try:
        lines = table.read_bytes().splitlines()
    except OSError:
        return 0
    return 1024 * sum(int(line.split()[1]) for line in lines if line.startswith(names))


def cpu_of(pid: int) -> float:
    """CPU seconds of a process and of those below it that it has buried."""
    return sum(map(int, _stat(pid)[11:15])) / _TICKS


def parent(pid: int) -> int | None:
    """None where there is no such process."""
    fields = _stat(pid)
    return int(fields[1]) if fields else None


def began(pid: int) -> str:
    """When a process began, in clock ticks since the machine did; empty where there is none. With its number this is
    a name that no other process gets."""
    if not Path("/proc/self/stat").exists():
        return began_elsewhere(pid)
    fields = _stat(pid)
    return fields[19].decode("ascii") if fields else ""


def began_elsewhere(pid: int) -> str:
    """The same where there is no /proc, in words without spaces and to the second, as `ps` of POSIX systems tells."""
    told = subprocess.run(
        ["/bin/ps", "-o", "lstart=", "-p", str(pid)], env={"LC_ALL": "C"}, capture_output=True, text=True, check=False
    )
    return "-".join(told.stdout.split())


def _stat(pid: int) -> list[bytes]:
    """Fields of /proc/PID/stat from `state` on; empty where there is no such process."""
    try:
        return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return []


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
