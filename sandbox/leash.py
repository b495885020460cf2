"""How the processes of one run are limited and, in the end, all killed. Starts nothing.

A `Leash` is made before the command is started (its descriptors are passed on), attached once it is, and pulled when
the run is over for whatever reason.
"""

import contextlib
import json
import os
import resource
import select
import signal
from typing import Protocol

from sandbox.linux import procs
from sandbox.policy import Limits
from sandbox.watch import Watch

_SETUP_S = 2.0  # bubblewrap takes some milliseconds until it says who its first process is


class Leash(Protocol):
    """What the supervisor needs of either kind."""

    limited: bool
    """Whether the resource limits are in force."""

    @property
    def pass_fds(self) -> tuple[int, ...]:
        """Descriptors the started process inherits."""

    def attach(self, pid: int, watch: Watch) -> None:
        """Take hold of the started process, a leader of its own session and group."""

    def pull(self, pid: int) -> int:
        """Kill every process of the run; `pid` is not reaped yet. Returns how many would not die."""

    def close(self) -> None:
        """Give descriptors back."""


def limit(pid: int, limits: Limits, processes: int | None) -> bool:
    """Set resource limits of a process that waits to begin. Its soft and hard limits never rise."""
    wanted = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: limits.file_bytes,
        # Not RLIMIT_AS: V8, the JVM, Go and sanitizers reserve far more addresses than they use.
        resource.RLIMIT_DATA: limits.memory_bytes,
    }
    if processes is not None:
        wanted[resource.RLIMIT_NPROC] = processes
    try:
        for kind, value in wanted.items():
            hard = resource.prlimit(pid, kind)[1]
            ceiling = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.prlimit(pid, kind, (ceiling, ceiling))
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _kill_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


class GroupLeash:
    """Without namespaces: the process group, then whatever still carries the run's token or session."""

    def __init__(self, limits: Limits, token: str) -> None:
        self.limited = False
        self._limits = limits
        self._token = token.encode()

    @property
    def pass_fds(self) -> tuple[int, ...]:
        return ()

    def attach(self, pid: int, watch: Watch) -> None:
        uid = os.getuid()
        # RLIMIT_NPROC counts all threads of the user, so those that run already are added.
        count = self._limits.processes + procs.threads_of_user(uid) if uid else None
        self.limited = limit(pid, self._limits, count)

    def pull(self, pid: int) -> int:
        _kill_group(pid)
        return len(procs.kill_survivors(self._token, pid))

    def close(self) -> None:
        pass


class NamespaceLeash:
    """Around bubblewrap: the first process of its PID namespace, whose end is the end of all in it.

    Bubblewrap says on one descriptor which process that is, waits on another until the limits are set, and reports
    an exit code only where the command really was started.
    """

    def __init__(self, limits: Limits) -> None:
        self.limited = False
        self.said = b""
        self._limits = limits
        self._bubblewrap = 0
        self._pulling = False
        self._first = -1
        self._status_in, self.status_fd = os.pipe()
        self.block_fd, self._release = os.pipe()
        self._open = {self._status_in, self.status_fd, self.block_fd, self._release}

    @property
    def pass_fds(self) -> tuple[int, ...]:
        return (self.status_fd, self.block_fd)

    @property
    def command_ran(self) -> bool:
        return b'"exit-code"' in self.said

    def attach(self, pid: int, watch: Watch) -> None:
        self._bubblewrap = pid
        self._shut(self.status_fd)
        self._shut(self.block_fd)
        watch.read(self._status_in, self._heard)

    def _heard(self, chunk: bytes) -> None:
        self.said += chunk
        if self._first >= 0 or b"\n" not in self.said:
            return
        first = json.loads(self.said.splitlines()[0])["child-pid"]
        with contextlib.suppress(ProcessLookupError):
            self._first = os.pidfd_open(first)
            self._open.add(self._first)
            # A number may have been given to another process by now; a child of our bubblewrap is the right one.
            if procs.parent(first) == self._bubblewrap:
                # The user namespace is made by now, so what the user runs outside does not count against the limit.
                self.limited = limit(first, self._limits, self._limits.processes)
                if not self._pulling:
                    os.write(self._release, b"\n")

    def pull(self, pid: int) -> int:
        self._pulling = True
        self._hear_out()
        _kill_group(pid)
        # Bubblewrap may end before the namespace it made; only the first process tells when that is over.
        return 0 if self._first < 0 or procs.kill_and_wait(self._first) else 1

    def _hear_out(self) -> None:
        """Learn who the first process is before its parent is killed: until bubblewrap has said so, that process waits
        for it and would wait for ever."""
        poll = select.poll()
        poll.register(self._status_in, select.POLLIN)
        while self._first < 0 and poll.poll(_SETUP_S * 1000):
            chunk = os.read(self._status_in, 4096)
            if not chunk:
                return
            self._heard(chunk)

    def close(self) -> None:
        for descriptor in list(self._open):
            self._shut(descriptor)

    def _shut(self, descriptor: int) -> None:
        self._open.discard(descriptor)
        os.close(descriptor)
