"""A note on a commit: which of its lines are whose.

The first line names the format. Each further line holds a path, a block's id and ranges of lines (`3-7,9`, from 1),
with tabs between them; a path that holds a tab, a line break, a quote or a backslash stands in quotes, as git writes
it. Lines that are not so are somebody else's words, and are kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

FIRST = "swe-agent lines 1"
Labels = Mapping[str, Sequence[tuple[str, int, int]]]
"""By path, a block's id with the first and the last of its lines, from 1."""

_RANGES = re.compile(r"[1-9]\d{0,8}(?:-[1-9]\d{0,8})?(?:,[1-9]\d{0,8}(?:-[1-9]\d{0,8})?)*")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\t": "\\t", "\n": "\\n", "\r": "\\r"}
_MEANT = {escape: sign for sign, escape in _ESCAPES.items()}


def write_note(labels: Labels, before: bytes = b"") -> bytes:
    """The note of a commit; `before` is the one that is there, of which other people's words are kept."""
    rows = [FIRST]
    for path in sorted(labels):
        ranges: dict[str, list[tuple[int, int]]] = {}
        for block, first, last in labels[path]:
            ranges.setdefault(block, []).append((first, last))
        for block, found in sorted(ranges.items(), key=lambda one: (min(one[1])[0], one[0])):
            rows.append("\t".join([_quoted(path), block, _told(found)]))
    rows += [row for row in _rows(before) if row != FIRST and _read(row) is None]
    return "".join(row + "\n" for row in rows).encode("utf-8", "surrogateescape")


def read_note(data: bytes) -> dict[str, list[tuple[str, int, int]]]:
    """What can be read of it; nothing where it is of another format."""
    found: dict[str, list[tuple[str, int, int]]] = {}
    rows = _rows(data)
    if FIRST not in rows:
        return found
    for row in rows:
        if (read := _read(row)) is not None:
            path, block, ranges = read
            found.setdefault(path, []).extend((block, first, last) for first, last in ranges)
    return found


def lines_labelled(data: bytes) -> dict[str, frozenset[int]]:
    """By path, the lines that a note says anything of."""
    return {
        path: frozenset(line for _, first, last in rows for line in range(first, last + 1))
        for path, rows in read_note(data).items()
    }


def merged_note(base: bytes | None, ours: bytes, theirs: bytes) -> bytes:
    """What one side has left as it was is the other's; where both have changed, the lines of both are kept."""
    if ours == theirs or base == theirs:
        return ours
    if base == ours:
        return theirs
    return "".join(row + "\n" for row in dict.fromkeys([*_rows(ours), *_rows(theirs)])).encode(
        "utf-8", "surrogateescape"
    )


def _rows(data: bytes) -> list[str]:
    return [row for row in data.decode("utf-8", "surrogateescape").split("\n") if row]


def _read(row: str) -> tuple[str, str, list[tuple[int, int]]] | None:
    parts = row.split("\t")
    if len(parts) != 3 or not parts[1] or not _RANGES.fullmatch(parts[2]):
        return None
    return _unquoted(parts[0]), parts[1], list(_ranges(parts[2]))


def _ranges(text: str) -> Iterator[tuple[int, int]]:
    for part in text.split(","):
        first, _, last = part.partition("-")
        yield int(first), int(last or first)


def _told(ranges: Iterable[tuple[int, int]]) -> str:
    """In order, and those that touch as one."""
    joined: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in joined)


def _quoted(path: str) -> str:
    if not any(sign in path for sign in _ESCAPES):
        return path
    return '"' + "".join(_ESCAPES.get(sign, sign) for sign in path) + '"'


def _unquoted(path: str) -> str:
    if len(path) < 2 or not path.startswith('"') or not path.endswith('"'):
        return path
    return re.sub(r"\\.", lambda found: _MEANT.get(found[0], found[0]), path[1:-1])
