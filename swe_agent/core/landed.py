"""What has landed in a work tree and is not committed yet, as git's hook reads it: the trailer that a commit of it is
to bear, and signs of the lines. A sign is a sum of 32 bits over the line without white space at its ends; no text is
kept.

Read by hooks, so next to nothing is loaded here.
"""

from __future__ import annotations

from zlib import crc32

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from swe_agent.core.added import Added

LEAST = 6
"""Letters and digits of a line that can be told from others: `}` and `return` are in any commit."""
MOST = 5_000
"""Lines of a landing that are kept."""


def sign(line: str) -> str:
    """Empty for a line that says too little.

    >>> sign("    total = sum(prices)"), sign("    }")
    ('a7d4d1c3', '')
    """
    text = line.strip()
    if sum(map(str.isalnum, text)) < LEAST:
        return ""
    return f"{crc32(text.encode('utf-8', 'surrogatepass')):08x}"


def written(trailer: str, lines: Mapping[str, Iterable[str]]) -> str:
    """As a file: the trailer, then a sign and a path for each line. Empty where no line says enough."""
    rows = dict.fromkeys(
        f"{mark} {path}" for path, texts in lines.items() if "\n" not in path for mark in map(sign, texts) if mark
    )
    return "\n".join([trailer, *list(rows)[:MOST], ""]) if rows else ""


def read(text: str) -> tuple[str, set[tuple[str, str]]]:
    """The trailer, and pairs of path and sign."""
    trailer, *rows = text.split("\n")
    return trailer, set(_pairs(rows))


def signs(files: Iterable[Added]) -> set[tuple[str, str]]:
    """The same of what a patch brings."""
    return {(file.path, sign(text)) for file in files for _, text in file.rows}


def _pairs(rows: Iterable[str]) -> Iterator[tuple[str, str]]:
    for row in rows:
        mark, _, path = row.partition(" ")
        if path:
            yield path, mark
