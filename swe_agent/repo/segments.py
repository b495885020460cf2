"""Many recordings as one text file, in few bytes: the form in which evidence lies in notes.

The first line names the format and its version. The second is a JSON object: tables of what is said more than once
(sessions, models, authors, paths, commits), and columns of numbers that point into them. A *group* are blocks in a row
that differ in their last part of the id and in their number of lines alone, as those of one edit do. The third is the
packed lines of all blocks in their order (`metrics/attribution/packing.py`). git compresses the whole.

What git cannot see that it is said already: ids of blocks are told by session and path where they hold them, as most do
(a list, in which 0 is the session and 1 the path); and hexadecimal ids are written in base 85, as many in a row as
there are (how many digits each has, and all of them). Together they take a quarter less than as they are.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby, islice
from typing import Any

from swe_agent.core.evidence import Evidence, EvidenceBlock

FORMAT = "swe-agent evidence"
VERSION = 2
_TAIL = re.compile(r"(.*)/([0-9a-f]{12}|[1-9][0-9]{0,8})", re.DOTALL)
_HEXADECIMAL = re.compile(r"(?:[0-9a-f]{2}){4,}")
_DIGITS = 12
"""Of a block's id. A shorter last part is a number."""
_HEX, _BARE = None, False
"""In the column of numbers: the block's last part stands in `tails`, or it has none."""
_Step = int | bool | None
_TABLES = ("head", "session", "model", "author", "path", "base")


_Head = tuple[str | int, ...]
"""Of an id: parts of it, or where they are said already."""


class NotReadable(ValueError):
    """A segment that is damaged, or of another version; says which."""


@dataclass(frozen=True, slots=True)
class _Group:
    head: _Head
    session: str
    model: str
    author: str
    path: str
    base: str
    at: str


def write_segment(evidence: Evidence) -> bytes:
    groups = [(group, list(parts)) for group, parts in groupby(map(_parted, evidence.blocks), lambda one: one[0])]
    columns: dict[str, Any] = {"key": evidence.key}
    for name in _TABLES:
        values = [getattr(group, name) for group, _ in groups]
        table = {value: number for number, value in enumerate(dict.fromkeys(values))}
        columns[f"{name}s"] = list(table) if name == "head" else list(_shortened(table))
        columns[name] = _runs([table[value] for value in values])
    columns["at"] = _times([group.at for group, _ in groups])
    columns["blocks"] = [len(parts) for _, parts in groups]
    columns["number"] = [number for _, parts in groups for number in _numbers([tail for _, tail, _ in parts])]
    columns["tails"] = "".join(tail for _, parts in groups for _, tail, _ in parts if len(tail) == _DIGITS)
    columns["lines"] = [lines for _, parts in groups for _, _, lines in parts]
    text = json.dumps(columns, ensure_ascii=True, separators=(",", ":"))
    return f"{FORMAT} {VERSION}\n{text}\n{evidence.packed}\n".encode("ascii")


def read_segment(data: bytes) -> Evidence:
    """Raises NotReadable."""
    try:
        first, _, rest = data.decode("ascii").partition("\n")
        name, _, version = first.rpartition(" ")
        if name != FORMAT:
            raise NotReadable("it is no segment of evidence")
        if int(version) != VERSION:
            raise NotReadable(f"it has version {version}; this swe-agent reads {VERSION}")
        text, packed, end = rest.split("\n")
        if end:
            raise NotReadable("it goes on where it should end")
        columns = json.loads(text)
        blocks = tuple(_blocks(columns))
        if len(blocks) != len(columns["lines"]):
            raise NotReadable("its columns differ in length")
        return Evidence(key=str(columns["key"]), blocks=blocks, packed=packed)
    except (ValueError, KeyError, TypeError, IndexError, OverflowError, RecursionError) as error:
        raise error if isinstance(error, NotReadable) else NotReadable(f"it is damaged: {error}") from error


def _parted(block: EvidenceBlock) -> tuple[_Group, str, int]:
    found = _TAIL.fullmatch(block.id)
    head, tail = (found[1], found[2]) if found else (block.id, "")
    fields = (block.session, block.model, block.author, block.path, block.base, block.at)
    return _Group(_told_by(head, block.session, block.path), *fields), tail, block.lines


def _told_by(head: str, *known: str) -> _Head:
    """With the place of a known text for the text."""
    parts: list[str | int] = [head]
    for number, text in enumerate(known):
        for at, part in enumerate(parts):
            if text and isinstance(part, str) and text in part:
                before, _, after = part.partition(text)
                parts[at : at + 1] = [*filter(None, [before]), number, *filter(None, [after])]
                break
    return tuple(parts)


def _shortened(values: Iterable[str]) -> Iterator[str | tuple[int, str]]:
    for digits, row in groupby(values, lambda value: len(value) if _HEXADECIMAL.fullmatch(value) else 0):
        if digits:
            yield digits, base64.b85encode(bytes.fromhex("".join(row))).decode("ascii")
        else:
            yield from row


def _in_full(values: Iterable[Any]) -> Iterator[str]:
    for value in values:
        if isinstance(value, str):
            yield value
        else:
            digits, short = value
            found = base64.b85decode(short).hex()
            yield from (found[at : at + digits] for at in range(0, len(found), digits))


def _numbers(tails: Iterable[str]) -> Iterator[_Step]:
    """Each number as its distance from the one before in the group."""
    before = 0
    for tail in tails:
        if not tail or len(tail) == _DIGITS:
            yield _HEX if tail else _BARE
        else:
            yield int(tail) - before
            before = int(tail)


def _blocks(columns: dict[str, Any]) -> Iterator[EvidenceBlock]:
    tables = {name: list(_in_full(columns[f"{name}s"])) for name in _TABLES[1:]} | {"head": columns["heads"]}
    rows = [[tables[name][at] for at in _unrun(columns[name])] for name in _TABLES]
    tails = map("".join, zip(*[iter(str(columns["tails"]))] * _DIGITS, strict=True))
    sizes = zip(columns["number"], columns["lines"], strict=True)
    told = zip(zip(*rows, strict=True), _untimes(columns["at"]), columns["blocks"], strict=True)
    for (head, session, model, author, path, base), at, count in told:
        number = 0
        start = "".join(part if isinstance(part, str) else (session, path)[part] for part in head)
        for step, lines in islice(sizes, count):
            number += step or 0
            tail = f"/{next(tails)}" if step is _HEX else "" if step is _BARE else f"/{number}"
            yield EvidenceBlock(
                id=start + tail,
                session=session,
                model=model,
                author=author,
                path=path,
                base=base,
                at=at,
                lines=lines,
            )


def _runs(places: Sequence[int]) -> list[int]:
    """Each place as its distance from the one before: 0 for the same again, 1 for the next of the table."""
    return [place - before for before, place in zip([0, *places], places, strict=False)]


def _unrun(steps: Iterable[int]) -> Iterator[int]:
    place = 0
    for step in steps:
        place += step
        if place < 0:
            raise NotReadable("a column points before its table")
        yield place


def _times(times: Iterable[str]) -> list[int | str]:
    """Seconds since the time before, where a time is written as ours are; else as it is."""
    told: list[int | str] = []
    before = 0
    for time in times:
        seconds = _seconds(time)
        if seconds is None:
            told.append(time)
        else:
            told.append(seconds - before)
            before = seconds
    return told


def _untimes(told: Iterable[int | str]) -> Iterator[str]:
    before = 0
    for one in told:
        if isinstance(one, str):
            yield one
        else:
            before += one
            yield datetime.fromtimestamp(before, UTC).isoformat(timespec="seconds")


def _seconds(time: str) -> int | None:
    try:
        at = datetime.fromisoformat(time)
        return int(at.timestamp()) if at.astimezone(UTC).isoformat(timespec="seconds") == time else None
    except (ValueError, OverflowError):
        return None
