"""Waiting for sockets in a way that one call ends for every thread at once."""

import os
import select
import socket
import time
from collections.abc import Mapping

from sandbox.proxy.denial import Denied

_CHUNK = 1 << 16


class Stopped(Exception):
    """The proxy is being closed."""


class Stop:
    """A flag that wakes whoever waits. `close` gives its descriptors back, once nobody can wait any more."""

    def __init__(self) -> None:
        self._read, self._write = os.pipe()

    def set(self) -> None:
        os.write(self._write, b".")  # never read, so that it wakes all

    def close(self) -> None:
        os.close(self._read)
        os.close(self._write)

    def wait(self, interest: Mapping[int, int], seconds: float | None) -> dict[int, int]:
        """Events by descriptor, empty when the time is over; `Stopped` once the flag is set."""
        poll = select.poll()
        poll.register(self._read, select.POLLIN)
        for descriptor, events in interest.items():
            if events:  # poll reports an end also to those who do not ask, and again at once
                poll.register(descriptor, events)
        found = dict(poll.poll(None if seconds is None else max(0, seconds) * 1000))
        if self._read in found:
            raise Stopped
        return found


def receive(stop: Stop, sock: socket.socket, deadline: float) -> bytes:
    """What comes next, empty at the end; `Denied` when the time (of `time.monotonic`) is over."""
    while True:
        try:
            return sock.recv(_CHUNK)
        except BlockingIOError:
            if not stop.wait({sock.fileno(): select.POLLIN}, deadline - time.monotonic()):
                raise Denied("it took too long to come", 408) from None


def send(stop: Stop, sock: socket.socket, data: bytes, deadline: float) -> None:
    """Send all of it; `Denied` when the time is over."""
    rest = memoryview(data)
    while rest:
        try:
            rest = rest[sock.send(rest) :]
        except BlockingIOError:
            if not stop.wait({sock.fileno(): select.POLLOUT}, deadline - time.monotonic()):
                raise Denied("it took too long to be taken", 408) from None
