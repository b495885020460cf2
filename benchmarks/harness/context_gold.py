"""Where a fix is made: the files, lines and definitions of the old tree that its patch changes.

Definitions are told by Python's own parser and not by the product's, which is measured by them.
"""

from __future__ import annotations

import ast
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.harness.tasks import patches
from benchmarks.harness.trees import EXTENSIONS

_CODE = (".pyi", *(ending for endings in EXTENSIONS.values() for ending in endings))
_HUNK = re.compile(rb"^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? .*\n?", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Function:
    """A function or method of the old tree; lines from its `def` to its end."""

    path: str
    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Gold:
    """`functions` is empty where a fix only adds new ones, or changes what stands outside of any."""

    places: Mapping[str, Sequence[tuple[int, int]]]
    functions: tuple[Function, ...]


def gold(patch: bytes, folder: Path) -> Gold:
    """`folder` holds the old tree. What the patch makes anew is no place, for nobody can be shown it; and where it
    changes code, a changelog beside it is none either."""
    places = gold_places(patch)
    code = {path: at for path, at in places.items() if path.endswith(_CODE)}
    return Gold(places=code or places, functions=tuple(sorted(set(_functions(patch, folder)))))


def gold_places(patch: bytes) -> dict[str, list[tuple[int, int]]]:
    """By file the old lines that each hunk takes away, or between which it adds; files that are new are left out."""
    found: dict[str, list[tuple[int, int]]] = {}
    for names, piece in patches.parts(patch):
        if b"\nnew file mode" in piece:
            continue
        for name in names:
            found[name] = list(_changed(piece))
    return found


def _changed(piece: bytes) -> Iterator[tuple[int, int]]:
    for line, _, body in _hunks(piece):
        touched: list[int] = []
        for text in body:
            if text.startswith(b"-"):
                touched.append(line)
            elif text.startswith(b"+"):
                touched.append(max(1, line - 1))
            line += text[:1] in (b" ", b"-")
        if touched:
            yield min(touched), max(touched)


def _hunks(piece: bytes) -> Iterator[tuple[int, int, Sequence[bytes]]]:
    """First old line, first new line, and the lines of each hunk."""
    heads = list(_HUNK.finditer(piece))
    ends = [*(head.start() for head in heads[1:]), len(piece)]
    for head, end in zip(heads, ends, strict=True):
        yield int(head[1]), int(head[2]), piece[head.end() : end].split(b"\n")


def _functions(patch: bytes, folder: Path) -> Iterator[Function]:
    for names, piece in patches.parts(patch):
        for path in names:
            if path.endswith(".py") and (folder / path).is_file():
                yield from _of_file(path, piece, (folder / path).read_bytes())


def _of_file(path: str, piece: bytes, old: bytes) -> Iterator[Function]:
    """An old line that goes belongs to the old definition around it. A new line belongs to the new one around it, or
    where that one is itself new to the next one out: only so is what is added behind a definition no change of it."""
    before = {one.name: one for one in defined(path, old)}
    after = defined(path, _new(path, piece, old))
    gone, come = _lines(piece)
    for line in gone:
        yield from _innermost(before.values(), line)
    for line in come:
        yield from (before[one.name] for one in _innermost([one for one in after if one.name in before], line))


def _new(path: str, piece: bytes, old: bytes) -> bytes:
    with tempfile.TemporaryDirectory(prefix="gold-") as scratch:
        patches.write(Path(scratch), {path: old})
        patches.apply(Path(scratch), piece)
        place = Path(scratch) / path
        return place.read_bytes() if place.is_file() else b""


def _lines(piece: bytes) -> tuple[list[int], list[int]]:
    """Old lines that go and new ones that come, blank ones left out."""
    gone: list[int] = []
    come: list[int] = []
    for old, new, body in _hunks(piece):
        for text in body:
            if text[1:].strip():
                gone += [old] * text.startswith(b"-")
                come += [new] * text.startswith(b"+")
            old += text[:1] in (b" ", b"-")
            new += text[:1] in (b" ", b"+")
    return gone, come


def defined(path: str, text: bytes) -> list[Function]:
    """The functions and methods of a file; none where this Python cannot read it."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return []
    return list(_within(path, tree, ""))


def _within(path: str, node: ast.AST, prefix: str) -> Iterator[Function]:
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield from _within(path, child, prefix)
            continue
        name = f"{prefix}{child.name}"
        if not isinstance(child, ast.ClassDef):
            yield Function(path=path, name=name, start=child.lineno, end=child.end_lineno or child.lineno)
        yield from _within(path, child, f"{name}.")


def _innermost(functions: Iterable[Function], line: int) -> list[Function]:
    around = [one for one in functions if one.start <= line <= one.end]
    return [min(around, key=lambda one: one.end - one.start)] if around else []
