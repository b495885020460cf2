"""How the processes of one run are limited, told to begin, and in the end all killed. Starts nothing.

A leash is made before the stage is started (its descriptors are passed on), attached once it is, and pulled when the
run is over for whatever reason. The stage waits until its limits are set and then for one byte; a socket that both ends
hold tells it when we are gone, whatever has become of us.
"""

import contextlib
import json
import os
import resource
import select
import signal
import socket
from collections.abc import Callable

from sandbox.linux import procs
from sandbox.linux.cgroup import Cgroup
from sandbox.policy import Limits
from sandbox.watch import Watch

_SETUP_S = 2.0  # it takes some milliseconds until the launcher says who its first process is
_BURIAL_S = 5.0


def limit(pid: int, limits: Limits, processes: int | None) -> bool:
    """Set resource limits of a process that waits to begin. Its soft and hard limits never rise."""
    wanted = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: limits.file_bytes,
        # Not RLIMIT_AS: V8, the JVM, Go and sanitizers reserve far more addresses than they use.
        resource.RLIMIT_DATA: limits.memory_bytes,
        resource.RLIMIT_CPU: max(1, int(limits.cpu_s)),
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


class Leash:
    """`first` is the first process of the PID namespace, or where there is none the parent of the command.

    `spares_user`: the user's other processes count against a limit of processes, so it is set above their number.
    """

    def __init__(self, limits: Limits, cgroup: Cgroup | None, *, spares_user: bool) -> None:
        self.limited = False
        self.grouped = False
        self.begun = False
        self.layers: tuple[str, ...] = ()
        self.failure = ""
        self.first = 0
        self.on_listener: Callable[[socket.socket], None] | None = None
        self._limits = limits
        self._cgroup = cgroup
        self._spares_user = spares_user
        self._ready = False
        self._pulling = False
        self._said = b""
        self._heard = b""
        self._launcher = 0
        self._first = -1
        self._status_in, self.status_fd = os.pipe()
        ours, theirs = socket.socketpair()
        self._channel: socket.socket | None = ours
        self.control_fd = theirs.detach()
        self._open = {self._status_in, self.status_fd, self.control_fd}

    @property
    def pass_fds(self) -> tuple[int, ...]:
        """Descriptors the started process inherits. Of the pipe both ends: where we are killed, a launcher that cannot
        write there any more would end before it has let its first process go, which would then wait for ever."""
        return (self._status_in, self.status_fd, self.control_fd)

    def attach(self, pid: int, watch: Watch) -> None:
        """Take hold of the started process, a leader of its own session and group."""
        self._launcher = pid
        self._shut(self.status_fd)
        self._shut(self.control_fd)
        watch.read(self._status_in, self._hear)
        assert self._channel is not None
        self._channel.setblocking(False)
        watch.notice(self._channel.fileno(), self._answer)

    def _hear(self, chunk: bytes) -> None:
        """The launcher says which process is the first, as a line of JSON."""
        self._said += chunk
        if self._first >= 0 or b"\n" not in self._said:
            return
        pid = json.loads(self._said.splitlines()[0])["child-pid"]
        with contextlib.suppress(ProcessLookupError):
            self._first = os.pidfd_open(pid)
            self._open.add(self._first)
            # A number may have been given to another process by now; a child of our launcher is the right one.
            if procs.parent(pid) == self._launcher:
                self.first = pid
                # Its user namespace is made by now, so what the user runs outside does not count against the limit.
                uid = os.getuid()
                outside = procs.threads_of_user(uid) if self._spares_user and uid else 0
                self.limited = limit(pid, self._limits, self._limits.processes + outside)
                self.grouped = self._cgroup is not None and self._cgroup.join(pid)
                self._begin()

    def _answer(self) -> bool:
        """The stage says that all is in force, or what failed. False once it says no more."""
        if self._channel is None:
            return False
        try:
            chunk, descriptors, _, _ = socket.recv_fds(self._channel, 4096, 1)
        except BlockingIOError:
            return True
        except ConnectionResetError:
            return False
        listeners = [socket.socket(fileno=descriptor) for descriptor in descriptors]
        self._heard += chunk
        if b"\n" in self._heard and not self._ready:
            word, *layers = self._heard.decode("utf-8", "replace").splitlines()[0].split(" ")
            if word == "ready":
                self._ready = True
                self.layers = tuple(layers)
                for listener in listeners:
                    if self.on_listener is not None:
                        self.on_listener(listener)
                self._begin()
            else:
                self.failure = " ".join(layers)
        return bool(chunk)

    def _begin(self) -> None:
        if self._ready and self.first and not self._pulling and self._channel is not None:
            with contextlib.suppress(BrokenPipeError):
                self._channel.send(b"g")
                self.begun = True

    def pull(self, pid: int) -> int:
        """Kill every process of the run; `pid` is not reaped yet. Returns how many would not die."""
        self._pulling = True
        self._hear_out()
        # Without a namespace it is the stage, seeing that we have let go, that ends everything below it.
        if self._channel is not None:
            self._channel.close()
            self._channel = None
        if self._spares_user:
            pidfd = os.pidfd_open(pid)
            ended = procs.wait(pidfd, _BURIAL_S)
            os.close(pidfd)
            _kill_group(pid)
            return 0 if ended else 1
        dead = self._first < 0 or procs.kill_and_wait(self._first, within_s=_BURIAL_S)
        _kill_group(pid)
        return 0 if dead else 1

    def _hear_out(self) -> None:
        """Learn who the first process is before its launcher is killed: until bubblewrap has said so, that process
        waits for it and would wait for ever."""
        poll = select.poll()
        poll.register(self._status_in, select.POLLIN)
        while self._first < 0 and poll.poll(_SETUP_S * 1000):
            chunk = os.read(self._status_in, 4096)
            if not chunk:
                return
            self._hear(chunk)

    def close(self) -> None:
        """Give descriptors back."""
        if self._channel is not None:
            self._channel.close()
            self._channel = None
        for descriptor in list(self._open):
            self._shut(descriptor)

    def _shut(self, descriptor: int) -> None:
        self._open.discard(descriptor)
        os.close(descriptor)


def _kill_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
