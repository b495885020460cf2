"""What the repair engine offered in a function that somebody mended, and which of its offers was the person's edit."""

from __future__ import annotations

import ast
import re
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.harness.repair_fixes import Fix
from swe_agent.repair.generate import Offer, offers
from swe_agent.repair.languages import PYTHON, neighbourhood
from swe_agent.repair.languages.base import Reading
from swe_agent.repair.naturalness import Words
from swe_agent.repair.nodes import scope_of, statement_of
from swe_agent.repair.prior import kind_of_edit
from swe_agent.syntax.parse import Parsed, parse, walk

if TYPE_CHECKING:
    from tree_sitter import Node

LONGEST_FILE, LONGEST_SPAN = 120_000, 2_000
_BLANK = re.compile(rb"\s+|#[^\n]*|[()\\,'\"]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What is counted of an offer. `cost` is what the template says by itself."""

    template: str
    kind: str
    node: str
    parent: str
    statement: str
    place: int
    cost: float
    usual: float


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """Of one fix: all offers in the function, and those that say what the person wrote."""

    offered: Counter[Context]
    right: tuple[Context, ...]


def chosen(fix: Fix, old: bytes, new: bytes) -> Chosen | None:
    """None where the fix is no code, does not parse, or is nothing that the templates offer."""
    before, after = _tree(old), _tree(new)
    parsed = parse(fix.place.path, old.decode("utf-8", "surrogateescape")) if len(old) <= LONGEST_FILE else None
    if before is None or after is None or parsed is None or before == after:
        return None
    around = neighbourhood([parsed])
    reading, words = PYTHON.reading(parsed, around), Words(parsed.data, around.usual)
    wanted = _wanted(fix, old, new, after)
    right = {_key(offer) for offer in offers(parsed, reading, _near(parsed, reading, fix)) if wanted.is_made_by(offer)}
    if not right:
        return None
    best: dict[tuple[int, int, str], Offer] = {}
    for offer in offers(parsed, reading, _around(parsed, reading, fix)):
        known = best.get(_key(offer))
        if known is None or _cost(offer) < _cost(known):
            best[_key(offer)] = offer
    said = {key: _context(parsed, words, offer) for key, offer in best.items()}
    return Chosen(offered=Counter(said.values()), right=tuple(said[key] for key in sorted(right) if key in said))


def _key(offer: Offer) -> tuple[int, int, str]:
    return offer.change.start, offer.change.end, offer.change.text


def _cost(offer: Offer) -> float:
    return round(offer.template.cost + offer.change.cost, 3)


def _context(parsed: Parsed, words: Words, offer: Offer) -> Context:
    node = offer.node
    removed = parsed.data[offer.change.start : offer.change.end].decode("utf-8", "surrogateescape")
    return Context(
        template=offer.template.name,
        kind=kind_of_edit(removed, offer.change.text),
        node=node.type,
        parent=node.parent.type if node.parent is not None else "",
        statement=statement_of(node).type,
        place=min(offer.place, 9),
        cost=_cost(offer),
        usual=round(2 * words.gain(offer.change.start, offer.change.end, offer.change.text.encode())) / 2,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """The texts before and after, the bytes of the old one that the fix changes, and the tree that it makes."""

    old: bytes
    new: bytes
    start: int
    end: int
    tree: str

    def is_made_by(self, offer: Offer) -> bool:
        """Whether the offer makes the file what the fix made it, but for layout and notes."""
        start, end = min(offer.change.start, self.start), max(offer.change.end, self.end)
        if end - start > LONGEST_SPAN:
            return False
        text = offer.change.text.encode("utf-8", "surrogateescape")
        near = self.old[start : offer.change.start] + text + self.old[offer.change.end : end]
        if _BLANK.sub(b"", near) != _BLANK.sub(b"", self.new[start : end + len(self.new) - len(self.old)]):
            return False
        return _tree(self.old[: offer.change.start] + text + self.old[offer.change.end :]) == self.tree


def _wanted(fix: Fix, old: bytes, new: bytes, tree: str) -> _Wanted:
    lines = old.split(b"\n")
    start = sum(len(line) + 1 for line in lines[: fix.place.at])
    end = start + sum(len(line) + 1 for line in lines[fix.place.at : fix.place.at + fix.place.removed])
    return _Wanted(old=old, new=new, start=start, end=min(end, len(old)), tree=tree)


def _near(parsed: Parsed, reading: Reading, fix: Fix) -> Iterator[Node]:
    first, last = fix.place.at - 2, fix.place.at + fix.place.removed + 1
    return (
        node for node in _around(parsed, reading, fix) if node.start_point.row <= last and node.end_point.row >= first
    )


def _around(parsed: Parsed, reading: Reading, fix: Fix) -> Iterable[Node]:
    """The nodes of the innermost function around the fix, or those outside of all functions."""
    row = fix.place.at if fix.place.removed else max(0, fix.place.at - 1)
    functions = [
        node
        for node in walk(parsed.root)
        if node.type == "function_definition" and node.start_point.row <= row <= node.end_point.row
    ]
    if functions:
        function = max(functions, key=lambda node: node.start_byte)
        return (node for node in reading.nodes if function.start_byte <= node.start_byte < function.end_byte)
    return (node for node in reading.nodes if scope_of(node) is None and node.type != "function_definition")


def _tree(data: bytes) -> str | None:
    """The syntax tree without docstrings, written out; `return None` is a plain `return`."""
    with warnings.catch_warnings(action="ignore"):
        try:
            tree = ast.parse(data)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None
    for node in ast.walk(tree):
        if isinstance(node, ast.Return) and isinstance(node.value, ast.Constant) and node.value.value is None:
            node.value = None
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef, ast.Module)) and node.body:
            first = node.body[0]
            if (
                isinstance(first, ast.Expr)
                and isinstance(first.value, ast.Constant)
                and isinstance(first.value.value, str)
            ):
                del node.body[0]
    return ast.dump(tree)
