"""Which of the files that are gone is one of the files that are new: what git calls a rename, found in the same way.

The same content first; then, for text, the share of equal lines, of which half is enough, as for git's `-M`. One old
file goes to one new file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from swe_agent.core.diff import FileEntry, is_binary, split_lines

ENOUGH = 0.5
"""Share of bytes in lines that are equal, of the larger of both files."""
MOST = 400
"""Files that are gone, or new, beyond which only equal content is looked for: the comparison is each with each."""
_FILE = ("100644", "100755")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lone:
    """A file that is in one of two trees only."""

    entry: FileEntry
    data: bytes


def moves(gone: Mapping[str, Lone], new: Mapping[str, Lone]) -> dict[str, str]:
    """New paths with the old path of each. Empty files are moved to nowhere: they are all alike."""
    left = {path: one for path, one in gone.items() if one.entry.mode in _FILE and one.data}
    free = {path: one for path, one in new.items() if one.entry.mode in _FILE and one.data}
    found: dict[str, str] = {}
    pairs = [(1.0, old, path) for path in free for old in left if free[path].entry.id == left[old].entry.id]
    if len(left) <= MOST and len(free) <= MOST:
        lines_left = {path: _lines(one) for path, one in left.items()}
        lines_free = {path: _lines(one) for path, one in free.items()}
        pairs += [
            (share, old, path)
            for path, there in lines_free.items()
            for old, was in lines_left.items()
            if (share := _alike(was, there)) >= ENOUGH
        ]
    # Best first; of equals the one that keeps its name, then by path, so that the answer is always the same.
    for _, old, path in sorted(pairs, key=lambda pair: (-pair[0], _name(pair[1]) != _name(pair[2]), pair[1:])):
        if path not in found and old not in found.values():
            found[path] = old
    return found


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _lines(one: Lone) -> Counter[str]:
    return Counter() if is_binary(one.data) else Counter(split_lines(one.data))


def _alike(was: Counter[str], now: Counter[str]) -> float:
    larger = max(_size(was), _size(now))
    return _size(was & now) / larger if larger else 0.0


def _size(lines: Counter[str]) -> int:
    return sum(len(line) * count for line, count in lines.items())
