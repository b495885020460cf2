"""The second tier: what tree-sitter says a file defines, kept by blob as one small record."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING

from swe_agent.core.source import Symbol
from swe_agent.index import keys
from swe_agent.index.scan import is_minified
from swe_agent.syntax.parse import outline_rows, symbols_of
from swe_agent.syntax.tree import grammar_version

if TYPE_CHECKING:
    from swe_agent.index.pool import Item

FORMAT = "4"
_HEAD = struct.Struct("<II")
_COUNT = struct.Struct("<I")
COUNT_BYTES = _COUNT.size


def key_of(path: str, blob: str) -> bytes:
    return keys.key_of(path, blob, _version)


@cache
def _version(language: str) -> bytes:
    return keys.version(f"outline {FORMAT}", language, grammar_version)


def outline_all(items: Iterable[Item]) -> bytes:
    """Records of many files in one piece of bytes; `unpacked` takes it apart. Of what nobody wrote they are empty."""
    parts = []
    for item in items:
        record = pack(*(("", ()) if is_minified(item.data) else outline_rows(item.path, item.data)))
        parts += [_HEAD.pack(len(item.key), len(record)), item.key, record]
    return b"".join(parts)


def unpacked(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at < len(data):
        key, record = _HEAD.unpack_from(data, at)
        at += _HEAD.size
        yield data[at : at + key], data[at + key : at + key + record]
        at += key + record


def pack(language: str, rows: Sequence[Sequence[object]]) -> bytes:
    packed = json.dumps([language, rows], separators=(",", ":")).encode("utf-8", "surrogatepass")
    return _COUNT.pack(len(rows)) + zlib.compress(packed, 1)


def count(record: bytes) -> int:
    """How many symbols a record (or the first bytes of one) is of."""
    return int(_COUNT.unpack_from(record)[0])


def unpack(record: bytes, path: str) -> tuple[Symbol, ...] | None:
    """None for what `pack` has not made."""
    try:
        language, rows = json.loads(zlib.decompress(record[_COUNT.size :]))
        return symbols_of(path, language, rows)
    except (zlib.error, ValueError, TypeError):
        return None
