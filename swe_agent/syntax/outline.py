"""Symbols, references and imports of one file, by the rows of its language's table."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from swe_agent.core.source import Reference, Span, Symbol
from swe_agent.syntax.language import Definition, Language, languages
from swe_agent.syntax.tree import Parsed, decode, found, parse, walk

if TYPE_CHECKING:
    from tree_sitter import Node

MAX_SIGNATURE = 240
MAX_DOC = 200
MAX_NAME = 120
_ONCE = ("attribute", "constant", "variable", "element", "heading", "id")
_QUOTES = "'\""
_ARGUMENTS = re.compile(r"<[^<>]*>(?=.*::)")
"""C++: `Store<K>::get` is a member of Store."""
_CLOSING = re.compile(r"\s+#+$")
_DIVIDERS = {
    "qualified_identifier": "::",
    "nested_namespace_specifier": "::",
    "scope_resolution": "::",
    "method_index_expression": ":",
}
"""What stands for a dot in names of several parts: C++ and Ruby, Lua."""
_MARKS = re.compile(r"^\s*(?:/\*+!?|\*+/|//[/!]*|#+!?|\*+(?!/)|<!--|--+)\s?|\s*(?:\*+/|-->)\s*$|</?[a-z]+>")
_STRING = re.compile(r"^[A-Za-z]{0,2}(?:\"\"\"|'''|\"|')(.*?)(?:\"\"\"|'''|\"|')?$", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    path: str
    line: int
    text: str
    """The statement, on one line."""


@dataclass(slots=True)
class _Open:
    """A definition that encloses what comes next."""

    end: int
    kind: str
    qualified: str


class Row(NamedTuple):
    """A symbol without its path and language, as it is found and kept."""

    kind: str
    qualified: str
    name: str
    start: int
    end: int
    signature: str
    doc: str


def outline(path: str, text: str | bytes, *, told: bool = True) -> tuple[Symbol, ...]:
    """The file's definitions in order; empty where it cannot be parsed. Spans nest or are apart, never overlap. Unless
    `told`, they come without signature and doc, in half of the time."""
    parsed = parse(path, text)
    return symbols_of(path, parsed.language.name, _rows(parsed, told=told)) if parsed else ()


def outline_rows(path: str, text: str | bytes) -> tuple[str, list[Row]]:
    """The outline as rows, with the language; for who keeps thousands of them."""
    parsed = parse(path, text)
    return (parsed.language.name, _rows(parsed)) if parsed else ("", [])


def symbols_of(path: str, language: str, rows: Iterable[Sequence[Any]]) -> tuple[Symbol, ...]:
    return tuple(
        Symbol(
            path=path,
            language=language,
            kind=kind,
            name=name,
            qualified=qualified,
            span=Span(start=start, end=end),
            signature=signature,
            doc=doc,
        )
        for kind, qualified, name, start, end, signature, doc in rows
    )


def references(path: str, text: str) -> tuple[Reference, ...]:
    """Every use of a name, without the places that define it."""
    parsed = parse(path, text)
    if parsed is None:
        return ()
    names = {node.start_byte for node in _name_nodes(parsed)}
    return tuple(
        Reference(path=path, name=parsed.text_of(node), line=node.start_point.row + 1)
        for node in found(parsed, "references")
        if node.start_byte not in names
    )


def imports(path: str, text: str) -> tuple[Import, ...]:
    parsed = parse(path, text)
    if parsed is None:
        return ()
    return tuple(
        Import(path=path, line=node.start_point.row + 1, text=_one_line(parsed.text_of(node)))
        for node in found(parsed, "imports")
    )


def _name_nodes(parsed: Parsed) -> Iterable[Node]:
    for node in found(parsed, "definitions"):
        row, names = _fitting(parsed, node)
        if not row.hidden:
            yield from (name for name, _ in names)


def _rows(parsed: Parsed, *, told: bool = True) -> list[Row]:
    rows: list[Row] = []
    seen: set[str] = set()
    counts: Counter[int] = Counter()
    stack: list[_Open] = []
    for node in found(parsed, "definitions"):
        while stack and stack[-1].end <= node.start_byte:
            stack.pop()
        around = stack[-1] if stack else None
        kind = _kind_by_type(parsed.language.name, node.type, around.kind if around else "")
        if kind is None:
            continue
        row, names = _fitting(parsed, node)
        if not names or (not kind and _excluded(node, row, around, depth=len(stack))):
            continue
        kind = kind or _kind(node, row, around)
        if row.lifted:
            around = stack[-2] if len(stack) > 1 else None
        qualified = ""
        for name, text in names:
            qualified = _qualified(parsed, node, row, name.type, text, around)
            # A variable assigned again defines nothing new; functions of the same name (overloads) are all kept.
            repeated = (kind in _ONCE or row.depth) and qualified in seen
            if not row.hidden and not repeated and not (row.most and counts[id(row)] >= row.most):
                seen.add(qualified)
                counts[id(row)] += 1
                rows.append(_row(parsed, node, row, kind, qualified, around, told=told))
        # What has no body (`a = b = 1`) encloses, but lends no name.
        lent = qualified if row.body or row.hidden or row.rest else around.qualified if around else ""
        end = node.parent.end_byte if row.rest and node.parent else node.end_byte
        stack.append(_Open(end=end, kind=kind, qualified=lent))
    return rows


@cache
def _kind_by_type(language: str, node_type: str, around: str) -> str | None:
    """The kind of what a node type defines within this kind, as far as the table alone tells: None for nothing, as with
    most variables of functions, and "" where the node has to be looked at."""
    rows = languages()[language].definitions[node_type]
    if around and all(around in row.outside and not row.by_value for row in rows):
        return None
    row = rows[0]
    if len(rows) > 1 or row.depth or row.valued or row.by_value or around in row.outside:
        return ""
    return row.inside.get(around, row.kind)


def _excluded(node: Node, row: Definition, around: _Open | None, depth: int) -> bool:
    if row.depth and depth >= row.depth:
        return True
    outside = around is not None and around.kind in row.outside
    return (outside or row.valued) and not _valued(node, row)


def _fitting(parsed: Parsed, node: Node) -> tuple[Definition, list[tuple[Node, str]]]:
    """The first of the node type's rows that finds names here, and the names with their texts."""
    rows = parsed.language.definitions[node.type]
    if len(rows) == 1 and rows[0].plain:
        row = rows[0]
        name = node.child_by_field_name(row.name)
        if name is None or (row.name_types and name.type not in row.name_types):
            return row, []
        text = _bare(_one_line(parsed.text_of(name)))
        return row, [(name, text)] if text else []
    for row in rows:
        parent = row.node.rpartition("/")[0]
        if parent and (node.parent is None or node.parent.type != parent):
            continue
        if names := [(name, text) for name in _names(node, row) if (text := _fits(parsed, node, row, name))]:
            return row, names
    return rows[0], []


def _fits(parsed: Parsed, node: Node, row: Definition, name: Node) -> str:
    """The name's text where the row is about it, else "": also of one that the parser made up after an error."""
    written = parsed.text_of(name)
    text = _bare(_one_line(written))
    if not text or (row.fits and not fnmatchcase(written, row.fits)):
        return ""
    if row.when:
        ends = ((_end_of(node, path), texts) for path, texts in row.when.items())
        if not all(end is not None and parsed.text_of(end) in texts for end, texts in ends):
            return ""
    return text


def _names(node: Node, row: Definition) -> list[Node]:
    if row.name == "@":
        return [node]
    if row.every:
        return _all_ways(node, row.name)
    way = _follow(node, row.name)
    if not way:
        return []
    last = way[-1]
    if any(step.type in row.bars for step in way):
        return []
    if row.needs and not (node.child_by_field_name(row.needs) or any(step.type == row.needs for step in way)):
        return []
    if row.name_leaf:
        leaf = next((below for below in walk(last) if below.type in row.name_leaf), None)
        if leaf is None:
            return []
        last = leaf
    return [] if row.name_types and last.type not in row.name_types else [last]


def _all_ways(node: Node, path: str) -> list[Node]:
    nodes = [node]
    for step in path.split("."):
        nodes = [
            below
            for each in nodes
            for below in (
                [child for child in each.children if child.type in step[1:].split("|")]
                if step.startswith("#")
                else each.children_by_field_name(step)
            )
        ]
    return nodes


def _end_of(node: Node, path: str) -> Node | None:
    """Where a path of fields leads to."""
    if path.isidentifier():  # one field, as most are
        return node.child_by_field_name(path)
    way = _follow(node, path)
    return way[-1] if way else None


def _follow(node: Node, path: str) -> list[Node]:
    """The nodes on the way along a path of fields; empty where it does not lead to a node."""
    way: list[Node] = []
    at: Node | None = node
    for step in path.split("."):
        assert at is not None
        if step.endswith("*"):
            while (below := _declarator(at, step[:-1])) is not None:
                way.append(below)
                at = below
        else:
            at = _child(at, step[1:]) if step.startswith("#") else at.child_by_field_name(step)
        if at is None:
            return []
        way.append(at)
    return way if way and way[-1] is not node else []


def _child(node: Node, wanted: str) -> Node | None:
    types, _, word = wanted.partition("=")
    for child in node.children:
        if child.type in types.split("|") and (not word or _begins(child, word.encode())):
            return child
    return None


def _begins(node: Node, word: bytes) -> bool:
    text = (node.text or b"")[: len(word) + 1]
    return text.startswith(word) and not text[len(word) :].isalnum()


def _declarator(node: Node, field: str) -> Node | None:
    """One step down C's declarators; parentheses and references carry theirs without a field."""
    below = node.child_by_field_name(field)
    if below is None and node.type in ("parenthesized_declarator", "reference_declarator"):
        return next((child for child in node.named_children if child.type.endswith(("declarator", "identifier"))), None)
    return below


def _valued(node: Node, row: Definition) -> str:
    """The kind that the value gives, if any."""
    value = _end_of(node, row.value) if row.value else None
    return row.by_value.get(value.type, "") if value is not None else ""


def _kind(node: Node, row: Definition, around: _Open | None) -> str:
    return _valued(node, row) or (row.inside.get(around.kind, row.kind) if around else row.kind)


def _qualified(parsed: Parsed, node: Node, row: Definition, name_type: str, text: str, around: _Open | None) -> str:
    if text.isidentifier() and not row.owner:
        text = text[:MAX_NAME]
        return f"{around.qualified}.{text}" if around and around.qualified else text
    parts = [around.qualified] if around and around.qualified else []
    if row.owner and (field := node.child_by_field_name(row.owner)):
        owner = next((below for below in walk(field) if below.type in row.owner_types), None)
        parts += [parsed.text_of(owner)] if owner else []
    text = text[:MAX_NAME]
    if name_type == "simple_symbol":
        text = text.removeprefix(":")
    elif name_type == "qualified_identifier":
        while (shorter := _ARGUMENTS.sub("", text)) != text:
            text = shorter
    return ".".join([*parts, text.replace(_DIVIDERS.get(name_type, "."), ".")])


def _bare(text: str) -> str:
    """Without the quotes of a string (a name in JavaScript), or the marks that may close a Markdown heading."""
    if text.isidentifier():
        return text
    quoted = len(text) > 1 and text[0] == text[-1] and text[0] in _QUOTES
    return text[1:-1] if quoted else _CLOSING.sub("", text)


def _row(
    parsed: Parsed, node: Node, row: Definition, kind: str, qualified: str, around: _Open | None, *, told: bool
) -> Row:
    lent = f"{around.qualified}." if around and around.qualified else ""
    outer = node
    wrappers = parsed.language.wrappers
    while wrappers and (parent := outer.parent) is not None and parent.type in wrappers:
        # A declaration of several names wraps them all, and is no one's own span.
        if sum(child.type in parsed.language.definitions for child in parent.named_children) > 1:
            break
        outer = parent
    body = _end_of(node, row.body) if row.body and told else None
    first = outer.start_point.row
    return Row(
        kind,
        qualified,
        qualified[len(lent) :] if row.whole else qualified.rpartition(".")[2],
        first + 1,
        _last_row(outer, first) + 1,
        _signature(parsed, node, body, row, (outer if row.wrapped else node).start_byte) if told else "",
        _doc(parsed, outer, body) if told else "",
    )


def _last_row(node: Node, first: int) -> int:
    """Nodes that end with their line's end (macros of C) end, in tree-sitter's count, on the next line's column 0."""
    row, column = node.end_point
    return row - 1 if column == 0 and row > first else row


def _signature(parsed: Parsed, node: Node, body: Node | None, row: Definition, start: int) -> str:
    if row.head and (head := _end_of(node, row.head)) is not None:
        return _one_line(parsed.text_of(head))[:MAX_SIGNATURE]
    end = node.end_byte
    if body is not None and body.start_byte > node.start_byte:
        while (above := body.prev_sibling) is not None and above.type in parsed.language.comments:
            body = above
        end = body.start_byte
    said = decode(parsed.data[start : min(end, start + 4 * MAX_SIGNATURE)])
    return _one_line(said).removesuffix("=>").rstrip("{:= ")[:MAX_SIGNATURE]


def _doc(parsed: Parsed, outer: Node, body: Node | None) -> str:
    if parsed.language.doc == "before":
        return _doc_before(parsed, outer)
    if body is None or parsed.data[body.start_byte : body.start_byte + 3].isalpha():  # no string begins so
        return ""
    first = body.named_child(0) if body.named_child_count else None
    if first is not None and first.type == "expression_statement" and first.named_child_count:
        first = first.named_child(0)
    if first is None or first.type != "string":
        return ""
    match = _STRING.match(parsed.text_of(first))
    return _first_line(match.group(1).splitlines()) if match else ""


def _doc_before(parsed: Parsed, outer: Node) -> str:
    language: Language = parsed.language
    lines: list[str] = []
    row = outer.start_point.row
    above = outer.prev_sibling
    while above is not None and (above.type in language.comments or above.type in language.doc_skips):
        # Rust's doc comments end on the line after their text; a comment beside code belongs to that code.
        first = above.start_point.row
        if _last_row(above, first) + 1 < row or _shares_line(above):
            break
        if above.type in language.comments:
            lines = [*(line for line in parsed.text_of(above).splitlines() if not line.startswith("#!")), *lines]
        row = first
        above = above.prev_sibling
    return _first_line(_MARKS.sub("", line) for line in lines)


def _shares_line(node: Node) -> bool:
    before = node.prev_sibling
    return before is not None and before.end_point.row == node.start_point.row and before.end_point.column > 0


def _first_line(lines: Iterable[str]) -> str:
    return next((text[:MAX_DOC] for line in lines if (text := line.strip())), "")


def _one_line(text: str) -> str:
    return text if text.isidentifier() else " ".join(text.split())
