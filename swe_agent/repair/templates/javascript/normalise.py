"""Text compared as it came, a list changed in its owner's hands, a text taken for a number, a call too many."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swe_agent.repair.script import Script, grouped, is_called, is_written, scope_of
from swe_agent.repair.templates.base import Change, Template, insert_after, replace_node

if TYPE_CHECKING:
    from tree_sitter import Node

WRAPPED = (("Number({})", 0.4), ("String({})", 0.5), ("Math.abs({})", 0.5), ("Math.floor({})", 0.6), ("[...{}]", 0.7))
CALLED = ((".trim()", 0.5), (".toLowerCase()", 0.5), (".slice()", 0.6), (".toString()", 0.8))
CHANGES = frozenset(("sort", "reverse", "splice", "push", "unshift", "pop", "shift"))
UNWRAPPED = frozenset(("Number", "String", "Boolean", "parseInt", "parseFloat"))
UNCALLED = frozenset(("trim", "toLowerCase", "toUpperCase", "slice", "toString", "sort", "reverse", "flat", "filter"))
VALUES = frozenset(("identifier", "member_expression", "call_expression", "subscript_expression"))
PLACES = frozenset(
    ("binary_expression", "arguments", "return_statement", "subscript_expression", "variable_declarator")
)


def _propose(script: Script, node: Node) -> Iterator[Change]:
    if scope_of(node) is None or is_written(node):
        return
    if node.type == "call_expression":
        yield from _call(script, node)
    elif node.type == "binary_expression":
        if script.operator_of(node) in ("-", "/", "*"):
            yield from (
                replace_node(node, f"Math.{name}({script.text(node)})", 0.5) for name in ("abs", "round", "trunc")
            )
        return
    parent = node.parent
    if parent is None or parent.type not in PLACES or is_called(node) or _is_name(node):
        return
    yield from (replace_node(node, wrap.format(script.text(node)), cost) for wrap, cost in WRAPPED)
    yield from (insert_after(node, call, cost) for call, cost in CALLED)


def _is_name(node: Node) -> bool:
    """What a declarator declares."""
    parent = node.parent
    return parent is not None and parent.type == "variable_declarator" and parent.child_by_field_name("name") == node


def _call(script: Script, node: Node) -> Iterator[Change]:
    function, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
    if function is None or arguments is None:
        return
    given = arguments.named_children
    if function.type == "identifier" and script.text(function) in UNWRAPPED and given:
        yield replace_node(node, grouped(script, given[0]), 0.5)
    owner, named = function.child_by_field_name("object"), function.child_by_field_name("property")
    if function.type != "member_expression" or owner is None or named is None:
        return
    if script.text(named) in UNCALLED:
        yield replace_node(node, script.text(owner), 0.8)
    if script.text(named) in CHANGES:
        yield insert_after(owner, ".slice()", 0.2)
    if script.text(owner) == "Math" and given:
        yield replace_node(node, grouped(script, given[0]), 0.9)


TEMPLATE = Template(name="normalise", nodes=VALUES | frozenset(("binary_expression",)), cost=2.0, propose=_propose)
