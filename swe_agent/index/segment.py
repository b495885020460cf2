"""An immutable file of what many blobs say, by term: the unit that is written, mapped into memory and dropped.

A document is one blob read as one language; it is a run of pieces. Paths are no part of it, so clones, worktrees and
branches share it. Postings are numbers `piece << TF_BITS | frequency`, in order.

    8 bytes of magic, 4 of CRC-32 of the rest, 4 of the length of the table of contents, the table as JSON, the sections
"""

from __future__ import annotations

import json
import struct
import sys
import zlib
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from hashlib import sha256
from typing import TYPE_CHECKING

from swe_agent.index.scan import Scanned, scan
from swe_agent.index.words import terms_in
from swe_agent.syntax.language import language_of, languages

if TYPE_CHECKING:
    from swe_agent.index.pool import Item

MAGIC = b"sweidx1\n"
TF_BITS = 6
MAX_TF = (1 << TF_BITS) - 1
DEFINED, NAMED, IMPORTED = "\x01", "\x02", "\x03"
"""First characters of terms that are not words of a text: words of defined names (postings of documents), defined names
as written (of pieces), last parts of imported modules and names (of documents)."""
GENERATED = 1
FORMAT = "1"
KEY_BYTES = 24
_HEAD = struct.Struct("<8sII")


class BadSegment(Exception):
    """The bytes are not what a `Builder` has made."""


class Builder:
    """Collects documents; `data` gives the segment."""

    def __init__(self) -> None:
        self._keys: list[bytes] = []
        self._postings: dict[str, array[int]] = {}
        self._first_piece = array("I")
        self._lines = array("I")
        self._lengths = array("I")
        self._defined = array("I")
        self._names: list[str] = []
        self._flags = bytearray()
        self._languages: list[str] = []
        self._imports: list[str] = []

    def __len__(self) -> int:
        return len(self._keys)

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
            self._lengths.append(sum(piece.terms.values()))
            self._names.append(piece.name)
            for term, times in piece.terms.items():
                try:
                    postings[term].append(number | (times if times < MAX_TF else MAX_TF))
                except KeyError:
                    postings[term] = array("I", (number | (times if times < MAX_TF else MAX_TF),))
            if piece.name:
                self._post(NAMED + piece.name, number | 1)
        defined = terms_in("\n".join(piece.name for piece in scanned.pieces))
        self._defined.append(sum(defined.values()))
        for term, times in defined.items():
            self._post(DEFINED + term, document << TF_BITS | min(times, MAX_TF))
        last = {part for module, names in scanned.imports for part in (_last_part(module), *names)}
        for part in sorted(last):
            self._post(IMPORTED + part, document << TF_BITS | 1)
        self._imports.append(json.dumps(scanned.imports, separators=(",", ":")) if scanned.imports else "")

    def _post(self, term: str, value: int) -> None:
        self._postings.setdefault(term, array("I")).append(value)

    def data(self) -> bytes:
        terms = sorted(self._postings)
        offsets, at = array("I", (0,)), 0
        for term in terms:
            at += len(self._postings[term])
            offsets.append(at)
        sections: dict[str, bytes] = {
            "keys": b"".join(self._keys),
            "first_piece": _bytes(self._first_piece),
            "lines": _bytes(self._lines),
            "lengths": _bytes(self._lengths),
            "defined": _bytes(self._defined),
            "flags": bytes(self._flags),
            "names": "\n".join(self._names).encode("utf-8", "surrogatepass"),
            "languages": "\n".join(self._languages).encode(),
            "imports": "\n".join(self._imports).encode(),
            "terms": "\n".join(terms).encode("utf-8", "surrogatepass"),
            "offsets": _bytes(offsets),
            "postings": b"".join(_bytes(self._postings[term]) for term in terms),
        }
        table, position = {}, 0
        for name, section in sections.items():
            table[name] = (position, len(section))
            position += len(section) + -len(section) % 4
        toc = json.dumps({"documents": len(self._keys), "sections": table}).encode()
        body = toc + b"".join(section + b"\0" * (-len(section) % 4) for section in sections.values())
        return _HEAD.pack(MAGIC, zlib.crc32(body), len(toc)) + body


def _last_part(module: str) -> str:
    return module.rstrip("/").replace("::", ".").replace("\\", ".").replace("/", ".").rsplit(".", 1)[-1]


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

    def _numbers(self, name: str) -> array[int]:
        return _numbers(self._section(name))

    def _texts(self, name: str) -> list[str]:
        return bytes(self._section(name)).decode("utf-8", "surrogatepass").split("\n")

    @cached_property
    def keys(self) -> tuple[bytes, ...]:
        data, size = bytes(self._section("keys")), KEY_BYTES
        return tuple(data[at : at + size] for at in range(0, len(data), size))

    @cached_property
    def first_piece(self) -> array[int]:
        """Of each document, and the number of pieces at the end."""
        first = self._numbers("first_piece")
        first.append(len(self.lines))
        return first

    @cached_property
    def document_of(self) -> array[int]:
        """The document of each piece."""
        owners = array("I")
        first = self.first_piece
        for document in range(len(first) - 1):
            owners.extend([document] * (first[document + 1] - first[document]))
        return owners

    @cached_property
    def lines(self) -> array[int]:
        return self._numbers("lines")

    @cached_property
    def lengths(self) -> array[int]:
        return self._numbers("lengths")

    @cached_property
    def defined(self) -> array[int]:
        """How many words the names have that each document defines."""
        return self._numbers("defined")

    @cached_property
    def names(self) -> list[str]:
        return self._texts("names")

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
    def document_lengths(self) -> array[int]:
        lengths, first = self.lengths, self.first_piece
        return array("I", (sum(lengths[first[d] : first[d + 1]]) for d in range(len(first) - 1)))

    @cached_property
    def terms(self) -> list[str]:
        return self._texts("terms")

    @cached_property
    def _offsets(self) -> array[int]:
        return self._numbers("offsets")

    def postings(self, term: str) -> array[int]:
        at = bisect_left(self.terms, term)
        if at == len(self.terms) or self.terms[at] != term:
            return array("I")
        start = self._sections["postings"][0]
        low, high = self._offsets[at], self._offsets[at + 1]
        return _numbers(self.data[start + 4 * low : start + 4 * high])

    def pieces(self, document: int) -> Iterator[int]:
        return iter(range(self.first_piece[document], self.first_piece[document + 1]))


def scan_all(items: Sequence[Item]) -> bytes:
    """A segment of all these files."""
    builder = Builder()
    for item in items:
        builder.add(item.key, scan(item.path, item.data))
    return builder.data()


@cache
def _version(language: str) -> str:
    """What a document depends on besides its blob. Without a language a `#!` line may name any."""
    names = [language] if language else sorted(languages())
    return "\0".join([FORMAT, *(f"{name}:{languages()[name].digest}" for name in names)])


def key_of(path: str, blob: str) -> bytes:
    return sha256(f"{blob}\0{_version(language_of(path))}".encode()).digest()[:KEY_BYTES]


def _numbers(data: memoryview) -> array[int]:
    numbers = array("I")
    numbers.frombytes(data)
    if sys.byteorder != "little":
        numbers.byteswap()
    return numbers
