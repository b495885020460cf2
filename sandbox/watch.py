"""Following one started process: its output, its limits, its end. Starts nothing and kills nothing."""

import contextlib
import fcntl
import os
import selectors
import time
from collections.abc import Callable
from enum import Enum

from sandbox.output import Capture
from sandbox.policy import Limits

_CHUNK = 65536
_POLL_S = 0.05


class Ending(Enum):
    """Why following a process came to its end."""

    EXITED = "exited"
    WALL = "wall"
    IDLE = "idle"
    EXCEEDED = "exceeded"
    CANCELLED = "cancelled"


class Watch:
    """One process by its descriptors, none of which this class closes but those it feeds. `ended` is a descriptor that
    can be read once the process has ended, as a pidfd; where a system has none, what is asked instead, about twenty
    times a second."""

    def __init__(
        self, *, ended: int | Callable[[], bool], limits: Limits, on_output: Callable[[bytes], None] | None = None
    ) -> None:
        self._limits = limits
        self._on_output = on_output
        self._selector = selectors.DefaultSelector()
        self._has_ended: Callable[[], bool] | None = None
        if isinstance(ended, int):
            self._selector.register(ended, selectors.EVENT_READ, self._exited)
        else:
            self._has_ended = ended
        self._ended = False
        self._last_output = time.monotonic()
        self._fed: set[int] = set()
        self._pipes: dict[int, Callable[[bytes], None]] = {}

    def close(self) -> None:
        """Stop watching, and close what `feed` was given if it is still open."""
        for descriptor in self._fed:
            os.close(descriptor)
        self._selector.close()

    def collect(self, descriptor: int) -> Capture:
        """Read `descriptor` as output of the command."""
        capture = Capture(self._limits.output_bytes)

        def took(chunk: bytes) -> None:
            self._last_output = time.monotonic()
            capture.add(chunk)
            if self._on_output is not None:
                self._on_output(chunk)

        self.read(descriptor, took)
        return capture

    def read(self, descriptor: int, took: Callable[[bytes], None]) -> None:
        """Hand what comes from `descriptor` to `took`."""
        os.set_blocking(descriptor, False)
        self._pipes[descriptor] = took
        self._selector.register(descriptor, selectors.EVENT_READ, lambda: self._read(descriptor))

    def notice(self, descriptor: int, ready: Callable[[], bool]) -> None:
        """Call `ready` whenever there is something to read, until it says that there will be no more."""

        def act() -> None:
            if not ready():
                self._selector.unregister(descriptor)

        self._selector.register(descriptor, selectors.EVENT_READ, act)

    def feed(self, descriptor: int, data: bytes) -> None:
        """Write `data` to `descriptor`, then close it; a reader that does not want it is no error."""
        os.set_blocking(descriptor, False)
        self._fed.add(descriptor)
        rest = memoryview(data)

        def write() -> None:
            nonlocal rest
            try:
                while rest:
                    rest = rest[os.write(descriptor, rest[:_CHUNK]) :]
            except BlockingIOError:
                return
            except BrokenPipeError:
                pass
            self._selector.unregister(descriptor)
            self._fed.discard(descriptor)
            os.close(descriptor)

        self._selector.register(descriptor, selectors.EVENT_WRITE, write)

    def follow(self, cancelled: Callable[[], bool] | None = None, exceeded: Callable[[], bool] | None = None) -> Ending:
        """Until the process ends, a limit is reached, or `cancelled` says so.

        `exceeded` is asked about twenty times a second too, for limits that the kernel does not keep.
        """
        wall = time.monotonic() + self._limits.wall_s
        while not self._ended:
            now = time.monotonic()
            idle = self._last_output + self._limits.idle_s if self._limits.idle_s is not None else wall
            if now >= wall:
                return Ending.WALL
            if now >= idle:
                return Ending.IDLE
            if cancelled is not None and cancelled():
                return Ending.CANCELLED
            if exceeded is not None and exceeded():
                return Ending.EXCEEDED
            pause = min(wall, idle) - now
            asked = cancelled or exceeded or self._has_ended
            self._turn(pause if asked is None else min(pause, _POLL_S))
            self._ended = self._ended or (self._has_ended is not None and self._has_ended())
        return Ending.EXITED

    def drain(self) -> None:
        """What is still in the pipes, once everything that could write to them is dead.

        No more than a pipe holds: a process that has got away may go on writing for ever.
        """
        for descriptor in list(self._pipes):
            for _ in range(-(-_size_of(descriptor) // _CHUNK) + 1):
                if not self._read(descriptor):
                    break

    def _turn(self, timeout: float) -> None:
        for key, _ in self._selector.select(timeout):
            if key.fd in self._selector.get_map():  # an earlier callback of this turn may have let it go
                key.data()

    def _exited(self) -> None:
        self._ended = True

    def _read(self, descriptor: int) -> bool:
        """Take one chunk; False where there is none just now."""
        try:
            chunk = os.read(descriptor, _CHUNK)
        except BlockingIOError:
            return False
        if chunk:
            self._pipes[descriptor](chunk)
            return True
        del self._pipes[descriptor]
        with contextlib.suppress(KeyError):
            self._selector.unregister(descriptor)
        return False


def _size_of(pipe: int) -> int:
    """How many bytes a pipe holds at most, if only about: not every system tells."""
    return fcntl.fcntl(pipe, fcntl.F_GETPIPE_SZ) if hasattr(fcntl, "F_GETPIPE_SZ") else _CHUNK
