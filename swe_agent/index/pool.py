"""Many files at once, in processes of our own: neither `re` nor tree-sitter lets go of the interpreter's lock.

A worker is this module run by the same interpreter. It reads all files of its share from one file, and writes one
answer to another. What a worker does not do, for it was killed, is done here.
"""

from __future__ import annotations

import gc
import os
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Self

from swe_agent.index.scan import MAX_UNKNOWN
from swe_agent.syntax.language import language_of

WORTH_IT = 3_000_000
"""Bytes below which starting a process takes longer than the work."""
MOST = 8
FEW = 100
"""Files below which nobody waits for their being read."""
_HEAD = struct.Struct("<III")
_GO = b"go"


@dataclass(frozen=True, slots=True)
class Item:
    key: bytes
    path: str
    data: bytes

    @property
    def cost(self) -> int:
        """About how much work it is: in bytes of a program."""
        return len(self.data) if language_of(self.path) else min(len(self.data), MAX_UNKNOWN)


Work = Callable[[Sequence[Item]], bytes]


def works() -> dict[str, Work]:
    """What a worker can be asked for, by name."""
    from swe_agent.index import outlines, segment

    return {"scan": segment.scan_all, "outline": outlines.outline_all}


class Pool:
    """Workers for one piece of work on many files. They begin at once and wait for their share, so that they are there
    when the files have been read; none for few files or one processor.

        with Pool("scan", files=len(paths)) as pool:
            answers = pool.answers([Item(key, path, data) for ...])
    """

    def __init__(self, name: str, *, files: int, workers: int | None = None) -> None:
        count = min(workers or len(os.sched_getaffinity(0)), MOST) if files >= FEW else 1
        self._work = works()[name]
        self._open = ExitStack()
        started = [_started(name, self._open) for _ in range(count - 1)]
        self._workers = [worker for worker in started if worker is not None]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def answers(self, items: Sequence[Item]) -> list[bytes]:
        """The answers to shares of `items`, one a processor and in order; one answer where the work is small."""
        total = sum(item.cost for item in items)
        if not self._workers or total < WORTH_IT:
            return [self._work(items)] if items else []
        first, *others = _shares(items, total, len(self._workers) + 1)
        for worker, share in zip(self._workers, others, strict=False):
            worker.ask(share)
        answers = [self._work(first)]
        for worker, share in zip(self._workers, others, strict=False):
            answer = worker.answer()
            answers.append(self._work(share) if answer is None else answer)
        return answers


def _shares(items: Sequence[Item], total: int, count: int) -> Iterator[Sequence[Item]]:
    start, gathered = 0, 0
    for number, item in enumerate(items):
        gathered += item.cost
        if gathered >= total / count:
            yield items[start : number + 1]
            start, gathered = number + 1, 0
    if start < len(items):
        yield items[start:]


@dataclass(frozen=True, slots=True)
class _Worker:
    """Asked and answering by files: pipes would have to be served while this process does its own share."""

    process: subprocess.Popen[bytes]
    asked: IO[bytes]
    answered: IO[bytes]

    def ask(self, items: Sequence[Item]) -> None:
        for item in items:
            path = item.path.encode("utf-8", "surrogateescape")
            self.asked.writelines((_HEAD.pack(len(item.key), len(path), len(item.data)), item.key, path, item.data))
        self.asked.flush()
        with suppress(OSError):  # it may be gone already
            self._tell(_GO)

    def answer(self) -> bytes | None:
        """None where the worker did not come to its end."""
        if self.process.wait() != 0:
            return None
        self.answered.seek(0)
        return self.answered.read()

    def end(self) -> None:
        """However this process leaves its work, nothing of it goes on."""
        with suppress(OSError):
            self._tell(b"")
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def _tell(self, word: bytes) -> None:
        pipe = self.process.stdin
        if pipe is not None and not pipe.closed:
            pipe.write(word)
            pipe.close()


def _started(name: str, files: ExitStack) -> _Worker | None:
    """None where it cannot be started."""
    import tempfile  # brings archives and random numbers along, which warm answers do without

    top = str(Path(__file__).resolve().parents[2])
    try:
        asked = files.enter_context(tempfile.TemporaryFile())  # noqa: SIM115  # it is the context
        answered = files.enter_context(tempfile.TemporaryFile())  # noqa: SIM115  # it is the context
        call = f"main({name!r}, {asked.fileno()})"
        program = f"import sys; sys.path.insert(0, {top!r}); from swe_agent.index.pool import main; {call}"
        process = subprocess.Popen(
            [sys.executable, "-c", program],
            stdin=subprocess.PIPE,
            stdout=answered,
            stderr=subprocess.DEVNULL,
            pass_fds=[asked.fileno()],
        )
    except OSError:
        return None
    worker = _Worker(process, asked, answered)
    files.callback(worker.end)
    return worker


def main(name: str, asked: int) -> None:
    gc.disable()  # it ends soon
    work = works()[name]
    if sys.stdin.buffer.read() == _GO:  # else whoever asked has gone
        with os.fdopen(asked, "rb") as file:
            file.seek(0)
            sys.stdout.buffer.write(work(list(_items(file.read()))))


def _items(data: bytes) -> Iterator[Item]:
    at = 0
    while at < len(data):
        key, path, size = _HEAD.unpack_from(data, at)
        at += _HEAD.size
        yield Item(
            data[at : at + key],
            data[at + key : at + key + path].decode("utf-8", "surrogateescape"),
            data[at + key + path : at + key + path + size],
        )
        at += key + path + size
