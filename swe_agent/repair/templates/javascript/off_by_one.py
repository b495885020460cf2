"""One too many or too few: in slices, indices, lengths, and in counts that leave out an end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swe_agent.repair.script import Script, is_written, name_of, scope_of
from swe_agent.repair.templates.base import Change, Template, insert_after, replace_node

if TYPE_CHECKING:
    from tree_sitter import Node

BOUNDED = frozenset(("slice", "substring", "substr", "splice", "charAt", "charCodeAt", "codePointAt", "at", "fill"))
COUNTS = frozenset(("length", "size", "indexOf", "lastIndexOf", "count", "findIndex"))
FIXED = frozenset(("number", "string", "template_string", "spread_element", "ternary_expression", "arrow_function"))


def _propose(script: Script, node: Node) -> Iterator[Change]:
    if node.type == "call_expression":
        yield from _call(script, node)
    elif node.type == "subscript_expression":
        index = node.child_by_field_name("index")
        if index is not None:
            yield from _shifted(script, index, 0.3)
    elif node.type == "binary_expression":
        yield from _dropped(script, node)
    elif node.type == "member_expression":
        if _last(script, node) == "length" and not is_written(node) and not _beside_one(script, node):
            yield replace_node(node, f"{script.text(node)} - 1", 0.2)
            yield replace_node(node, f"{script.text(node)} + 1", 0.5)
    else:
        yield from _result(script, node)


def _call(script: Script, node: Node) -> Iterator[Change]:
    function, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
    if function is None or arguments is None:
        return
    name, given = _last(script, function), arguments.named_children
    scope = scope_of(node)
    if name in BOUNDED:
        for argument in given:
            yield from _shifted(script, argument, 0.1)
        if name in ("slice", "substring") and not given:
            yield replace_node(arguments, "(1)", 0.3)
    elif scope is not None and name_of(script.parsed, scope) == name:
        # A function that calls itself is often given bounds.
        for argument in given:
            yield from _shifted(script, argument, 0.4)


def _shifted(script: Script, node: Node, cost: float) -> Iterator[Change]:
    """`n + 1` and `n - 1`; of literal numbers the template for constants takes care, `n - 1` is turned below."""
    if node.type in FIXED or any(script.text(side) == "1" for side in _sides(node)):
        return
    if script.operator_of(node) in ("&&", "||", "??", "===", "!=="):
        return
    yield insert_after(node, " + 1", cost)
    yield insert_after(node, " - 1", cost)


def _dropped(script: Script, node: Node) -> Iterator[Change]:
    """`x + 1` and `x - 1` as `x`."""
    sides = _sides(node)
    if len(sides) == 2 and script.operator_of(node) in ("+", "-"):
        left, right = sides
        if script.text(right) == "1":
            yield replace_node(node, script.text(left), 0.1)
        elif script.text(left) == "1" and script.operator_of(node) == "+":
            yield replace_node(node, script.text(right), 0.2)


def _result(script: Script, node: Node) -> Iterator[Change]:
    """A count that is returned or assigned, and leaves out one end."""
    value = node.child_by_field_name("value") or node.child_by_field_name("right")
    if node.type == "return_statement" and node.named_children:
        value = node.named_children[0]
    if value is None or any(script.text(side) == "1" for side in _sides(value)):
        return
    if script.operator_of(value) in ("-", "/", "%") or _last(script, value) in COUNTS or _is_whole(script, value):
        yield insert_after(value, " + 1", 0.2)
        yield insert_after(value, " - 1", 0.3)


def _is_whole(script: Script, node: Node) -> bool:
    return node.type == "call_expression" and script.text(node).startswith(("Math.", "parseInt(", "Number("))


def _beside_one(script: Script, node: Node) -> bool:
    parent = node.parent
    return parent is not None and any(script.text(side) == "1" for side in _sides(parent))


def _sides(node: Node) -> tuple[Node, ...]:
    if node.type != "binary_expression":
        return ()
    return tuple(side for name in ("left", "right") if (side := node.child_by_field_name(name)) is not None)


def _last(script: Script, node: Node) -> str:
    """The name that an expression ends with: of a call, that of what is called."""
    called = node.child_by_field_name("function") if node.type == "call_expression" else node
    name = called.child_by_field_name("property") if called is not None else None
    return script.text(name) if name is not None else script.text(node) if node.type == "identifier" else ""


TEMPLATE = Template(
    name="off by one",
    nodes=frozenset(
        (
            "call_expression",
            "subscript_expression",
            "binary_expression",
            "member_expression",
            "return_statement",
            "variable_declarator",
            "assignment_expression",
        )
    ),
    cost=1.3,
    propose=_propose,
    answers=frozenset(("RangeError",)),
)
