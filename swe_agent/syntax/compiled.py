"""What Python's own compiler says of a text; nothing is run."""

from __future__ import annotations

import re
import warnings
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from swe_agent.core.source import SyntaxFault
from swe_agent.syntax.tree import encode

MAX_NEAR = 120
_TOP = re.compile(r"(?:async +def|def|class)\b|@|import\b|from\b.*\bimport\b")
_MEMBER = re.compile(r"    (?:(?:async +def|def|class)\b|@)")
"""Where a statement begins that stands in no bracket."""
_FUTURE = re.compile(r"^\s*from\s+__future__\b")
"""What has to stand above everything else."""
_OUTSIDE = re.compile(r"[^ #)\]}\r]")
"""A line of no class, but for one that ends what its head has begun."""
_BESIDE = re.compile(r" {,4}[^ #@)\]}\r]")
"""A line as far to the left as a member begins, or further."""
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
    """Lines from 0, without the last. Those of one class have the same `top`."""

    first: int
    end: int
    kind: Literal["statement", "head", "member"]
    top: int


def is_fine_around(path: str, text: str, lines: Iterable[int]) -> bool:
    """Whether the definitions in which these lines stand, from 1, compile by themselves.

    Where it is so, lines elsewhere compile as well as they did without these. False says nothing: a definition may
    have been cut out wrongly, in a string over many lines for one.
    """
    rows = text.split("\n")
    touched = {line for line in lines if 0 < line <= len(rows)}
    if any(_FUTURE.match(row) for row in rows[min(touched, default=len(rows) + 1) - 1 :]):
        return False
    pieces = _pieces(rows)
    if any(quote in text and _is_cut(rows, pieces, quote) for quote in ('"""', "'''")):
        return False
    starts = [one.first for one in pieces]
    chosen = {bisect_right(starts, line - 1) - 1 for line in touched}
    tops = {pieces[at].top for at in chosen}
    return all(
        _compiles(path, rows, one)
        for at, one in enumerate(pieces)
        if at in chosen or (one.top in tops and not _is_plain(rows, one))
    )


def _pieces(rows: Sequence[str]) -> list[_Piece]:
    """Top statements, and of classes their heads and members."""
    found = []
    tops = _starts(rows, 0, len(rows), _TOP)
    for first, end in pairwise((*tops, len(rows))):
        head = first
        while rows[head].startswith(("@", " ", ")")) and head < end - 1:
            head += 1
        members = _starts(rows, head, end, _MEMBER)[1:] if rows[head].startswith("class ") else []
        if members and not any(_OUTSIDE.match(rows[at]) for at in range(head + 1, members[-1])):
            found.append(_Piece(first, members[0], "head", first))
            found += [_Piece(a, b, "member", first) for a, b in pairwise((*members, end))]
        else:
            found.append(_Piece(first, end, "statement", first))
    return found


def _is_cut(rows: Sequence[str], pieces: Sequence[_Piece], quote: str) -> bool:
    """Whether a piece seems to begin or end within a string."""
    return any("\n".join(rows[one.first : one.end]).count(quote) % 2 for one in pieces)


def _is_plain(rows: Sequence[str], piece: _Piece) -> bool:
    """Whether a member would be one of a function as well as of a class: what stands beside it might not."""
    beside = sum(bool(_BESIDE.match(rows[at])) for at in range(piece.first, piece.end))
    return (
        piece.kind == "member" and beside <= 1 and not any("nonlocal" in row for row in rows[piece.first : piece.end])
    )


def _starts(rows: Sequence[str], first: int, end: int, pattern: re.Pattern[str]) -> list[int]:
    """Lines from 0 that begin a definition, its decorators with it."""
    found = [first]
    is_marked = rows[first].startswith("@")
    for at in range(first + 1, end):
        if pattern.match(rows[at]):
            found += [] if is_marked else [at]
            is_marked = rows[at].lstrip().startswith("@")
    return found


def _compiles(path: str, rows: Sequence[str], piece: _Piece) -> bool:
    before, after = _WRAP[piece.kind]
    text = "\n".join(rows[piece.first : piece.end])
    return error_in(path, f"{before}{text}\n{after}") is None
