"""Many files at once, in processes of our own: neither `re` nor tree-sitter lets go of the interpreter's lock.

A worker is this module run by the same interpreter. It reads all files of its share from standard input, and writes one
answer to standard output. What a worker does not do, for it was killed, is done here.
"""

from __future__ import annotations

import gc
import os
import struct
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from swe_agent.syntax.language import language_of

WORTH_IT = 3_000_000
"""Bytes below which starting a process takes longer than the work."""
MOST = 8
UNKNOWN = 4_000
"""Of other files only the first bytes are read."""
_HEAD = struct.Struct("<III")


@dataclass(frozen=True, slots=True)
class Item:
    key: bytes
    path: str
    data: bytes

    @property
    def cost(self) -> int:
        """About how much work it is: in bytes of a program."""
        return len(self.data) if language_of(self.path) else min(len(self.data), UNKNOWN)


Work = Callable[[Sequence[Item]], bytes]


def works() -> dict[str, Work]:
    """What a worker can be asked for, by name."""
    from swe_agent.index import outlines, segment

    return {"scan": segment.scan_all, "outline": outlines.outline_all}


def shared_out(name: str, items: Sequence[Item], workers: int | None = None) -> list[bytes]:
    """The answers to shares of `items`, about one a processor and in order; one answer where the work is small."""
    work = works()[name]
    total = sum(item.cost for item in items)
    count = min(workers or len(os.sched_getaffinity(0)), MOST)
    if count < 2 or total < WORTH_IT:
        return [work(items)] if items else []
    shares = list(_shares(items, total, count))
    with ExitStack() as files:
        others = [_started(name, share, files) for share in shares[1:]]
        answers = [work(shares[0])]
        for share, other in zip(shares[1:], others, strict=True):
            answer = _answer(*other) if other else None
            answers.append(work(share) if answer is None else answer)
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


def _started(name: str, items: Sequence[Item], files: ExitStack) -> tuple[subprocess.Popen[bytes], IO[bytes]] | None:
    """A worker with the file that it will write its answer to; None where it cannot be started.

    Files and not pipes, which would have to be served while this process does its own share.
    """
    top = str(Path(__file__).resolve().parents[2])
    program = f"import sys; sys.path.insert(0, {top!r}); from swe_agent.index.pool import main; main({name!r})"
    try:
        asked = files.enter_context(tempfile.TemporaryFile())  # noqa: SIM115  # it is the context
        answered = files.enter_context(tempfile.TemporaryFile())  # noqa: SIM115  # it is the context
        for item in items:
            path = item.path.encode("utf-8", "surrogateescape")
            asked.writelines((_HEAD.pack(len(item.key), len(path), len(item.data)), item.key, path, item.data))
        asked.seek(0)
        argv = [sys.executable, "-c", program]
        process = subprocess.Popen(argv, stdin=asked, stdout=answered, stderr=subprocess.DEVNULL)
    except OSError:
        return None
    files.callback(_end, process)
    return process, answered


def _end(process: subprocess.Popen[bytes]) -> None:
    """However this process leaves its work, nothing of it goes on."""
    if process.poll() is None:
        process.kill()
        process.wait()


def _answer(process: subprocess.Popen[bytes], file: IO[bytes]) -> bytes | None:
    """None where the worker did not come to its end."""
    if process.wait() != 0:
        return None
    file.seek(0)
    return file.read()


def main(name: str) -> None:
    gc.disable()  # it ends soon
    sys.stdout.buffer.write(works()[name](list(_items(sys.stdin.buffer.read()))))


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
