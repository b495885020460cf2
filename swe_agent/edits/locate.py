"""Where a piece of text stands in a file, character by character; `places` has the labelled matches, by lines."""

from __future__ import annotations


def occurrences(text: str, wanted: str, *, most: int = 100) -> list[int]:
    """Where `wanted` begins in `text`, in characters; occurrences may overlap."""
    found: list[int] = []
    at = text.find(wanted) if wanted else -1
    while at >= 0 and len(found) < most:
        found.append(at)
        at = text.find(wanted, at + 1)
    return found


def line_at(text: str, at: int) -> int:
    """The line (from 1) of a character."""
    return text.count("\n", 0, at) + 1
