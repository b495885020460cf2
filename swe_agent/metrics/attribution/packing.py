"""Lines of tokens in few bytes.

First the number of different hashes, then the hashes in the order in which they first appear, five hexadecimal digits
each; the rest, compressed by LZMA, is a row of numbers for each line: how many tokens and what kind of line (`Mark`),
then each token's place in the dictionary, where 0 is the next one that was not there yet. Numbers are little-endian
base 128. Code takes 5 to 8 bytes a line (`benchmarks/attribution.py`).
"""

from __future__ import annotations

import base64
import lzma
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum

from swe_agent.metrics.attribution.tokens import Tokens

_FILTERS = [{"id": lzma.FILTER_LZMA2, "preset": 9, "lc": 0, "lp": 0, "pb": 0, "dict_size": 1 << 20}]
_DIGITS = 5


class Mark(IntEnum):
    """What an accepted line is."""

    AI = 0
    REFORMAT = 1
    """All of it stood in the text that it replaced."""
    EDITED = 2
    """A person changed it before it was accepted."""
    HUMAN = 3
    """A person put it there."""


@dataclass(frozen=True, slots=True)
class Line:
    mark: Mark
    tokens: Tokens


class Damaged(ValueError):
    """Not what `pack` has written."""


def pack(lines: Iterable[Line]) -> str:
    places: dict[int, int] = {}
    row = bytearray()
    for line in lines:
        _put(row, len(line.tokens) << 2 | line.mark)
        for token in line.tokens:
            _put(row, places.get(token, 0))
            places.setdefault(token, len(places) + 1)
    head = bytearray()
    _put(head, len(places))
    digits = "".join(f"{token:0{_DIGITS}x}" for token in places)
    head += bytes.fromhex(digits + "0" * (len(digits) % 2))
    squeezed = lzma.compress(bytes(row), lzma.FORMAT_RAW, filters=_FILTERS)
    return base64.b85encode(bytes(head) + squeezed).decode("ascii")


def unpack(packed: str) -> Sequence[Line]:
    """Raises Damaged."""
    try:
        data = base64.b85decode(packed)
        count, at = _number(data, 0)
        if count > len(data):
            raise Damaged("more hashes than bytes")
        end = at + (count * _DIGITS + 1) // 2
        digits = data[at:end].hex()
        known = [int(digits[i * _DIGITS : (i + 1) * _DIGITS], 16) for i in range(count)]
        row = lzma.decompress(data[end:], lzma.FORMAT_RAW, filters=_FILTERS)
        return list(_lines(row, known))
    except (ValueError, IndexError, lzma.LZMAError) as error:
        raise Damaged(f"evidence that cannot be read: {error}") from error


def _lines(row: bytes, known: Sequence[int]) -> Iterator[Line]:
    at = seen = 0
    while at < len(row):
        head, at = _number(row, at)
        tokens = []
        for _ in range(head >> 2):
            place, at = _number(row, at)
            if not place:
                seen += 1
            tokens.append(known[(place or seen) - 1])
        yield Line(Mark(head & 3), tuple(tokens))


def _put(data: bytearray, number: int) -> None:
    while number > 127:
        data.append(number & 127 | 128)
        number >>= 7
    data.append(number)


def _number(data: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        byte = data[at]
        number |= (byte & 127) << shift
        at += 1
        if byte < 128:
            return number, at
        shift += 7
