"""Where a file names something: identifiers alone, not words in strings and comments."""

from __future__ import annotations

from dataclasses import dataclass

from swe_agent.syntax.tree import decode, found, parse


@dataclass(frozen=True, slots=True, order=True)
class Identifier:
    """Characters from `start` to `end`, on a line counted from 1."""

    start: int
    end: int
    line: int


def identifiers(path: str, text: str, name: str) -> tuple[Identifier, ...]:
    """The identifiers of that name in order, definitions and uses; none where the language has no grammar."""
    parsed = parse(path, text)
    if parsed is None:
        return ()
    wanted = name.encode("utf-8", "surrogateescape")
    places = []
    for node in found(parsed, "references"):
        if parsed.data[node.start_byte : node.end_byte] == wanted:
            start = len(decode(parsed.data[: node.start_byte]))
            places.append(Identifier(start, start + len(name), node.start_point[0] + 1))
    return tuple(sorted(set(places)))
