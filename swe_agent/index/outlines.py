"""The second tier: what tree-sitter says a file defines, kept by blob as one small record."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING

from swe_agent.core.source import Span, Symbol
from swe_agent.index import keys
from swe_agent.syntax.parse import outline
from swe_agent.syntax.tree import grammar_version

if TYPE_CHECKING:
    from swe_agent.index.pool import Item

FORMAT = "2"
_HEAD = struct.Struct("<II")


def key_of(path: str, blob: str) -> bytes:
    return keys.key_of(path, blob, _version)


@cache
def _version(language: str) -> bytes:
    return keys.version(f"outline {FORMAT}", language, grammar_version)


def outline_all(items: Sequence[Item]) -> bytes:
    """Records of many files in one piece of bytes; `unpacked` takes it apart."""
    parts = []
    for item in items:
        record = pack(outline(item.path, item.data.decode("utf-8", "surrogateescape")))
        parts += [_HEAD.pack(len(item.key), len(record)), item.key, record]
    return b"".join(parts)


def unpacked(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at < len(data):
        key, record = _HEAD.unpack_from(data, at)
        at += _HEAD.size
        yield data[at : at + key], data[at + key : at + key + record]
        at += key + record


def pack(symbols: Sequence[Symbol]) -> bytes:
    rows = [(s.language, s.kind, s.qualified, s.name, s.span.start, s.span.end, s.signature, s.doc) for s in symbols]
    return zlib.compress(json.dumps(rows, separators=(",", ":")).encode("utf-8", "surrogatepass"), 1)


def unpack(record: bytes, path: str) -> tuple[Symbol, ...] | None:
    """None for what `pack` has not made."""
    try:
        rows = json.loads(zlib.decompress(record))
        return tuple(
            Symbol(
                path=path,
                language=language,
                kind=kind,
                qualified=qualified,
                name=name,
                span=Span(start=start, end=end),
                signature=signature,
                doc=doc,
            )
            for language, kind, qualified, name, start, end, signature, doc in rows
        )
    except (zlib.error, ValueError, TypeError):
        return None
