"""Many files at once, in processes of our own: neither `re` nor tree-sitter lets go of the interpreter's lock.

A worker is this module run by the same interpreter. It reads all files of its share from standard input, and writes one
answer. What a worker does not do, for it was killed, is done here.
"""

from __future__ import annotations

import os
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

WORTH_IT = 3_000_000
"""Bytes below which starting a process takes longer than the work."""
MOST = 8
_HEAD = struct.Struct("<III")


@dataclass(frozen=True, slots=True)
class Item:
    key: bytes
    path: str
    data: bytes


Work = Callable[[Sequence[Item]], bytes]


def works() -> dict[str, Work]:
    """What a worker can be asked for, by name."""
    from swe_agent.index import outlines, segment

    return {"scan": segment.scan_all, "outline": outlines.outline_all}


def shared_out(name: str, items: Sequence[Item], workers: int | None = None) -> list[bytes]:
    """The answers to shares of `items`, about one a processor and in order; one answer where the work is small."""
    work = works()[name]
    total = sum(len(item.data) for item in items)
    count = min(workers or len(os.sched_getaffinity(0)), MOST)
    if count < 2 or total < WORTH_IT:
        return [work(items)] if items else []
    shares = list(_shares(items, total, count))
    with ThreadPoolExecutor(len(shares)) as beside:
        others = [beside.submit(_ask, name, share) for share in shares[1:]]
        answers = [work(shares[0])]
        for share, other in zip(shares[1:], others, strict=True):
            answer = other.result()
            answers.append(work(share) if answer is None else answer)
    return answers


def _shares(items: Sequence[Item], total: int, count: int) -> Iterator[Sequence[Item]]:
    start, gathered = 0, 0
    for number, item in enumerate(items):
        gathered += len(item.data)
        if gathered >= total / count:
            yield items[start : number + 1]
            start, gathered = number + 1, 0
    if start < len(items):
        yield items[start:]


def _ask(name: str, items: Sequence[Item]) -> bytes | None:
    """None where the worker did not come to an end."""
    top = str(Path(__file__).resolve().parents[2])
    program = f"import sys; sys.path.insert(0, {top!r}); from swe_agent.index.pool import main; main({name!r})"
    frames = []
    for item in items:
        path = item.path.encode("utf-8", "surrogateescape")
        frames += [_HEAD.pack(len(item.key), len(path), len(item.data)), item.key, path, item.data]
    try:
        done = subprocess.run(
            [sys.executable, "-c", program], input=b"".join(frames), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
    except OSError:
        return None
    return done.stdout if done.returncode == 0 else None


def main(name: str) -> None:
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
