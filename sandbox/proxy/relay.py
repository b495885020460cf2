"""Bytes in both directions between two sockets, with ends passed on one by one."""

import contextlib
import select
import socket
from collections.abc import Callable

from sandbox.proxy.denial import Denied
from sandbox.proxy.waiting import Stop

_CHUNK = 1 << 16


class Flow:
    """One direction. `first` is sent before what is read, `room` ends it after so many bytes, and nothing is sent
    before `check` has said True of what has come so far."""

    def __init__(
        self,
        source: socket.socket,
        sink: socket.socket,
        *,
        first: bytes = b"",
        room: int | None = None,
        check: Callable[[bytes], bool] | None = None,
    ) -> None:
        self.source = source
        self.sink = sink
        self.passed = 0
        self._held = bytearray(first)
        self._room = room
        self._check = check
        self._ended = room == 0
        self._shut = False

    @property
    def reading(self) -> bool:
        return not self._ended and len(self._held) < _CHUNK

    @property
    def writing(self) -> bool:
        return bool(self._held) and self._check is None

    @property
    def done(self) -> bool:
        return self._ended and not self._held

    def read(self) -> int:
        """Take what has come; how many bytes that were."""
        wanted = _CHUNK if self._room is None else min(_CHUNK, self._room)
        try:
            chunk = self.source.recv(wanted)
        except BlockingIOError:
            return 0
        except OSError:
            chunk = b""  # a reset is an end, too
        self._held += chunk
        if self._room is not None:
            self._room -= len(chunk)
        self._ended = not chunk or self._room == 0
        self.examine()
        return len(chunk)

    def examine(self) -> None:
        """Ask the check, if there still is one, about all that is held."""
        if self._check is None or not (self._held or self._ended):
            return
        if self._check(bytes(self._held)):
            self._check = None
        elif self._ended or len(self._held) >= _CHUNK:
            raise Denied("the tunnel ended before it was clear where it leads")

    def write(self) -> bool:
        """Pass on what is held; False where nobody takes it any more."""
        try:
            count = self.sink.send(self._held)
        except BlockingIOError:
            return True
        except OSError:
            self._held.clear()
            self._ended = True
            return False
        del self._held[:count]
        self.passed += count
        return True

    def finish(self) -> None:
        """Pass the end on, once."""
        if self.done and not self._shut and self._room is None:
            self._shut = True
            with contextlib.suppress(OSError):
                self.sink.shutdown(socket.SHUT_WR)


def relay(stop: Stop, up: Flow, down: Flow, *, idle_s: float, count: Callable[[int], None]) -> None:
    """Until both directions are done, or the one to the client is and no more is expected of the client.

    `count` is told of all bytes and may raise; so does `stop`. `Denied` where nothing moves for `idle_s`.
    """
    up.examine()
    while not (up.done and down.done):
        interest = {
            up.source.fileno(): select.POLLIN * up.reading | select.POLLOUT * down.writing,
            down.source.fileno(): select.POLLIN * down.reading | select.POLLOUT * up.writing,
        }
        found = stop.wait(interest, idle_s)
        if not found:
            raise Denied("nothing came for too long", 408)
        for flow in (up, down):
            if flow.reading and found.get(flow.source.fileno(), 0) & ~select.POLLOUT:
                count(flow.read())
        if down.writing and not down.write():
            return  # the client is gone
        if up.writing:
            up.write()
        up.finish()
        down.finish()
