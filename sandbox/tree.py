"""What git trees are made of, as values, with the readers of git's output for them."""

from collections.abc import Mapping
from dataclasses import dataclass

GITLINK = "160000"
SYMLINK = "120000"
EXECUTABLE = "100755"
REGULAR = "100644"
FILES = frozenset({REGULAR, EXECUTABLE, SYMLINK})
"""Modes of what has a content."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One file of a tree: its git mode in octal, and the id of its content."""

    mode: str
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One path that differs between two trees. A mode of `000000` and an id of zeros say "not there"."""

    path: str
    status: str
    old_mode: str
    new_mode: str
    old_id: str
    new_id: str


def text(name: bytes) -> str:
    return name.decode("utf-8", "surrogateescape")


def raw(name: str) -> bytes:
    return name.encode("utf-8", "surrogateescape")


def parse_listing(out: bytes) -> dict[str, Entry]:
    """From `ls-tree -r -z`."""
    entries = {}
    for line in out.split(b"\0")[:-1]:
        meta, _, name = line.partition(b"\t")
        mode, _, identity = meta.decode("ascii").split(" ")
        entries[text(name)] = Entry(mode=mode, id=identity)
    return entries


def parse_changes(out: bytes) -> tuple[Change, ...]:
    """From `diff-tree -r -z --raw --no-renames`."""
    fields = out.split(b"\0")[:-1]
    changes = []
    for meta, name in zip(fields[::2], fields[1::2], strict=True):
        old_mode, new_mode, old_id, new_id, status = meta.decode("ascii").lstrip(":").split(" ")
        changes.append(
            Change(path=text(name), status=status, old_mode=old_mode, new_mode=new_mode, old_id=old_id, new_id=new_id)
        )
    return tuple(changes)


def index_info(changes: Mapping[str, Entry | None], absent: str) -> bytes:
    """For `update-index -z --index-info`; removals first, so that a file can take the place of a directory."""
    ordered = sorted(changes.items(), key=lambda item: item[1] is not None)
    lines = (
        f"0 {absent}".encode() + b"\t" + raw(path)
        if entry is None
        else f"{entry.mode} {entry.id}".encode() + b"\t" + raw(path)
        for path, entry in ordered
    )
    return b"".join(line + b"\0" for line in lines)
