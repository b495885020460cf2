"""Places and names in source text."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from hashlib import sha1, sha256
from typing import BinaryIO


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Span:
    """Lines are counted from 1, and both ends belong to the span."""

    start: int
    end: int

    def __contains__(self, line: int) -> bool:
        return self.start <= line <= self.end


@dataclass(frozen=True, slots=True, kw_only=True)
class Symbol:
    """A definition. `name` is the last part of `qualified` ("Cart.total")."""

    path: str
    language: str
    kind: str
    """function, method, class, interface, constant, …: the words of the language's table."""
    name: str
    qualified: str
    span: Span
    signature: str
    """The definition's first line or lines, up to its body, on one line."""
    doc: str = ""
    """The first line of its doc comment."""

    def depth_among(self, names: Set[str]) -> int:
        """How many of the definitions around it are among these qualified names."""
        parts = self.qualified.split(".")
        return sum(".".join(parts[:end]) in names for end in range(1, len(parts)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    path: str
    name: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SyntaxFault:
    """A place that does not parse."""

    line: int
    column: int
    """Counted from 1, in bytes."""
    near: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PastCommit:
    when: int
    """Seconds since the epoch, by the committer's clock."""
    message: str
    paths: tuple[str, ...]
    """Files that it added, changed or removed."""


def blob_id(data: bytes, *, sha256_ids: bool = False) -> str:
    """The id that git gives to these bytes."""
    digest = sha256 if sha256_ids else sha1
    return digest(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def blob_id_of(file: BinaryIO, size: int, *, sha256_ids: bool = False) -> str:
    """The id of a file of `size` bytes that need not fit into memory."""
    digest = (sha256 if sha256_ids else sha1)(b"blob %d\0" % size, usedforsecurity=False)
    while part := file.read(1 << 20):
        digest.update(part)
    return digest.hexdigest()
