"""What a person says of a block."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Accept:
    block: str
    companion_of: str = ""
    """The block that needed this one, where it was taken for that reason alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    block: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Amend:
    """Accepted with other lines in the place of the proposed ones."""

    block: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Defer:
    block: str


Decision = Accept | Reject | Amend | Defer
