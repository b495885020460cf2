"""An operand that should not be there, or that was forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swe_agent.repair.script import Script, scope_of
from swe_agent.repair.templates.base import Change, Template, insert_after, replace_node

if TYPE_CHECKING:
    from tree_sitter import Node

NUMBERS = frozenset("+-*/%")
MOST = 3


def _propose(script: Script, node: Node) -> Iterator[Change]:
    if node.type == "binary_expression":
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is not None and right is not None and script.operator_of(node) in NUMBERS:
            yield replace_node(node, script.text(left), 0.6)
            yield replace_node(node, script.text(right), 0.8)
        return
    value = node.named_children[0] if node.named_children else None
    if node.type != "return_statement":
        value = node.child_by_field_name("right") or node.child_by_field_name("value")
    function = scope_of(node)
    if value is None or function is None or value.type in ("arrow_function", "function_expression", "object", "array"):
        return
    unused = script.facts_of(function).unused_parameters
    names = sorted(script.in_scope(node), key=lambda name: name not in unused)
    for place, name in enumerate(names[:MOST]):
        for operator, more in ((" + ", 0.0), (" - ", 0.1), (" * ", 0.3)):
            bonus = 0.4 if name in unused else 0.0
            yield insert_after(value, f"{operator}{name}", 0.5 + more + 0.1 * place - bonus)


TEMPLATE = Template(
    name="operand",
    nodes=frozenset(
        ("binary_expression", "return_statement", "assignment_expression", "augmented_assignment_expression")
    ),
    cost=2.0,
    propose=_propose,
)
