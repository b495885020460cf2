"""What was spent on which day, by all jobs of this user: the file that caps per day are kept by.

Lines of JSON under a lock, each on disk before the call returns:

    {"is": "reserved", "id": ..., "day": ..., "repository": ..., "nano_usd": ..., "tokens": ...}   before a call
    {"is": "settled", "id": ..., "nano_usd": ..., "tokens": ...}                                   after it
    {"is": "day", "day": ..., "repository": ..., "nano_usd": ..., "tokens": ..., "calls": ...}     a day that is over

A reservation holds the worst that its call may come to, and counts until it is settled. One whose process died counts
as spent for the rest of its day: the call may have been billed, and nobody is left who knows. A sum with an unknown
price in it has the `nano_usd` null; it is not 0.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from swe_agent.core.errors import EnvironmentLacks
from swe_agent.store.lines import locked

Line = Mapping[str, Any]
_MARKED = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class DaySpend:
    """Settled and reserved, of one day: in one repository, or in all of them."""

    nano_usd: int = 0
    tokens: int = 0
    calls: int = 0
    unpriced: int = 0
    """Calls whose cost nobody knows; they are in no sum of money."""

    def __add__(self, other: DaySpend) -> DaySpend:
        return DaySpend(
            nano_usd=self.nano_usd + other.nano_usd,
            tokens=self.tokens + other.tokens,
            calls=self.calls + other.calls,
            unpriced=self.unpriced + other.unpriced,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DayTotals:
    here: DaySpend
    everywhere: DaySpend


Check = Callable[[DayTotals], None]
"""Raises where the totals so far leave no room for what is about to be reserved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call:
    day: str
    repository: str
    spend: DaySpend


@dataclass(slots=True, kw_only=True)
class _Read:
    """What the file says up to an offset. Kept by a process, so that each reservation reads only what is new."""

    inode: int = 0
    offset: int = 0
    mark: bytes = b""
    """What stands before the offset. An inode is given out again once its file is gone, so it alone tells nothing."""
    calls: dict[str, _Call] = field(default_factory=dict)
    open: set[str] = field(default_factory=set)


class SpendLog:
    """Safe for many threads and processes. The file and its folder are made at the first reservation."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read = _Read()

    def reserve(self, call: str, *, day: str, repository: str, nano_usd: int | None, tokens: int, check: Check) -> None:
        """Ask `check` with the totals of the day, and note the reservation if it lets it pass, both under one lock.

        `call` is an id that no one has had before. Raises what `check` raises, or EnvironmentLacks.
        """
        with self._locked() as handle:
            self._compact(handle, day)
            check(self._totals(day, repository))
            line = {"is": "reserved", "id": call, "day": day, "repository": repository}
            self._append(handle, {**line, "nano_usd": nano_usd, "tokens": tokens})

    def settle(self, call: str, *, nano_usd: int | None, tokens: int) -> None:
        """What the call was, in the place of what was reserved for it."""
        with self._locked() as handle:
            self._append(handle, {"is": "settled", "id": call, "nano_usd": nano_usd, "tokens": tokens})

    def totals(self, day: str, repository: str) -> DayTotals:
        with self._locked():
            return self._totals(day, repository)

    # ---- under the lock

    @contextmanager
    def _locked(self) -> Iterator[_Handle]:
        try:
            with locked(self._path.with_suffix(".lock")), _Handle(self._path) as handle:
                self._catch_up(handle)
                yield handle
        except OSError as error:
            raise EnvironmentLacks(
                f"cannot write {self._path}, by which spending per day is limited: {error.strerror or error}",
                hint="free some space, or make the folder writable",
            ) from error

    def _totals(self, day: str, repository: str) -> DayTotals:
        here, everywhere = DaySpend(), DaySpend()
        for call in self._read.calls.values():
            if call.day == day:
                everywhere += call.spend
                if call.repository == repository:
                    here += call.spend
        return DayTotals(here=here, everywhere=everywhere)

    def _catch_up(self, handle: _Handle) -> None:
        if handle.inode != self._read.inode or handle.mark(self._read.offset) != self._read.mark:
            self._read = _Read(inode=handle.inode)
        for line in handle.lines(self._read.offset):
            with suppress(KeyError, TypeError):  # not written by us
                self._take(line)
        self._moved_on(handle)

    def _append(self, handle: _Handle, line: Line) -> None:
        handle.append(line)
        self._take(line)
        self._moved_on(handle)

    def _moved_on(self, handle: _Handle) -> None:
        self._read.offset, self._read.mark = handle.size, handle.mark(handle.size)

    def _take(self, line: Line) -> None:
        match line["is"]:
            case "reserved":
                call = _Call(day=line["day"], repository=line["repository"], spend=_spend(line, calls=1))
                self._read.calls[line["id"]] = call
                self._read.open.add(line["id"])
            case "settled":
                # One that is not there was folded into its day as reserved, which is the safe side.
                if (known := self._read.calls.get(line["id"])) is not None:
                    self._read.calls[line["id"]] = replace(known, spend=_spend(line, calls=1))
                self._read.open.discard(line["id"])
            case "day":
                spend = replace(_spend(line, calls=line["calls"]), unpriced=line["unpriced"])
                call = _Call(day=line["day"], repository=line["repository"], spend=spend)
                self._read.calls[f"{line['day']} {line['repository']}"] = call

    def _compact(self, handle: _Handle, today: str) -> None:
        """Put one line in the place of each day of each repository that is over."""
        over = {id_: call for id_, call in self._read.calls.items() if call.day < today}
        if all(id_ == f"{call.day} {call.repository}" for id_, call in over.items()):
            return
        days: dict[tuple[str, str], DaySpend] = {}
        for call in over.values():
            days[call.day, call.repository] = days.get((call.day, call.repository), DaySpend()) + call.spend
        kept = [id_ for id_ in self._read.calls if id_ not in over]
        lines = [_day_line(*key, spend) for key, spend in sorted(days.items())] + self._lines_of(kept)
        handle.rewrite(lines)
        self._read = _Read(inode=handle.inode)
        self._catch_up(handle)

    def _lines_of(self, calls: list[str]) -> list[Line]:
        lines: list[Line] = []
        for id_ in calls:
            call = self._read.calls[id_]
            money = None if call.spend.unpriced else call.spend.nano_usd
            spent = {"nano_usd": money, "tokens": call.spend.tokens}
            lines.append({"is": "reserved", "id": id_, "day": call.day, "repository": call.repository, **spent})
            if id_ not in self._read.open:
                lines.append({"is": "settled", "id": id_, **spent})
        return lines


def _spend(line: Line, *, calls: int) -> DaySpend:
    money = line["nano_usd"]
    return DaySpend(nano_usd=money or 0, tokens=line["tokens"], calls=calls, unpriced=calls if money is None else 0)


def _day_line(day: str, repository: str, spend: DaySpend) -> Line:
    return {
        "is": "day",
        "day": day,
        "repository": repository,
        "nano_usd": spend.nano_usd,
        "tokens": spend.tokens,
        "calls": spend.calls,
        "unpriced": spend.unpriced,
    }


class _Handle:
    """The open file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> _Handle:
        self._open()
        return self

    def __exit__(self, *_error: object) -> None:
        os.close(self._file)

    def _open(self) -> None:
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        there = os.fstat(self._file)
        self.inode, self.size = there.st_ino, there.st_size

    def lines(self, offset: int) -> Iterator[Line]:
        """Whole lines from an offset on. A line that a dying process left torn is passed over: nothing was sent yet
        when it was written, or its reservation stands."""
        data = os.pread(self._file, self.size - offset, offset)
        for text in data.split(b"\n"):
            try:
                line = json.loads(text)
            except ValueError:
                continue
            if isinstance(line, dict):
                yield line

    def mark(self, offset: int) -> bytes:
        start = max(0, offset - _MARKED)
        return os.pread(self._file, offset - start, start)

    def append(self, line: Line) -> None:
        torn = self.size and os.pread(self._file, 1, self.size - 1) != b"\n"
        data = (("\n" if torn else "") + _text(line)).encode("ascii")
        if (written := os.pwrite(self._file, data, self.size)) < len(data):
            os.ftruncate(self._file, self.size)
            raise OSError(28, f"only {written} of {len(data)} bytes could be written")
        os.fsync(self._file)
        self.size += len(data)

    def rewrite(self, lines: list[Line]) -> None:
        """All or nothing; afterwards this is the handle of the new file."""
        beside = self._path.with_suffix(".new")
        with open(beside, "w", encoding="ascii", opener=_private) as file:
            file.writelines(_text(line) for line in lines)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self._path)
        os.close(self._file)
        self._open()


def _text(line: Line) -> str:
    return json.dumps(line, ensure_ascii=True, separators=(",", ":")) + "\n"


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_CLOEXEC, 0o600)
