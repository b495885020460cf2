"""A sandbox that stays: servers run in it while other commands come and go, all in the same namespaces.

Everything that was started ends with the session, and the session ends with the block that opened it or with this
program, whatever becomes of it.
"""

import contextlib
import itertools
import marshal
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sandbox import available, environment, launch
from sandbox import layout as layouts
from sandbox.errors import PolicyError, SandboxError
from sandbox.output import Capture
from sandbox.policy import Backend, Mount, Policy
from sandbox.result import Result
from sandbox.supervisor import Job, launched

_CHUNK = 65536
_START_S = 20.0


class Running:
    """A command of a session: its output so far, and its end."""

    def __init__(self, number: int, argv: Sequence[str], limit: int, stop: Callable[[int, int], None]) -> None:
        self.argv = tuple(argv)
        self.status: int | None = None
        self._number = number
        self._stop = stop
        self._ended = threading.Event()
        self._captures = (Capture(limit), Capture(limit))
        self._lock = threading.Lock()
        self._readers: list[threading.Thread] = []

    def output(self) -> tuple[bytes, bytes]:
        """What it wrote to stdout and stderr so far."""
        with self._lock:
            return self._captures[0].value(), self._captures[1].value()

    def wait(self, timeout_s: float | None = None) -> int | None:
        """Its status as a shell gives it; None where it still runs. What it wrote is complete then."""
        if not self._ended.wait(timeout_s):
            return None
        for reader in self._readers:
            reader.join(1.0)  # a process that it left behind may hold its output open
        return self.status

    def stop(self, *, within_s: float = 5.0) -> int | None:
        """Ask it to end, then end it: with its group, but not what has made a group of its own."""
        self._stop(self._number, signal.SIGTERM)
        if self.wait(within_s) is None:
            self._stop(self._number, signal.SIGKILL)
        return self.wait(within_s)

    def read(self, descriptor: int, which: int) -> None:
        """Collect from a pipe, in a thread of its own."""

        def collect() -> None:
            with os.fdopen(descriptor, "rb", buffering=0) as pipe:
                while chunk := pipe.read(_CHUNK):
                    with self._lock:
                        self._captures[which].add(chunk)

        reader = threading.Thread(target=collect, daemon=True)
        reader.start()
        self._readers.append(reader)

    def end(self, status: int) -> None:
        """It is over."""
        self.status = status
        self._ended.set()


class Session:
    """See the module; made by `open_session`."""

    def __init__(self, policy: Policy, env: dict[str, str], cwd: Path, channel: socket.socket) -> None:
        self._policy = policy
        self._env = env
        self._cwd = cwd
        self._channel = channel
        self._numbers = itertools.count(1)
        self._running: dict[int, Running] = {}
        self._lock = threading.Lock()
        threading.Thread(target=self._listen, daemon=True).start()

    def start(self, argv: Sequence[str], *, cwd: Path | None = None) -> Running:
        """Start a command, such as a server; it runs until it ends, is stopped, or the session is over."""
        if not argv or not argv[0] or any("\0" in part for part in argv):
            raise PolicyError("there is no command to run, or a NUL in it")
        with self._lock:
            number = next(self._numbers)
            running = self._running[number] = Running(number, argv, self._policy.limits.output_bytes, self._kill)
        with contextlib.ExitStack() as stack:
            theirs = [os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)]
            stack.callback(os.close, theirs[0])
            for which in (0, 1):
                ours, other = os.pipe()
                running.read(ours, which)
                stack.callback(os.close, other)
                theirs.append(other)
            env = {os.fsencode(name): os.fsencode(value) for name, value in self._env.items()}
            asked = (number, [os.fsencode(part) for part in argv], env, os.fsencode(cwd or self._cwd))
            try:
                socket.send_fds(self._channel, [marshal.dumps(asked)], theirs)
            except OSError as error:
                raise SandboxError("the session is over") from error
        return running

    def run(self, argv: Sequence[str], *, cwd: Path | None = None, wall_s: float | None = None) -> Running:
        """Run a command to its end; one that takes longer is killed, with 137 as its status."""
        running = self.start(argv, cwd=cwd)
        if running.wait(self._policy.limits.wall_s if wall_s is None else wall_s) is None:
            self._kill(running._number, signal.SIGKILL)
            running.wait(5.0)
        return running

    def _kill(self, number: int, which: int) -> None:
        with contextlib.suppress(OSError):
            self._channel.send(marshal.dumps((number, int(which))))

    def _listen(self) -> None:
        """Take answers, which are text from inside: what is none is passed over."""
        with contextlib.suppress(OSError):
            while answer := self._channel.recv(_CHUNK):
                for line in answer.splitlines():
                    words = line.split()
                    if len(words) == 2 and all(word.isdigit() for word in words):
                        with self._lock:
                            running = self._running.pop(int(words[0]), None)
                        if running is not None:
                            running.end(int(words[1]) & 0xFF)
        with self._lock:
            left, self._running = list(self._running.values()), {}
        for running in left:
            running.end(137)


@contextmanager
def open_session(policy: Policy, *, cwd: Path, mounts: Sequence[Mount] = ()) -> Iterator[Session]:
    """A sandbox for several commands. Its limits count for all of them together; `wall_s` for the whole session."""
    backend = available.choose(policy, mounts)
    if backend not in (Backend.BUBBLEWRAP, Backend.NAMESPACES):
        raise PolicyError("a session needs the `namespaced` tier")
    tool = available.bubblewrap() if backend is Backend.BUBBLEWRAP else None
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    over = threading.Event()
    job = Job(policy=policy, argv=("session",), cancelled=over.is_set, serve=theirs.fileno())
    ended: list[Result | str | BaseException] = []

    def host() -> None:
        try:
            ended.append(launched(backend, job, cwd, mounts, tool))
        except BaseException as error:  # noqa: BLE001  # told to whoever opened the session
            ended.append(error)
        finally:
            theirs.close()

    host_thread = threading.Thread(target=host, daemon=True)
    host_thread.start()
    try:
        env = _environment(policy, mounts, cwd)
        opened = Session(policy, env, cwd, ours)
        _until_it_answers(opened, host_thread, ended)
        yield opened
    finally:
        over.set()
        host_thread.join()
        ours.close()


def _until_it_answers(opened: Session, host_thread: threading.Thread, ended: Sequence[object]) -> None:
    """The first command waits in the socket until the sandbox is ready, or is not going to be."""
    with contextlib.suppress(SandboxError):  # what ended it says more
        if opened.start(["/bin/true"]).wait(_START_S) == 0:
            return
    host_thread.join(_START_S)
    said = ended[0] if ended else "it did not begin in time"
    if isinstance(said, BaseException):
        raise said
    raise SandboxError(f"the session did not begin: {said if isinstance(said, str) else 'it ended at once'}")


def _environment(policy: Policy, mounts: Sequence[Mount], cwd: Path) -> dict[str, str]:
    host, path = launch.host_of(policy)
    made = layouts.layout(host, policy, mounts, cwd)
    return environment.build(policy, os.environ, home=made.home, tmp=layouts.TMP, path=path)
