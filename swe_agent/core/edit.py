"""Edit operations: what every edit format is parsed into. Paths are relative to the top of the tree."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Literal


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
    executable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Delete:
    """`holds` are the lines of the file as the reply quotes them; none where it does not."""

    path: str
    holds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """With its mode; what else is done to the file is said of `path`."""

    path: str
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mode:
    path: str
    executable: bool


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
    at_end: bool = False
    """The reply says that the last old line is the last one of the file. As a line number it only confirms."""
    sizes: tuple[int, int] | None = None
    """How many old and new lines there are by the reply's own count, which may be wrong."""
    compared: bool = False
    """What becomes of each line was found by comparing two texts, so that no mark can have been forgotten."""
    unmarked: tuple[tuple[Kind, str], ...] = ()
    """The same lines, if the space in front of those that stay was forgotten; where that cannot be told by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Hunks of one file, each of which stands in one place."""

    path: str
    hunks: tuple[Hunk, ...]
    called: str = "hunk"
    """What its author calls one of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """The whole file, whether it exists or not."""

    path: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SymbolEdit:
    """What becomes of a definition, or beside it: `symbol` is its name or its qualified name ("Cart.total")."""

    path: str
    symbol: str
    what: Literal["replace", "before", "after", "delete"]
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rename:
    """A definition and the references to it. `to` is a name without what it is qualified by."""

    path: str
    symbol: str
    to: str


Edit = Replace | Create | Delete | Move | Mode | Change | Write | SymbolEdit | Rename
