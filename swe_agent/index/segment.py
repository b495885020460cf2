"""An immutable file of what many blobs say, by term: the unit that is written, mapped into memory and dropped.

A document is one blob read as one language; it is a run of pieces. Paths are no part of it, so clones, worktrees and
branches share it. Postings are numbers `piece << TF_BITS | frequency` (or `document << …`), in order.

    8 bytes of magic, 4 of CRC-32 of the rest, 4 of the length of the table of contents, the table as JSON, the sections
"""

from __future__ import annotations

import json
import struct
import sys
import zlib
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import accumulate, chain, pairwise
from typing import TYPE_CHECKING

from swe_agent.index import keys
from swe_agent.index.keys import KEY_BYTES
from swe_agent.index.scan import Scanned, scan
from swe_agent.index.words import STOP, terms_of

if TYPE_CHECKING:
    from swe_agent.index.pool import Item

MAGIC = b"sweidx3\n"
TF_BITS = 6
MAX_TF = (1 << TF_BITS) - 1
GENERATED = 1
FORMAT = "4"
_HEAD = struct.Struct("<8sII")
_STOP = frozenset(word.encode() for word in STOP)


class BadSegment(Exception):
    """The bytes are not what a `Builder` has made."""


class Builder:
    """Collects documents; `data` gives the segment."""

    def __init__(self) -> None:
        self._keys: list[bytes] = []
        self._postings: dict[bytes, array[int]] = {}
        self._imported: dict[str, array[int]] = {}
        self._first_piece = array("I")
        self._lines = array("I")
        self._lengths = array("I")
        self._defines: list[str] = []
        self._flags = bytearray()
        self._languages: list[str] = []
        self._imports: list[str] = []

    def add(self, key: bytes, scanned: Scanned) -> None:
        document = len(self._keys)
        self._keys.append(key)
        self._first_piece.append(len(self._lines))
        self._flags.append(GENERATED if scanned.generated else 0)
        self._languages.append(scanned.language)
        postings = self._postings
        for piece in scanned.pieces:
            number = len(self._lines) << TF_BITS
            self._lines.append(piece.line)
            self._lengths.append(sum([times for name, times in piece.names.items() if name not in _STOP]))
            self._defines.append(piece.name)
            for name, times in piece.names.items():
                value = number | (times if times < MAX_TF else MAX_TF)
                try:
                    postings[name].append(value)
                except KeyError:
                    postings[name] = array("I", (value,))
        for part in sorted({part for module, names in scanned.imports for part in (_last_part(module), *names)}):
            self._imported.setdefault(part, array("I")).append(document)
        self._imports.append(json.dumps(scanned.imports, separators=(",", ":")) if scanned.imports else "")

    def data(self) -> bytes:
        definers = self._definers()
        number_of = {name: number for number, name in enumerate(sorted(definers), 1)} | {"": 0}
        sections: dict[str, bytes] = {
            "keys": b"".join(self._keys),
            "first_piece": _bytes(self._first_piece),
            "lines": _bytes(self._lines),
            "lengths": _bytes(self._lengths),
            "defines": _bytes(array("I", [number_of[name] for name in self._defines])),
            "flags": bytes(self._flags),
            "languages": "\n".join(self._languages).encode(),
            "imports": "\n".join(self._imports).encode(),
            **_lists("definers", definers),
            **_lists("terms", self._by_term()),
            **_lists("defining", self._defining()),
            **_lists("importers", self._imported),
        }
        table, position = {}, 0
        for name, section in sections.items():
            table[name] = (position, len(section))
            position += len(section) + -len(section) % 4
        toc = json.dumps({"documents": len(self._keys), "sections": table}).encode()
        body = toc + b"".join(section + b"\0" * (-len(section) % 4) for section in sections.values())
        return _HEAD.pack(MAGIC, zlib.crc32(body), len(toc)) + body

    def _definers(self) -> dict[str, array[int]]:
        """Pieces by the name that they define."""
        found: dict[str, array[int]] = {}
        for piece, name in enumerate(self._defines):
            if name:
                found.setdefault(name, array("I")).append(piece)
        return found

    def _by_term(self) -> dict[str, array[int]]:
        """Postings of terms."""
        lists: dict[str, list[array[int]]] = {}
        for name, postings in self._postings.items():
            for term in set(terms_of.__wrapped__(name.decode("utf-8", "surrogatepass"))):  # of each name only once
                try:
                    lists[term].append(postings)
                except KeyError:
                    lists[term] = [postings]
        return {term: found[0] if len(found) == 1 else _together(found) for term, found in lists.items()}

    def _defining(self) -> dict[str, array[int]]:
        """By term the documents that define a name that it is part of, with how many."""
        parts = {name: set(terms_of(name)) for name in set(self._defines)}
        found: dict[str, array[int]] = {}
        for document, (first, end) in enumerate(pairwise([*self._first_piece, len(self._lines)])):
            times: dict[str, int] = {}
            for name in self._defines[first:end]:
                for term in parts[name]:
                    times[term] = times.get(term, 0) + 1
            for term, count in times.items():
                found.setdefault(term, array("I")).append(document << TF_BITS | min(count, MAX_TF))
        return found


def _last_part(module: str) -> str:
    return module.rstrip("/").replace("::", ".").replace("\\", ".").replace("/", ".").rsplit(".", 1)[-1]


def _together(lists: Iterable[array[int]]) -> array[int]:
    """Postings of several names in one; frequencies in the same piece are added."""
    found: list[int] = []
    append = found.append
    here, end = 0, 0  # the posting of the piece at hand, and where those of the next one begin
    for value in sorted(chain.from_iterable(lists)):
        if value < end:
            here = min(here + (value & MAX_TF), end - 1)
        else:
            append(here)
            here, end = value, (value | MAX_TF) + 1
    append(here)
    return array("I", found[1:])


def _lists(name: str, lists: Mapping[str, array[int]]) -> dict[str, bytes]:
    """Words in order, their lists of numbers one after another, and where each begins."""
    words = sorted(lists)
    numbers = [lists[word] for word in words]
    return {
        f"{name} words": "\n".join(words).encode("utf-8", "surrogatepass"),
        f"{name} starts": _bytes(array("I", accumulate(map(len, numbers), initial=0))),
        name: b"".join(map(_bytes, numbers)),
    }


def _bytes(numbers: array[int]) -> bytes:
    if sys.byteorder != "little":
        numbers = numbers[:]
        numbers.byteswap()
    return numbers.tobytes()


@dataclass(frozen=True)
class Segment:
    """Reads from bytes or a memory map. Not slotted: tables are unpacked when first asked for."""

    data: memoryview

    @classmethod
    def of(cls, data: memoryview) -> Segment:
        """BadSegment where a byte is missing or another."""
        if len(data) < _HEAD.size:
            raise BadSegment("too short")
        magic, crc, _ = _HEAD.unpack_from(data)
        if magic != MAGIC or zlib.crc32(data[_HEAD.size :]) != crc:
            raise BadSegment("checksum")
        return cls(data)

    @cached_property
    def _sections(self) -> dict[str, tuple[int, int]]:
        _, _, length = _HEAD.unpack_from(self.data)
        toc = json.loads(bytes(self.data[_HEAD.size : _HEAD.size + length]))
        start = _HEAD.size + length
        return {name: (start + at, size) for name, (at, size) in toc["sections"].items()}

    def _section(self, name: str) -> memoryview:
        at, size = self._sections[name]
        return self.data[at : at + size]

    def _numbers(self, name: str) -> Sequence[int]:
        return _numbers(self._section(name))

    def _texts(self, name: str) -> list[str]:
        return bytes(self._section(name)).decode("utf-8", "surrogatepass").split("\n")

    @cached_property
    def keys(self) -> tuple[bytes, ...]:
        data, size = bytes(self._section("keys")), KEY_BYTES
        return tuple(data[at : at + size] for at in range(0, len(data), size))

    @cached_property
    def first_piece(self) -> Sequence[int]:
        """Of each document, and the number of pieces at the end."""
        return [*self._numbers("first_piece"), len(self.lines)]

    @cached_property
    def lines(self) -> Sequence[int]:
        return self._numbers("lines")

    @cached_property
    def lengths(self) -> Sequence[int]:
        """How many names each piece says, repeated as they are, without stop words."""
        return self._numbers("lengths")

    @cached_property
    def _defines(self) -> Sequence[int]:
        return self._numbers("defines")

    def defined(self, document: int) -> list[str]:
        """Of each piece the name that it defines; "" where there is none."""
        numbers = self._defines[self.first_piece[document] : self.first_piece[document + 1]]
        names = self._lists["definers"][0]
        return [names[number - 1] if number else "" for number in numbers]

    @cached_property
    def definitions(self) -> Sequence[int]:
        """How many names each document defines."""
        defines, first = self._defines, self.first_piece
        return [
            first[d + 1] - first[d] - list(defines[first[d] : first[d + 1]]).count(0) for d in range(len(first) - 1)
        ]

    def definers(self, name: str) -> Sequence[int]:
        """Pieces that define a name, as it is written."""
        return self._listed("definers", name)

    @cached_property
    def languages(self) -> list[str]:
        return self._texts("languages")

    @cached_property
    def _import_lines(self) -> list[str]:
        return self._texts("imports")

    def imports(self, document: int) -> list[tuple[str, Sequence[str]]]:
        line = self._import_lines[document]
        return [(module, names) for module, names in json.loads(line)] if line else []

    def generated(self, document: int) -> bool:
        return bool(self._section("flags")[document] & GENERATED)

    @cached_property
    def document_lengths(self) -> Sequence[int]:
        lengths, first = self.lengths, self.first_piece
        return [sum(lengths[first[d] : first[d + 1]]) for d in range(len(first) - 1)]

    def postings(self, term: str) -> Sequence[int]:
        """The pieces that hold a term."""
        return self._listed("terms", term)

    def defining(self, term: str) -> Sequence[int]:
        """The documents that define names that a term is part of, with how many: `document << TF_BITS | count`."""
        return self._listed("defining", term)

    def importers(self, part: str) -> Sequence[int]:
        """Documents that import a module, or something from one, whose name ends so."""
        return self._listed("importers", part)

    def _listed(self, name: str, word: str) -> Sequence[int]:
        words, starts, numbers = self._lists[name]
        at = bisect_left(words, word)  # in the order of their UTF-8, which is that of code points
        return numbers[starts[at] : starts[at + 1]] if word and at < len(words) and words[at] == word else ()

    @cached_property
    def _lists(self) -> dict[str, tuple[list[str], Sequence[int], Sequence[int]]]:
        return {
            name: (self._texts(f"{name} words"), self._numbers(f"{name} starts"), self._numbers(name))
            for name in ("definers", "terms", "defining", "importers")
        }

    def pieces(self, document: int) -> range:
        return range(self.first_piece[document], self.first_piece[document + 1])


def scan_all(items: Iterable[Item]) -> bytes:
    """A segment of all these files."""
    builder = Builder()
    for item in items:
        builder.add(item.key, scan(item.path, item.data))
    return builder.data()


def key_of(path: str, blob: str) -> bytes:
    return keys.key_of(path, blob, version)


@cache
def version(language: str) -> bytes:
    """What the segments of a language depend on; of all languages for ""."""
    return keys.version(f"segment {FORMAT}", language)


def _numbers(data: memoryview) -> Sequence[int]:
    """Without a copy, where the machine counts as the file does."""
    if sys.byteorder == "little":
        return data.cast("I")
    numbers = array("I")
    numbers.frombytes(data)
    numbers.byteswap()
    return numbers
