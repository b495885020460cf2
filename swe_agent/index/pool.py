"""Many files at once, in processes of our own: neither `re` nor tree-sitter lets go of the interpreter's lock.

A worker is this module run by the same interpreter. All files lie in one file that everyone reads, and which of them
are whose nobody says beforehand: this process and its workers take lots from one pipe until there is none left, so that
they end together however busy the machine is. What a worker took that was killed is done here.
"""

from __future__ import annotations

import gc
import os
import struct
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import IO, Self

from swe_agent.index.scan import MAX_UNKNOWN
from swe_agent.syntax.language import language_of

MOST = 8
FEW = 100
"""Files below which nobody waits for their being read."""
SMALL_LOT, SHARE = 60_000, 64
"""A lot is as large as this, or as this part of all before it: thousands of files then make a few hundred lots, which a
pipe holds without anybody taking one."""
_HEAD = struct.Struct("<III")
_LOT = struct.Struct("<QQ")
"""Where it begins and ends in the file of all."""
_COUNT = struct.Struct("<I")


@dataclass(frozen=True, slots=True)
class Item:
    key: bytes
    path: str
    data: bytes

    @property
    def cost(self) -> int:
        """About how much work it is: in bytes of a program."""
        return len(self.data) if language_of(self.path) else min(len(self.data), MAX_UNKNOWN)


Work = Callable[[Iterable[Item]], bytes]
Lot = tuple[int, int]


def works() -> dict[str, Work]:
    """What a worker can be asked for, by name."""
    from swe_agent.index import outlines, segment

    return {"scan": segment.scan_all, "outline": outlines.outline_all}


class Pool:
    """Workers for one piece of work on many files. They begin at once, so that they are there when the first files are
    read; none for one processor, or where it is known that there are few files.

        with Pool("scan", files=len(paths)) as pool:
            answers = pool.answers(Item(key, path, data) for ...)
    """

    def __init__(self, name: str, *, files: int = FEW, workers: int | None = None) -> None:
        count = min(workers or processors(), MOST) if files >= FEW else 1
        self._work = works()[name]
        self._open = ExitStack()
        self._table = _Table(self._open) if count > 1 else None
        started = [_started(name, self._table, self._open) for _ in range(count - 1)] if self._table else []
        self._workers = [worker for worker in started if worker is not None]

    @property
    def lots(self) -> int:
        """The pipe that lots are taken from; -1 where this process does everything."""
        return self._table.taken if self._table else -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def answers(self, items: Iterable[Item], meanwhile: Callable[[], object] = lambda: None) -> list[bytes]:
        """Of each process that took part the answer to what it took; together they are of all items. Workers begin
        while `items` are still being made; `meanwhile` is done while they come to their end. To be asked once."""
        if self._table is None or not self._workers:
            items = list(items)
            return [self._work(items)] if items else []
        lots = dict(self._table.lay_out(items))
        own: list[Lot] = []
        answers = [self._work(chain.from_iterable(lots[lot] for lot in self._table.lots(own)))]
        if left := lots.keys() - own:
            meanwhile()
        for worker in self._workers if left else ():
            taken, answer = worker.answer()
            if taken:
                answers.append(answer)
                left -= taken
        if left:
            answers.append(self._work(chain.from_iterable(lots[lot] for lot in sorted(left))))
        return answers


def processors() -> int:
    """Those that this process may use, where the system tells."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class _Table:
    """The file of all items, and the pipe of the lots that are still to be taken."""

    def __init__(self, files: ExitStack) -> None:
        import tempfile  # brings archives and random numbers along, which warm answers do without

        self.items: IO[bytes] = files.enter_context(tempfile.TemporaryFile())  # noqa: SIM115  # it is the context
        taken, given = os.pipe()
        self.taken = taken
        self._given = files.enter_context(os.fdopen(given, "wb", buffering=0))
        files.callback(os.close, taken)

    def lay_out(self, items: Iterable[Item]) -> Iterator[tuple[Lot, Sequence[Item]]]:
        """Write them all, and give out lots meanwhile. Of each lot its items."""
        start = at = cost = total = 0
        gathered: list[Item] = []
        for item in items:
            path = item.path.encode("utf-8", "surrogateescape")
            self.items.writelines((_HEAD.pack(len(item.key), len(path), len(item.data)), item.key, path, item.data))
            at += _HEAD.size + len(item.key) + len(path) + len(item.data)
            gathered.append(item)
            cost += item.cost
            if cost >= max(SMALL_LOT, total // SHARE):
                yield self._give((start, at)), gathered
                start, total, cost, gathered = at, total + cost, 0, []
        if gathered:
            yield self._give((start, at)), gathered
        self._given.close()

    def _give(self, lot: Lot) -> Lot:
        self.items.flush()
        self._given.write(_LOT.pack(*lot))
        return lot

    def lots(self, taken: list[Lot]) -> Iterator[Lot]:
        return _lots(self.taken, taken)


def _lots(pipe: int, taken: list[Lot]) -> Iterator[Lot]:
    """Those that this process gets, noted in `taken`, while there are any. Several processes may read from one pipe:
    each read gets a whole lot, because all are of one size and each was written at once."""
    while len(token := os.read(pipe, _LOT.size)) == _LOT.size:
        start, end = _LOT.unpack(token)
        taken.append((start, end))
        yield start, end


@dataclass(frozen=True, slots=True)
class _Worker:
    """Answers by a file: a pipe would have to be served while this process does its own share."""

    process: subprocess.Popen[bytes]
    answered: IO[bytes]

    def answer(self) -> tuple[set[Lot], bytes]:
        """The lots that it took and what it says to them; none where it did not come to its end."""
        if self.process.wait() != 0:
            return set(), b""
        self.answered.seek(0)
        data = self.answered.read()
        (count,) = _COUNT.unpack_from(data)
        end = _COUNT.size + count * _LOT.size
        return {(a, b) for a, b in _LOT.iter_unpack(data[_COUNT.size : end])}, data[end:]

    def end(self) -> None:
        """However this process leaves its work, nothing of it goes on."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def _started(name: str, table: _Table, files: ExitStack) -> _Worker | None:
    """None where it cannot be started."""
    import tempfile  # as above

    top = str(Path(__file__).resolve().parents[2])
    try:
        answered = files.enter_context(tempfile.TemporaryFile())  # noqa: SIM115  # it is the context
        call = f"main({name!r}, {table.items.fileno()}, {table.taken})"
        program = f"import sys; sys.path.insert(0, {top!r}); from swe_agent.index.pool import main; {call}"
        process = subprocess.Popen(
            [sys.executable, "-c", program],
            stdin=subprocess.DEVNULL,
            stdout=answered,
            stderr=subprocess.DEVNULL,
            pass_fds=[table.items.fileno(), table.taken],
        )
    except OSError:
        return None
    worker = _Worker(process, answered)
    files.callback(worker.end)
    return worker


def main(name: str, items: int, pipe: int) -> None:
    gc.disable()  # it ends soon
    work = works()[name]
    taken: list[Lot] = []
    lots = _lots(pipe, taken)
    answer = work(chain.from_iterable(_items(os.pread(items, end - start, start)) for start, end in lots))
    sys.stdout.buffer.writelines((_COUNT.pack(len(taken)), *(_LOT.pack(*lot) for lot in taken), answer))


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
