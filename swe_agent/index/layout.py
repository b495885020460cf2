"""Where the files of a tree stand among the segments, kept for the next who asks about the same tree.

To look six thousand blobs up takes as long as to read how they are laid out. What is kept names the files by one digest
of all paths and blobs, so that it cannot be stale.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import chain

from swe_agent.index.segment import version

FORMAT = "2"


@dataclass(frozen=True, slots=True)
class Layout:
    """For each file the number of its segment among `names`, and its document there."""

    names: tuple[str, ...]
    segments: Sequence[int]
    documents: Sequence[int]
    facts: bytes = b""
    """What the paths alone tell, as `Paths` packs it."""


def key_of(files: Iterable[tuple[str, str]]) -> str:
    """Of files (path, blob id) in order, read as the languages are known now."""
    said = "\0".join(chain.from_iterable(files)).encode("utf-8", "surrogateescape")
    return sha256(b"\0".join((FORMAT.encode(), version(""), said))).hexdigest()


def pack(layout: Layout) -> bytes:
    head = json.dumps([len(layout.segments), *layout.names]).encode()
    return head + b"\n" + array("I", chain(layout.segments, layout.documents)).tobytes() + layout.facts


def unpack(data: bytes | None) -> Layout | None:
    """None for what `pack` has not made on such a machine."""
    try:
        head, _, body = (data or b"").partition(b"\n")
        count, *names = json.loads(head)
        numbers = array("I")
        size = 2 * count * numbers.itemsize
        numbers.frombytes(body[:size])
    except (ValueError, TypeError):
        return None
    if len(numbers) != 2 * count or max(numbers[:count], default=-1) >= len(names):
        return None
    return Layout(tuple(names), numbers[:count], numbers[count:], body[size:])
