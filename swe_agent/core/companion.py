"""What blocks have to do with each other, and what is wrong with a subset of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FaultKind = Literal["syntax", "undefined", "redefined"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """`block` goes the way of the block `by`: to be accepted with it, or to go with it; "" where that is not one alone.
    `why` says what the one has to do with the other, in words for people."""

    block: str
    by: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class SubsetFault:
    """Something that is wrong with some blocks alone, and neither with the base nor with the whole change."""

    path: str
    line: int
    """Of the file as the subset makes it, from 1."""
    kind: FaultKind
    what: str
    """The name, or what the parser says; "" where the whole `module` is missing."""
    module: str = ""
    """Of an imported name, the file of the change that does not have it in this subset."""

    def __str__(self) -> str:
        where = f"{self.path}:{self.line}"
        if self.kind == "syntax":
            return f"{where} does not parse: {self.what}"
        if self.module and not self.what:
            return f"{where}: `{self.module}` is not there"
        there = f" in `{self.module}`" if self.module else ""
        return f"{where}: `{self.what}` is {'not defined' if self.kind == 'undefined' else 'defined twice'}{there}"
