"""Keeping the beginning and the end of an output that may be endless."""

from collections import deque


class Capture:
    """Takes chunks, keeps at most `limit` bytes: the first half and the last half."""

    __slots__ = ("_head", "_head_room", "_tail", "_tail_room", "_tail_size", "total")

    def __init__(self, limit: int) -> None:
        self._head = bytearray()
        self._head_room = limit // 2
        self._tail: deque[bytes] = deque()
        self._tail_room = limit - self._head_room
        self._tail_size = 0
        self.total = 0

    def add(self, chunk: bytes) -> None:
        self.total += len(chunk)
        room = self._head_room - len(self._head)
        if room > 0:
            self._head += chunk[:room]
            chunk = chunk[room:]
        if not chunk:
            return
        self._tail.append(chunk)
        self._tail_size += len(chunk)
        while self._tail and self._tail_size - len(self._tail[0]) >= self._tail_room:
            self._tail_size -= len(self._tail.popleft())

    @property
    def dropped(self) -> int:
        return max(0, self.total - self._head_room - self._tail_room)

    def value(self) -> bytes:
        """What was kept; where something is missing, a line says how much."""
        tail = b"".join(self._tail)
        if not self.dropped:
            return bytes(self._head) + tail
        # An odd number of bytes may be left of a UTF-8 sequence at either cut: readers decode with "replace".
        tail = tail[len(tail) - self._tail_room :]
        return bytes(self._head) + b"\n[... %d bytes dropped ...]\n" % self.dropped + tail
