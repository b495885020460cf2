"""Edit operations: what every edit format is parsed into. Paths are relative to the top of the tree."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Replace:
    """`old` must stand in the file exactly once."""

    path: str
    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Create:
    """The file must not exist yet."""

    path: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Delete:
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    path: str
    to: str


Edit = Replace | Create | Delete | Move
