"""Lines of tokens in few bytes.

First the number of different hashes, then the hashes in the order in which they first appear, five hexadecimal digits
each. Two columns follow, each behind its size and compressed by LZMA for itself: of each line how many tokens it has
and what kind of line it is (`Mark`), and of each token its place in the dictionary, where 0 is the next one that was
not there yet. Places are big-endian numbers of two bytes, of four where the dictionary is larger than that: apart from
the rest and all of one size they take 6 % less than as numbers of any length among the counts. Other numbers are
little-endian base 128. Code takes 5 to 8 bytes a line (`benchmarks/attribution.py`).
"""

from __future__ import annotations

import base64
import lzma
import sys
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum

from swe_agent.metrics.attribution.tokens import Tokens

_DIGITS = 5
_SMALL = 1 << 16
"""Places in the dictionary that two bytes can name, 0 among them."""
MOST_BYTES = 1 << 25
"""Of a column, unpacked. Ours are far below; what claims more would only fill the memory."""


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
    heads = bytearray()
    row: list[int] = []
    for line in lines:
        _put(heads, len(line.tokens) << 2 | line.mark)
        for token in line.tokens:
            row.append(places.get(token, 0))
            places.setdefault(token, len(places) + 1)
    data = bytearray()
    _put(data, len(places))
    digits = "".join(f"{token:0{_DIGITS}x}" for token in places)
    data += bytes.fromhex(digits + "0" * (len(digits) % 2))
    squeezed = _squeezed(bytes(heads), 1)
    _put(data, len(squeezed))
    numbers = _numbers(len(places), row)
    data += squeezed + _squeezed(_turned(numbers).tobytes(), numbers.itemsize)
    return base64.b85encode(bytes(data)).decode("ascii")


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
        size, at = _number(data, end)
        heads = _unsqueezed(data[at : at + size], 1)
        numbers = _numbers(count)
        numbers.frombytes(_unsqueezed(data[at + size :], numbers.itemsize))
        return list(_lines(heads, _tokens(_turned(numbers), known)))
    except (ValueError, IndexError, lzma.LZMAError) as error:
        raise Damaged(f"evidence that cannot be read: {error}") from error


def _numbers(places: int, row: Iterable[int] = ()) -> array[int]:
    """In the size that a dictionary of so many places needs."""
    return array("H" if places < _SMALL else "I", row)


def _turned(numbers: array[int]) -> array[int]:
    """To big-endian numbers, and back."""
    if sys.byteorder == "little":
        numbers.byteswap()
    return numbers


def _filters(size: int) -> list[dict[str, int]]:
    """For numbers of so many bytes."""
    bits = size.bit_length() - 1
    return [{"id": lzma.FILTER_LZMA2, "preset": 9, "lc": 0, "lp": bits, "pb": bits, "dict_size": 1 << 20}]


def _squeezed(data: bytes, size: int) -> bytes:
    return lzma.compress(data, lzma.FORMAT_RAW, filters=_filters(size))


def _unsqueezed(data: bytes, size: int) -> bytes:
    reader = lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=_filters(size))
    found = reader.decompress(data, MOST_BYTES)
    if not reader.eof:
        raise Damaged("a column ends too early, or is too long")
    return found


def _tokens(places: Iterable[int], known: Sequence[int]) -> list[int]:
    tokens = []
    seen = 0
    for place in places:
        if not place:
            seen += 1
        tokens.append(known[(place or seen) - 1])
    return tokens


def _lines(heads: bytes, tokens: Sequence[int]) -> Iterator[Line]:
    at = start = 0
    while at < len(heads):
        head, at = _number(heads, at)
        end = start + (head >> 2)
        if end > len(tokens):
            raise Damaged("fewer tokens than its lines say")
        yield Line(Mark(head & 3), tuple(tokens[start:end]))
        start = end
    if start < len(tokens):
        raise Damaged("more tokens than its lines say")


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
