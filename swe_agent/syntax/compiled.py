"""What Python's own compiler says of a text; nothing is run."""

from __future__ import annotations

import re
import warnings
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from swe_agent.core.source import SyntaxFault
from swe_agent.syntax.tree import encode

MAX_NEAR = 120
_TOP = re.compile(r"^(?:(?:async +def|def|class)\b|@|import\b|from\b.*\bimport\b)", re.MULTILINE)
_MEMBER = re.compile(r"^    (?:(?:async +def|def|class)\b|@)", re.MULTILINE)
"""Where a statement begins that stands in no bracket."""
_FUTURE = re.compile(r"^[ \t]*from\s+__future__\b", re.MULTILINE)
"""What has to stand above everything else."""
_OUTSIDE = re.compile(r"^[^ #)\]}\r\n]", re.MULTILINE)
"""A line of no class, but for one that ends what its head has begun."""
_BESIDE = re.compile(r"^ {,4}[^ #@)\]}\r\n]", re.MULTILINE)
"""A line as far to the left as a member begins, or further."""
_NOT_HEAD = re.compile(r"(?:[@ )].*\n|\n)*")
_WRAP = {"statement": ("", ""), "head": ("", "    pass\n"), "member": ("class _:\n", "")}
"""Kinds of pieces, and what makes a text of one that may stand alone."""


def error_in(path: str, text: str) -> SyntaxFault | None:
    """Of the whole text, its coding line respected. To compile it takes two thirds of the time that a tree of Python
    objects takes, and tells a `return` outside of any function too."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(encode(text), path, "exec", dont_inherit=True)
    except SyntaxError as error:
        line, column = error.lineno or 1, error.offset or 1
        lines = text.split("\n")
        near = lines[line - 1].strip() if line <= len(lines) else ""
        return SyntaxFault(line=line, column=column, near=f"{error.msg}: {near}"[:MAX_NEAR])
    except (ValueError, RecursionError, MemoryError) as error:
        return SyntaxFault(line=1, column=1, near=f"{type(error).__name__}: {error}"[:MAX_NEAR])
    return None


@dataclass(frozen=True, slots=True)
class _Piece:
    """Characters from `first` to before `end`, whole lines. Those of one class have the same `top`."""

    first: int
    end: int
    kind: Literal["statement", "head", "member"]
    top: int


def is_fine_around(path: str, text: str, lines: Iterable[int]) -> bool:
    """Whether the definitions in which these lines stand, from 1, compile by themselves.

    Where it is so, lines elsewhere compile as well as they did without these. False says nothing: a definition may
    have been cut out wrongly, in a string over many lines for one.
    """
    begins = [0, *(found.end() for found in re.finditer("\n", text))]
    touched = [begins[line - 1] for line in set(lines) if 0 < line <= len(begins)]
    if "__future__" in text and _FUTURE.search(text, min(touched, default=len(text))):
        return False
    pieces = _pieces(text)
    if any(quote in text and _is_cut(text, pieces, quote) for quote in ('"""', "'''")):
        return False
    starts = [one.first for one in pieces]
    chosen = {bisect_right(starts, offset) - 1 for offset in touched}
    tops = {pieces[at].top for at in chosen}
    return all(
        _compiles(path, text, one)
        for at, one in enumerate(pieces)
        if at in chosen or (one.top in tops and not _is_plain(text, one))
    )


def _pieces(text: str) -> list[_Piece]:
    """Top statements, and of classes their heads and members."""
    found = []
    for first, end in pairwise((*_starts(text, 0, len(text), _TOP), len(text))):
        skipped = _NOT_HEAD.match(text, first, end)
        head = skipped.end() if skipped else first
        members = _starts(text, head, end, _MEMBER)[1:] if text.startswith("class ", head) else []
        if members and not _OUTSIDE.search(text, head + 1, members[-1]):
            found.append(_Piece(first, members[0], "head", first))
            found += [_Piece(a, b, "member", first) for a, b in pairwise((*members, end))]
        else:
            found.append(_Piece(first, end, "statement", first))
    return found


def _starts(text: str, first: int, end: int, pattern: re.Pattern[str]) -> list[int]:
    """Where lines begin that begin a definition, its decorators with it."""
    found = [first]
    is_marked = text.startswith("@", first)
    for start in pattern.finditer(text, first + 1, end):
        found += [] if is_marked else [start.start()]
        is_marked = start[0].endswith("@")
    return found


def _is_cut(text: str, pieces: Iterable[_Piece], quote: str) -> bool:
    """Whether a piece seems to begin or end within a string."""
    return any(text.count(quote, one.first, one.end) % 2 for one in pieces)


def _is_plain(text: str, piece: _Piece) -> bool:
    """Whether a member would be one of a function as well as of a class: what stands beside it might not."""
    if piece.kind != "member" or text.find("nonlocal", piece.first, piece.end) >= 0:
        return False
    return sum(1 for _ in _BESIDE.finditer(text, piece.first, piece.end)) <= 1


def _compiles(path: str, text: str, piece: _Piece) -> bool:
    before, after = _WRAP[piece.kind]
    return error_in(path, f"{before}{text[piece.first : piece.end]}\n{after}") is None
