"""Append-only files of JSON lines: each write is one line, under a lock, on disk before the call returns.

A process that dies while it writes leaves a torn last line. The next writer ends that line; readers pass over what
does not decode. An event that a newer program wrote is an error instead: passing over it would lose truth silently.
"""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from swe_agent.core.codec import CodecError, NewerEvent, decode_event, encode_event
from swe_agent.core.errors import EnvironmentLacks
from swe_agent.core.event import SCHEMA_VERSION, Event, EventBody
from swe_agent.core.ports import Clock

_TAIL = 1 << 16
_MARKED = 1 << 12
_OURS = f'{{"v":{SCHEMA_VERSION},'.encode()
_AT_ONCE = 2_000
"""Events that are written with one call, where there are many."""


@contextmanager
def locked(path: Path, *, wait: bool = True) -> Iterator[bool]:
    """Hold an exclusive lock on a file of its own. Yields False at once where another holds it and `wait` is False."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
            return
        yield True
    finally:
        os.close(handle)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadLines:
    """Events, each with its line, and the offset up to which the file was read: always the end of a whole line."""

    events: tuple[tuple[Event, str], ...]
    offset: int
    mark: int
    """Of what stands before the offset, to go on reading with."""
    anew: bool = False
    """The file was rewritten since the offset was taken, so it was read from its start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RawLines:
    """Whole lines as they stand in the file, from `start` on, each without its end; the rest as in ReadLines. For who
    looks for a few among many: what is not decoded costs next to nothing."""

    lines: tuple[bytes, ...]
    start: int
    offset: int
    mark: int
    anew: bool = False


@dataclass(frozen=True, slots=True)
class EventLog:
    """One file of events. Safe for many processes; each append sees what the others wrote."""

    path: Path
    clock: Clock

    @property
    def lock(self) -> Path:
        return self.path.with_suffix(".lock")

    def append(self, job: str, body: EventBody) -> Event:
        """The event as written, fsynced. Raises EnvironmentLacks where the disk is full or not writable."""
        return self.append_all([(job, body)])[0]

    def append_all(self, pairs: Sequence[tuple[str, EventBody]]) -> tuple[Event, ...]:
        """Many events, each with its job, in a row and at once on disk. What fails leaves none of them; a process that
        is killed at it may leave the first ones, whole."""
        if not pairs:
            return ()
        with _told(self.path), locked(self.lock):
            handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                return self._append(handle, pairs)
            finally:
                os.close(handle)

    def _append(self, handle: int, pairs: Sequence[tuple[str, EventBody]]) -> tuple[Event, ...]:
        size = end = os.fstat(handle).st_size
        last, whole = self._last(handle, size)
        at = self.clock().isoformat(timespec="milliseconds")
        events = tuple(
            Event(v=SCHEMA_VERSION, seq=seq, at=at, job=job, body=body)
            for seq, (job, body) in enumerate(pairs, start=last + 1)
        )
        try:
            for first in range(0, len(events), _AT_ONCE):
                lines = "".join(encode_event(event) + "\n" for event in events[first : first + _AT_ONCE])
                end += _written(handle, (lines if whole or first else "\n" + lines).encode("ascii"), end)
            os.fsync(handle)
        except BaseException:
            os.ftruncate(handle, size)  # a full disk writes a part: take it back, so that the log stays whole
            raise
        return events

    def _last(self, handle: int, size: int) -> tuple[int, bool]:
        """The sequence number of the last event, and whether the file ends with a whole line."""
        reach = _TAIL
        while size:
            start = max(0, size - reach)
            lines = os.pread(handle, size - start, start).split(b"\n")
            for line in reversed(lines[(1 if start else 0) :]):
                if (event := _decoded(line)) is not None:
                    return event.seq, lines[-1] == b""
            if start == 0:
                return 0, lines[-1] == b""
            reach *= 8
        return 0, True

    def read(self, offset: int = 0, mark: int = 0) -> ReadLines:
        """All whole lines from `offset` on. A file that is not there is empty.

        After a rewrite an offset leads into the middle of nowhere, and the inode need not tell, because a file made in
        the place of a removed one may get it back. So `mark` is compared with what stands before the offset now.
        """
        return self.read_some(lambda _line: True, offset, mark)

    def read_some(self, wanted: Callable[[bytes], bool], offset: int = 0, mark: int = 0) -> ReadLines:
        """Only events whose line is `wanted` by what stands in it; to be looked at again, for a text may hold the
        same."""
        raw = self.raw(offset, mark)
        lines = filter(wanted, raw.lines)
        events = [(event, line.decode("ascii")) for line in lines if (event := _decoded(line)) is not None]
        return ReadLines(events=tuple(events), offset=raw.offset, mark=raw.mark, anew=raw.anew)

    def raw(self, offset: int = 0, mark: int = 0) -> RawLines:
        """What `read` reads, undecoded. An event of a newer version is an error here too."""
        try:
            with self.path.open("rb") as file:
                anew = offset > 0 and _mark(file, offset) != mark
                start = 0 if anew else offset
                file.seek(start)
                data = file.read()
                end = start + data.rfind(b"\n") + 1
                mark = _mark(file, end)
        except FileNotFoundError:
            return RawLines(lines=(), start=0, offset=0, mark=0, anew=offset > 0)
        lines = tuple(data[: end - start].split(b"\n")[:-1])
        for line in lines:
            if not line.startswith(_OURS):
                _decoded(line)
        return RawLines(lines=lines, start=start, offset=end, mark=mark, anew=anew)

    def upto(self, offset: int, mark: int, since: int = 0) -> bytes | None:
        """What stands before an offset, from `since` on; None where the file was rewritten since that was taken."""
        if not offset:
            return b""
        try:
            with self.path.open("rb") as file:
                if _mark(file, offset) != mark:
                    return None
                file.seek(since)
                return file.read(offset - since)
        except FileNotFoundError:
            return None

    def first(self) -> Event | None:
        """The first event; None where there is none, or where its line is torn."""
        try:
            with self.path.open("rb") as file:
                return _decoded(file.readline())
        except FileNotFoundError:
            return None

    def events(self) -> tuple[Event, ...]:
        return tuple(event for event, _ in self.read().events)

    def rewrite(self, change: Callable[[Event], Event]) -> None:
        """Replace every event by `change(event)`, all or nothing. Sequence numbers stay. EnvironmentLacks as above."""
        with _told(self.path), locked(self.lock):
            data = "".join(encode_event(change(event)) + "\n" for event in self.events()).encode("ascii")
            beside = self.path.with_suffix(".new")
            try:
                with open(beside, "wb", opener=_private) as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                beside.replace(self.path)
            except BaseException:
                beside.unlink(missing_ok=True)
                raise


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise EnvironmentLacks(
            f"cannot write the log {path}: {error.strerror or error}",
            hint="free some space or make the folder writable; what was recorded before is kept",
        ) from error


def _written(handle: int, data: bytes, at: int) -> int:
    if (written := os.pwrite(handle, data, at)) < len(data):
        raise OSError(errno.ENOSPC, f"only {written} of {len(data)} bytes could be written")
    return written


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_CLOEXEC, 0o600)


def _mark(file: BinaryIO, offset: int) -> int:
    """A number for the last bytes before the offset and the file that they stand in."""
    start = max(0, offset - _MARKED)
    file.seek(start)
    told = f"{os.fstat(file.fileno()).st_ino} {offset} ".encode() + file.read(offset - start)
    return int.from_bytes(sha256(told).digest()[:7], "big")


def _decoded(line: bytes) -> Event | None:
    if not line.strip():
        return None
    try:
        return decode_event(line)
    except NewerEvent as error:
        raise EnvironmentLacks(
            f"the log holds {error}",
            hint="it was written by a newer swe-agent: install that version or a later one; the log is untouched",
        ) from error
    except CodecError:
        return None
