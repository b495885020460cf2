"""The diff algebra: files change by blocks, and any subset of blocks is a splice of base and head.

A *block* is a maximal run of changed lines, the unit of decision. Text is decoded as UTF-8 with surrogate escapes, and
lines end at "\\n" alone, so that every byte (CRLF, form feeds, a missing final newline, Latin-1) comes back as it was.
A subset is built from the base's own lines, never by applying a patch again. What is not lines (a mode, a move, a
symlink, a binary, a submodule pointer, an empty file) is one block of its own kind.

The line matching is Myers' greedy O(ND) algorithm ("An O(ND) Difference Algorithm and Its Variations", 1986) on what
remains after the common head and tail are cut off.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

from swe_agent.core.slide import slid

BlockKind = Literal["lines", "mode", "move", "whole"]
ChangeStatus = Literal["added", "deleted", "modified", "moved"]

MAX_EDIT_DISTANCE = 3000
"""Past so many differing lines the middle is one block: nobody reviews it line by line, and O(ND) would crawl."""


GITLINK = "160000"
"""The mode of a submodule's pointer, whose id is a commit's and no blob's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileEntry:
    """A file as git's trees hold it: mode ("100644", "100755", "120000", "160000") and object id."""

    mode: str
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """`base_start` is the first removed line, counted from 0; with nothing removed, the line it is inserted before."""

    id: str
    path: str
    kind: BlockKind
    base_start: int = 0
    head_start: int = 0
    removed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    note: str = ""
    """What a block that is not lines does, in words: "mode 100644 → 100755", "binary file changed"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChange:
    """`moved_from` is the path of `old` where that is another one; then the first block is the move, and whether the
    lines are taken has nothing to do with it."""

    path: str
    old: FileEntry | None
    new: FileEntry | None
    blocks: tuple[Block, ...]
    moved_from: str = ""

    @property
    def status(self) -> ChangeStatus:
        if self.moved_from:
            return "moved"
        if self.old is None:
            return "added"
        return "deleted" if self.new is None else "modified"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spliced:
    """The result of a subset: the file's mode and bytes. Where the file shall not exist there is no Spliced."""

    mode: str
    data: bytes


def split_lines(data: bytes) -> tuple[str, ...]:
    """Lines with their ends. `"".join` of them, encoded again, is `data`."""
    text = data.decode("utf-8", "surrogateescape")
    lines = text.split("\n")
    last = lines.pop()
    return (*(line + "\n" for line in lines), *((last,) if last else ()))


def join_lines(lines: Iterable[str]) -> bytes:
    return "".join(lines).encode("utf-8", "surrogateescape")


def is_binary(data: bytes) -> bool:
    """Git's own rule: a NUL among the first 8,000 bytes."""
    return b"\0" in data[:8000]


def diff_file(
    path: str,
    old: FileEntry | None,
    new: FileEntry | None,
    old_data: bytes = b"",
    new_data: bytes = b"",
    moved_from: str = "",
) -> FileChange:
    """The change of one file. `*_data` is the blob's content; for symlinks the target, for gitlinks empty."""
    if old is None and new is None:
        raise ValueError(f"{path}: a file that is in neither tree does not change")
    if moved_from and (old is None or new is None):
        raise ValueError(f"{path}: a file that is moved is there before and after")
    blocks = tuple(_blocks(path, old, new, old_data, new_data))
    if moved_from:
        note = f"moved from {moved_from}"
        blocks = (Block(id=_id(path, "move", moved_from), path=path, kind="move", note=note), *blocks)
    return FileChange(path=path, old=old, new=new, blocks=blocks, moved_from=moved_from)


def _blocks(
    path: str, old: FileEntry | None, new: FileEntry | None, old_data: bytes, new_data: bytes
) -> Iterator[Block]:
    whole = _whole_note(old, new, old_data, new_data)
    if whole:
        # Content is part of the id: the same note may stand for many different binaries.
        yield Block(id=_id(path, "whole", f"{old}{new}"), path=path, kind="whole", note=whole)
        return
    if old and new and old.mode != new.mode:
        note = f"mode {old.mode} → {new.mode}"
        yield Block(id=_id(path, "mode", note), path=path, kind="mode", note=note)
    seen: Counter[str] = Counter()
    base, head = split_lines(old_data), split_lines(new_data)
    for b0, b1, h0, h1 in changed_runs(base, head):
        removed, added = base[b0:b1], head[h0:h1]
        content = "".join(removed) + "\0" + "".join(added)
        seen[content] += 1
        yield Block(
            id=_id(path, f"lines{seen[content]}", content),
            path=path,
            kind="lines",
            base_start=b0,
            head_start=h0,
            removed=removed,
            added=added,
        )


def _whole_note(old: FileEntry | None, new: FileEntry | None, old_data: bytes, new_data: bytes) -> str:
    """Why this change cannot be told in lines; empty where it can."""
    modes = {entry.mode for entry in (old, new) if entry}
    if GITLINK in modes:
        return f"submodule pointer {old.id if old else 'none'} → {new.id if new else 'none'}"
    if "120000" in modes:
        shown = [d.decode("utf-8", "replace") if e else "none" for e, d in ((old, old_data), (new, new_data))]
        return f"symbolic link {shown[0]} → {shown[1]}"
    if is_binary(old_data) or is_binary(new_data):
        if old == new:
            return ""
        verb = "added" if old is None else "deleted" if new is None else "changed"
        return f"binary file {verb} ({len(old_data)} → {len(new_data)} bytes)"
    if old is None and not new_data:
        return "empty file added"
    if new is None and not old_data:
        return "empty file deleted"
    return ""


def _id(*parts: str) -> str:
    return sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()[:12]


def splice(change: FileChange, base: bytes, head: bytes, chosen: Mapping[str, Sequence[str] | None]) -> Spliced | None:
    """The file after the chosen blocks alone, or None where it shall not exist.

    `chosen` maps block ids to None (as proposed) or to the lines that a person put in the place of the added ones.
    All blocks give the head, no blocks the base, byte for byte. Ids that are not of this change are ignored.
    """
    taken = [block for block in change.blocks if block.id in chosen]
    if not taken:
        return Spliced(mode=change.old.mode, data=base) if change.old else None
    if any(block.kind == "whole" for block in taken):
        # A move beside it says where, not what.
        return Spliced(mode=change.new.mode, data=head) if change.new else None
    mode_taken = change.old is None or any(block.kind == "mode" for block in taken)
    entry = change.new if mode_taken and change.new else change.old or change.new
    assert entry is not None, "a change has an old or a new entry"
    lines_taken = [block for block in taken if block.kind == "lines"]
    edited = any(chosen[block.id] is not None for block in lines_taken)
    if change.new is None and not edited and len(lines_taken) == len(change.blocks):
        return None
    return Spliced(mode=entry.mode, data=join_lines(_spliced_lines(split_lines(base), lines_taken, chosen)))


def place(change: FileChange, chosen: Container[str]) -> str:
    """Where the file lies after the chosen blocks alone."""
    stays = change.moved_from and not any(block.kind == "move" and block.id in chosen for block in change.blocks)
    return change.moved_from if stays else change.path


def subset(
    change: FileChange, base: bytes, head: bytes, chosen: Mapping[str, Sequence[str] | None]
) -> dict[str, Spliced | None]:
    """Every path that the change has to do with, after the chosen blocks alone; None where no file shall be."""
    paths = (change.moved_from, change.path) if change.moved_from else (change.path,)
    return {**dict.fromkeys(paths), place(change, chosen): splice(change, base, head, chosen)}


def _spliced_lines(
    base: Sequence[str], blocks: Sequence[Block], chosen: Mapping[str, Sequence[str] | None]
) -> Iterator[str]:
    at = 0
    for block in blocks:
        yield from base[at : block.base_start]
        replacement = chosen[block.id]
        yield from block.added if replacement is None else replacement
        at = block.base_start + len(block.removed)
    yield from base[at:]


def changed_runs(base: Sequence[str], head: Sequence[str]) -> list[tuple[int, int, int, int]]:
    """Maximal changed runs as (base from, base to, head from, head to), in order, each where it reads best."""
    start, limit = 0, min(len(base), len(head))
    while start < limit and base[start] == head[start]:
        start += 1
    end = 0
    while end < limit - start and base[-1 - end] == head[-1 - end]:
        end += 1
    middle_base, middle_head = base[start : len(base) - end], head[start : len(head) - end]
    if not middle_base and not middle_head:
        return []
    matches = _matches(middle_base, middle_head) if middle_base and middle_head else []
    runs: list[tuple[int, int, int, int]] = []
    at_base = at_head = 0
    for i, j in [*matches, (len(middle_base), len(middle_head))]:
        if i > at_base or j > at_head:
            runs.append((start + at_base, start + i, start + at_head, start + j))
        at_base, at_head = i + 1, j + 1
    return slid(base, head, runs)


def _matches(a: Sequence[str], b: Sequence[str]) -> list[tuple[int, int]]:
    """Pairs of equal lines on a shortest edit path; none where the path would be longer than is worth walking."""
    numbers: dict[str, int] = {}
    x_of = [numbers.setdefault(line, len(numbers)) for line in a]
    y_of = [numbers.setdefault(line, len(numbers)) for line in b]
    longest = min(len(a) + len(b), MAX_EDIT_DISTANCE)
    middle = longest + 1
    furthest = array("i", [0]) * (2 * middle + 1)  # by diagonal k, at index middle + k
    trail: list[array[int]] = []
    for distance in range(longest + 1):
        trail.append(furthest[middle - distance - 1 : middle + distance + 2])
        for k in range(-distance, distance + 1, 2):
            at = middle + k
            down = k == -distance or (k != distance and furthest[at - 1] < furthest[at + 1])
            x = furthest[at + 1] if down else furthest[at - 1] + 1
            y = x - k
            while x < len(x_of) and y < len(y_of) and x_of[x] == y_of[y]:
                x, y = x + 1, y + 1
            furthest[at] = x
            if x >= len(x_of) and y >= len(y_of):
                return _walk_back(trail, len(x_of), len(y_of))
    return []


def _walk_back(trail: Sequence[array[int]], x: int, y: int) -> list[tuple[int, int]]:
    """Follow the furthest points back to the start; every diagonal step on the way is a pair of equal lines."""
    pairs: list[tuple[int, int]] = []
    for distance in range(len(trail) - 1, 0, -1):
        furthest, k, middle = trail[distance], x - y, distance + 1
        down = k == -distance or (k != distance and furthest[middle + k - 1] < furthest[middle + k + 1])
        before = k + 1 if down else k - 1
        from_x = furthest[middle + before]
        slide_start = from_x if down else from_x + 1
        pairs.extend((i, i - k) for i in range(x - 1, slide_start - 1, -1))
        x, y = from_x, from_x - before
    pairs.extend((i, i) for i in range(x - 1, -1, -1))
    pairs.reverse()
    return pairs


def counts(changes: Iterable[FileChange]) -> tuple[int, int]:
    """Added and removed lines of all blocks."""
    blocks = [block for change in changes for block in change.blocks]
    return sum(len(b.added) for b in blocks), sum(len(b.removed) for b in blocks)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownLine:
    """One line of a block as a person sees it, with its number in base and head (from 1) where it has one."""

    sign: Literal[" ", "-", "+"]
    text: str
    base_line: int | None
    head_line: int | None


def show_block(block: Block, base: Sequence[str], *, context: int = 3) -> tuple[ShownLine, ...]:
    """The block between `context` lines of the base. Head numbers assume that all other blocks are taken."""
    first = max(0, block.base_start - context)
    after = block.base_start + len(block.removed)
    shift = block.head_start - block.base_start
    shown = [
        ShownLine(sign=" ", text=base[i], base_line=i + 1, head_line=i + 1 + shift)
        for i in range(first, block.base_start)
    ]
    shown += [
        ShownLine(sign="-", text=line, base_line=block.base_start + i + 1, head_line=None)
        for i, line in enumerate(block.removed)
    ]
    shown += [
        ShownLine(sign="+", text=line, base_line=None, head_line=block.head_start + i + 1)
        for i, line in enumerate(block.added)
    ]
    shift += len(block.added) - len(block.removed)
    shown += [
        ShownLine(sign=" ", text=base[i], base_line=i + 1, head_line=i + 1 + shift)
        for i in range(after, min(len(base), after + context))
    ]
    return tuple(shown)
