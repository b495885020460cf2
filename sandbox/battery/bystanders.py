"""What of the host nothing inside may reach: listeners, a process, a terminal, message queues. Own ones, made for this.

Starts one process, the victim, which belongs to the battery.
"""

import contextlib
import ctypes
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox.battery.attempt import Attempt
from sandbox.battery.world import World

_QUEUE_KEY = 0x53574542  # of System V; any number that nobody else is likely to use
_IPC_CREAT, _IPC_RMID = 0o1000, 0
_ANY_TRACER = (0x59616D61, -1)  # PR_SET_PTRACER: else Yama, and not the sandbox, would protect the victim

_VICTIM = f"""
import ctypes, os, signal, sys, time
libc = ctypes.CDLL(None)
libc.prctl({_ANY_TRACER[0]}, ctypes.c_long({_ANY_TRACER[1]}), 0, 0, 0)
secret = ctypes.create_string_buffer(os.environ["SECRET"].encode())
os.dup2(os.open(sys.argv[1], os.O_RDWR), 9)
print(ctypes.addressof(secret), flush=True)
time.sleep(600)
"""


class Listeners:
    """Servers on the loopback and in the file system that count who comes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._visits: list[str] = []
        self._sockets: dict[int, tuple[socket.socket, str]] = {}
        self._poll = select.epoll()  # unlike others it takes notice of what is added while it waits
        wake_out, self._wake = os.pipe()
        self._wake_out = wake_out
        self._poll.register(wake_out, select.EPOLLIN)
        tcp = socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True)
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.bind(("0.0.0.0", 0))  # noqa: S104  broadcasts must reach it
        self.tcp_port: int = tcp.getsockname()[1]
        self.udp_port: int = udp.getsockname()[1]
        self._add(tcp, "tcp")
        self._add(udp, "udp")
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _add(self, one: socket.socket, name: str) -> None:
        one.setblocking(False)
        self._sockets[one.fileno()] = (one, name)
        self._poll.register(one, select.EPOLLIN)

    @contextlib.contextmanager
    def at(self, path: Path) -> Iterator[None]:
        """Listen at `path` too, for as long as this lasts."""
        one = socket.socket(socket.AF_UNIX)
        # The path may be longer than an address can be.
        directory = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
        try:
            one.bind(f"/proc/self/fd/{directory}/{path.name}")
        finally:
            os.close(directory)
        one.listen(8)
        self._add(one, f"socket {path.name}")
        try:
            yield
        finally:
            self._poll.unregister(one)
            with self._lock:
                del self._sockets[one.fileno()]
            one.close()
            path.unlink(missing_ok=True)

    def take(self) -> tuple[str, ...]:
        """Who has come since the last time."""
        with self._lock:
            visits, self._visits = self._visits, []
        return tuple(visits)

    def _serve(self) -> None:
        while True:
            for descriptor, _ in self._poll.poll():
                if descriptor == self._wake_out:
                    return
                with self._lock:
                    found = self._sockets.get(descriptor)
                    if found is not None and _answer(found[0]):
                        self._visits.append(found[1])

    def close(self) -> None:
        os.write(self._wake, b"x")
        self._thread.join()
        for one, _ in self._sockets.values():
            one.close()
        self._poll.close()
        os.close(self._wake)
        os.close(self._wake_out)


def _answer(one: socket.socket) -> bool:
    try:
        if one.type == socket.SOCK_DGRAM:
            one.recv(4096)
        else:
            one.accept()[0].close()
    except OSError:
        return False
    return True


class Victim:
    """A process of the user outside, with the secret in its environment, in its memory, and in a file it has open."""

    def __init__(self, world: World) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _VICTIM, str(world.outside / "canary.txt")],
            env={"PATH": os.defpath, "SECRET": world.canary},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        assert self._process.stdout is not None
        self.pid = self._process.pid
        self.address = self._process.stdout.readline().decode("ascii").strip()

    def state(self) -> str:
        """`alive`, or what has become of it."""
        if self._process.poll() is not None:
            return "dead"
        stat = Path(f"/proc/{self.pid}/stat").read_text(encoding="utf-8")
        return "stopped" if stat.rpartition(")")[2].split()[0] in "Tt" else "alive"

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()


@contextlib.contextmanager
def terminal() -> Iterator[tuple[int, str, Callable[[], bytes]]]:
    """A terminal of the user's: its descriptor, its name, and a function that returns what appeared on it."""
    master, slave = os.openpty()
    os.set_blocking(master, False)

    def shown() -> bytes:
        try:
            return os.read(master, 65536)
        except BlockingIOError:
            return b""

    try:
        yield slave, os.ttyname(slave), shown
    finally:
        os.close(slave)
        os.close(master)


@contextlib.contextmanager
def queues(secret: str) -> Iterator[str]:
    """A POSIX and a System V message queue with the secret in them; the name of the first."""
    libc = ctypes.CDLL(None, use_errno=True)
    name = f"/battery-{os.getpid()}"
    # Length and number of messages are set, for the defaults of some systems are too small for anyone.
    attributes = struct.pack("8l", 0, 4, 256, 0, 0, 0, 0, 0)
    posix = libc.mq_open(name.encode(), os.O_RDWR | os.O_CREAT, 0o600, attributes)
    system = libc.msgget(_QUEUE_KEY, _IPC_CREAT | 0o600)
    try:
        for _ in range(2):
            libc.mq_send(posix, secret.encode(), len(secret), 0)
            message = struct.pack("l", 1) + secret.encode()
            libc.msgsnd(system, message, len(secret), 0o4000)  # IPC_NOWAIT
        yield name
    finally:
        if posix >= 0:
            os.close(posix)
            libc.mq_unlink(name.encode())
        if system >= 0:
            libc.msgctl(system, _IPC_RMID, None)


@contextlib.contextmanager
def descriptors(world: World) -> Iterator[tuple[int, ...]]:
    """Descriptors of the user's files that a careless launcher would pass on."""
    held = [os.open(world.outside / "canary.txt", os.O_RDWR), os.open(world.outside, os.O_RDONLY)]
    for descriptor in held:
        os.set_inheritable(descriptor, True)
    try:
        yield tuple(held)
    finally:
        for descriptor in held:
            os.close(descriptor)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bystanders:
    """Those that an attempt asked for: what scripts are told of them, and what has become of them."""

    variables: Mapping[str, str]
    victim: Victim | None
    typed: Callable[[], bytes]


@contextlib.contextmanager
def gathered(attempt: Attempt, world: World, listeners: Listeners) -> Iterator[Bystanders]:
    """What an attempt needs beside the world's files, for as long as this lasts."""
    variables: dict[str, str] = {}
    victim = None
    typed: Callable[[], bytes] = bytes
    with contextlib.ExitStack() as stack:
        if "victim" in attempt.needs:
            victim = Victim(world)
            stack.callback(victim.close)
            variables |= {"VICTIM": str(victim.pid), "ADDRESS": victim.address}
        if "terminal" in attempt.needs:
            _, name, typed = stack.enter_context(terminal())
            variables["TERMINAL"] = name
        if "queues" in attempt.needs:
            variables["QUEUE"] = stack.enter_context(queues(world.canary))
        if "descriptors" in attempt.needs:
            stack.enter_context(descriptors(world))
        if "sockets" in attempt.needs:
            for place in (world.shown, world.checkout / ".venv", world.root / "home"):
                stack.enter_context(listeners.at(place / "host.sock"))
        yield Bystanders(variables=variables, victim=victim, typed=typed)


def end_strays(world: World, token: str) -> None:
    """Kill what an attempt has left alive: processes that carry its token, or stand in its world."""
    for place in Path("/proc").iterdir():
        if not place.name.isdigit() or int(place.name) == os.getpid():
            continue
        with contextlib.suppress(OSError):
            at_home = (place / "cwd").readlink().is_relative_to(world.root)
            if at_home or token.encode() in (place / "environ").read_bytes():
                os.kill(int(place.name), signal.SIGKILL)
