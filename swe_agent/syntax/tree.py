"""Text to syntax tree. The one module that imports tree-sitter, and only when a file is parsed.

Text is a str with surrogate escapes, as core.diff decodes it; nodes count in the bytes of `Parsed.data`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from swe_agent.syntax.language import Definition, Language, has_grammar, language_in, languages

if TYPE_CHECKING:
    from tree_sitter import Language as Grammar
    from tree_sitter import Node, Query, Tree

MAX_BYTES = 1_000_000
"""Larger files are data or generated: parsing costs about 0.2 s a megabyte, and nobody edits them by symbol."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """A file and its tree. Nodes are valid for as long as this value lives."""

    path: str
    language: Language
    data: bytes
    tree: Tree

    @property
    def root(self) -> Node:
        return self.tree.root_node

    def text_of(self, node: Node) -> str:
        return decode(self.data[node.start_byte : node.end_byte])

    def line_at(self, row: int) -> str:
        """The text of a line, counted from 0, without its end."""
        lines = self.data.split(b"\n", row + 1)
        return decode(lines[row]).rstrip("\r") if row < len(lines) else ""


def decode(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def encode(text: str) -> bytes:
    # A str from elsewhere may hold lone surrogates that stand for no byte; they must not end the job.
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")


def parse(path: str, text: str | bytes) -> Parsed | None:
    """The tree of a file, errors and all. None where the language or its grammar is missing, or above MAX_BYTES."""
    name = language_in(path, text)
    if not name or len(text) > MAX_BYTES or not has_grammar(name):
        return None
    data = encode(text) if isinstance(text, str) else text
    if len(data) > MAX_BYTES:
        return None
    return Parsed(path=path, language=languages()[name], data=data, tree=_tree(name, data))


@lru_cache(maxsize=16)
def _tree(name: str, data: bytes) -> Tree:
    """Kept for a moment, because outline, references and faults of one text are asked for in a row."""
    from tree_sitter import Parser

    return Parser(grammar(name)).parse(data)


@cache
def grammar(name: str) -> Grammar:
    from tree_sitter import Language as Grammar

    table = languages()[name]
    return Grammar(getattr(import_module(table.module), table.function)())


@cache
def query_of(name: str, kind: str) -> Query | None:
    """The query that captures all nodes of a table's row: "definitions", "imports" or "references"."""
    from tree_sitter import Query

    table = languages()[name]
    defined = dict.fromkeys(row.node for rows in table.definitions.values() for row in rows)
    types = {"definitions": tuple(defined), "imports": table.imports, "references": table.references}[kind]
    if not types:
        return None
    return Query(grammar(name), "\n".join(_pattern(node) for node in types))


def _pattern(node: str) -> str:
    parent, _, kind = node.rpartition("/")
    return f"({parent} ({kind}) @found)" if parent else f"({kind}) @found"


def found(parsed: Parsed, kind: str) -> list[Node]:
    """The nodes of "definitions", "imports" or "references" of the table: outer before inner, in order of the text."""
    if kind == "definitions" and parsed.language.within and not parsed.root.has_error:  # errors may lie in between
        return _definitions_within(parsed)
    from tree_sitter import QueryCursor

    query = query_of(parsed.language.name, kind)
    if query is None:
        return []
    nodes = QueryCursor(query).captures(parsed.root).get("found", [])
    return sorted(nodes, key=lambda node: (node.start_byte, -node.end_byte))


def _definitions_within(parsed: Parsed) -> list[Node]:
    """As the query finds them, without a look at what holds none."""
    defined, within, holders = parsed.language.definitions, parsed.language.within, parsed.language.holders
    nodes: list[Node] = []
    stack = [parsed.root]
    while stack:
        current = stack.pop()
        if rows := defined.get(current.type):
            nodes.append(current)
            if rows[0].nested and not _may_define(parsed, current, rows[0]):
                continue
        below: list[Node] = []
        for child in current.named_children:
            if (kind := child.type) in holders:  # nearly all of them hold a call or an assignment to a local name
                held = child.named_child(0) if child.named_child_count else None
                if held is not None and held.type in defined:
                    below.append(held)
            elif kind in within or kind in defined:
                below.append(child)
        stack += reversed(below)
    return nodes


def _may_define(parsed: Parsed, node: Node, row: Definition) -> bool:
    body = node.child_by_field_name(row.body)
    if body is None:
        return False
    start, end = body.start_byte, body.end_byte
    return any([parsed.data.find(word, start, end) >= 0 for word in row.nested_words])


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below it, in the order of the text; without recursion, so depth is no matter."""
    stack = [node]
    while stack:
        current = stack.pop()
        yield current
        stack.extend(reversed(current.children))


@cache
def grammar_version(name: str) -> str:
    """The versions that a tree of this language depends on, without loading the grammar."""
    if not has_grammar(name):
        return "none"
    return f"{_version_of('tree_sitter')}/{_version_of(languages()[name].module)}"


@cache
def _version_of(module: str) -> str:
    """By the name of its folder of metadata: to read the metadata of all grammars would take a tenth of a second."""
    spec = find_spec(module)
    if spec is None or spec.origin is None:
        return ""
    named = re.compile(rf"{module}-(.+)\.dist-info")
    for name in _folder(Path(spec.origin).parent.parent):
        if found := named.fullmatch(name):
            return found[1]
    from importlib.metadata import version

    return version(module.replace("_", "-"))


@cache
def _folder(place: Path) -> tuple[str, ...]:
    return tuple(sorted(entry.name for entry in place.iterdir()))
