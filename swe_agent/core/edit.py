"""Edit operations: what every edit format is parsed into. Paths are relative to the top of the tree."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


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


class Kind(Enum):
    """What becomes of a line of a hunk."""

    STAYS = " "
    GOES = "-"
    COMES = "+"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hunk:
    """Lines without their ends. `line` (from 1) is where the reply says that the first old one stands; `under` are
    lines further up, such as the head of the function; `final_newline` is set where the reply says how the file ends.
    """

    lines: tuple[tuple[Kind, str], ...]
    line: int | None = None
    under: tuple[str, ...] = ()
    final_newline: bool | None = None
    unmarked: tuple[tuple[Kind, str], ...] = ()
    """The same lines, if the space in front of those that stay was forgotten; where that cannot be told by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Hunks of one file, each of which stands in one place."""

    path: str
    hunks: tuple[Hunk, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """The whole file, whether it exists or not."""

    path: str
    text: str


Edit = Replace | Create | Delete | Move | Change | Write
