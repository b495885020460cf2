"""A case that nobody thought of: nothing is there, or it is null or undefined."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swe_agent.repair.nodes import ancestor
from swe_agent.repair.script import (
    BLOCKS,
    FUNCTIONS,
    LOOPS,
    SIMPLE_STATEMENTS,
    Script,
    bare,
    grouped,
    is_called,
    is_load,
    is_written,
    scope_of,
)
from swe_agent.repair.templates.base import Change, Template, insert_after, insert_before, replace_node
from swe_agent.repair.templates.javascript.base import LOOKED_INTO
from swe_agent.syntax.parse import walk

if TYPE_CHECKING:
    from tree_sitter import Node

MOST_NAMES, MOST_DEFAULTS, LONGEST = 4, 5, 40
CONDITIONED = frozenset(("if_statement", "while_statement"))
STATEMENTS = SIMPLE_STATEMENTS | CONDITIONED | frozenset(("for_statement", "for_in_statement"))
SHAPES = {
    "array": "[]",
    "object": "{}",
    "string": "''",
    "template_string": "''",
    "number": "0",
    "true": "false",
    "false": "false",
}


def _propose(script: Script, node: Node) -> Iterator[Change]:
    if node.type in ("member_expression", "subscript_expression", "call_expression"):
        yield from _chained(script, node)
        return
    function = scope_of(node)
    if function is None or node.parent is None:
        return
    if node.type in CONDITIONED:
        yield from _condition(script, node)
    yield from _or_default(script, node)
    if node.parent.type in BLOCKS and node.start_point.column == len(script.indent_of(node).encode()):
        yield from _early(script, node, function)


def _early(script: Script, node: Node, function: Node) -> Iterator[Change]:
    """`if (!x) return …` before a statement that looks into x."""
    exits = [(f"return {default}".rstrip(), cost) for default, cost in _defaults(script, node, function)]
    if ancestor(node, *LOOPS, *FUNCTIONS) != function:
        exits.insert(0, ("continue", 0.1))
    between = f"{script.end}{script.newline}{script.indent_of(node)}"
    for place, name in enumerate(_doubtful(script, node)):
        empty = [(f"!{name}.length", 0.3)] if not place and not name.endswith(".length") else []
        for condition, more in ((f"!{name}", 0.0), (f"{name} == null", 0.15), *empty):
            for leave, cost in exits:
                yield insert_before(node, f"if ({condition}) {leave}{between}", more + cost + 0.2 * place)


def _doubtful(script: Script, node: Node) -> list[str]:
    """What the statement divides by, looks into, calls or counts: names and members as written, likeliest first."""
    found: dict[str, float] = {}

    def add(at: Node | None, weight: float) -> None:
        if at is not None and at.type in ("identifier", "member_expression", "subscript_expression"):
            text = script.text(at)
            if len(text) <= LONGEST and "\n" not in text and not text[:1].isupper():
                found[text] = max(found.get(text, 0.0), weight)

    for below in walk(_head(node)):
        if below.type == "binary_expression":
            add(below.child_by_field_name("right"), 3.0 if script.operator_of(below) in ("/", "%") else 0.5)
        elif below.type in ("member_expression", "subscript_expression"):
            add(below.child_by_field_name("object"), 2.0)
        elif below.type == "arguments" and below.named_children:
            add(below.named_children[0], 1.5)
        elif below.type == "for_in_statement":
            add(below.child_by_field_name("right"), 1.5)
        elif is_load(below) and not is_called(below):
            add(below, 0.3)
    return sorted(found, key=lambda text: (-found[text], text))[:MOST_NAMES]


def _head(node: Node) -> Node:
    """Of a compound statement only what it evaluates itself."""
    if node.type == "for_in_statement":
        return node.child_by_field_name("right") or node
    return node.child_by_field_name("condition") or node


def _defaults(script: Script, node: Node, function: Node) -> list[tuple[str, float]]:
    """Values to return, the likeliest first: seen in this function, of the kind that the statement returns."""
    ranked: dict[str, float] = {}
    for place, value in enumerate(script.facts_of(function).returned):
        ranked.setdefault(value, 0.05 * place)
    if node.type == "return_statement" and node.named_children:
        given = node.named_children[0]
        if given.type in SHAPES:
            ranked.setdefault(SHAPES[given.type], 0.1)
        elif script.operator_of(given) in ("+", "-", "*", "/", "%"):
            ranked.setdefault("0", 0.1)
        elif script.operator_of(given):
            ranked.setdefault("false", 0.1)
    for place, value in enumerate(("", "0", "null", "''", "[]", "false")):
        ranked.setdefault(value, 0.4 + 0.05 * place)
    return sorted(ranked.items(), key=lambda item: (item[1], item[0]))[:MOST_DEFAULTS]


def _condition(script: Script, node: Node) -> Iterator[Change]:
    """`x && …` before a condition that looks into x."""
    condition = bare(node.child_by_field_name("condition"))
    if condition is None:
        return
    text = script.text(condition)
    inner = f"({text})" if script.operator_of(condition) in ("||", "??") else text
    for place, name in enumerate(_doubtful(script, condition)[:2]):
        yield replace_node(condition, f"{name} && {inner}", 0.3 + 0.2 * place)
        yield replace_node(condition, f"{name} != null && {inner}", 0.4 + 0.2 * place)


def _or_default(script: Script, node: Node) -> Iterator[Change]:
    """`x` as `(x || 0)` where it is an operand, and as `x || []` where it is an argument or gone through."""
    for below in walk(_head(node)):
        parent = below.parent
        if below.type not in ("identifier", "member_expression", "subscript_expression") or parent is None:
            continue
        if is_called(below) or is_written(below) or (below.type == "identifier" and not is_load(below)):
            continue
        text = script.text(below)
        if parent.type == "binary_expression" and script.operator_of(parent) in ("+", "-", "*", "/"):
            yield replace_node(below, f"({text} || 0)", 0.6)
        elif parent.type in ("arguments", "variable_declarator", "return_statement", "spread_element"):
            for place, default in enumerate(("[]", "''", "{}", "0")):
                yield replace_node(below, f"{text} || {default}", 0.7 + 0.1 * place)


def _chained(script: Script, node: Node) -> Iterator[Change]:
    """`a.b` as `a?.b`, and `a?.b` with a default."""
    if is_written(node) or any(child.type == "optional_chain" for child in node.children):
        return
    owner = node.child_by_field_name("object") or node.child_by_field_name("function")
    parent = node.parent
    if owner is None or parent is None or owner.type in ("this", "super") or script.text(owner)[:1].isupper():
        return
    if node.type == "member_expression":
        named = node.child_by_field_name("property")
        if named is not None:
            yield Change(start=owner.end_byte, end=named.start_byte, text="?.", cost=0.1)
            if not is_called(node):
                text = f"({script.text(owner)} || {{}}).{script.text(named)}"
                yield replace_node(node, text, 0.7)
    else:
        yield insert_after(owner, "?.", 0.3 if node.type == "subscript_expression" else 0.5)
    if parent.type in ("return_statement", "variable_declarator", "arguments", "assignment_expression"):
        for place, default in enumerate(("''", "[]", "0", "null")):
            yield replace_node(node, f"{grouped(script, node)} ?? {default}", 0.6 + 0.1 * place)


TEMPLATE = Template(
    name="guard",
    nodes=STATEMENTS | frozenset(("member_expression", "subscript_expression", "call_expression")),
    cost=2.2,
    propose=_propose,
    answers=LOOKED_INTO | frozenset(("RangeError",)),
)
