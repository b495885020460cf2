"""Another arithmetic operator, another grouping, a sign, a count that goes the other way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swe_agent.repair.nodes import ancestor
from swe_agent.repair.script import LOOPS, Script, grouped
from swe_agent.repair.templates.base import Change, Template, insert_before, replace_node

if TYPE_CHECKING:
    from tree_sitter import Node

INSTEAD: dict[str, tuple[tuple[str, float], ...]] = {
    "+": (("-", 0.0), ("*", 0.6)),
    "-": (("+", 0.0), ("/", 1.0)),
    "*": (("/", 0.2), ("+", 0.6), ("**", 0.7)),
    "/": (("*", 0.2), ("%", 0.6)),
    "%": (("/", 0.3), ("*", 0.8)),
    "**": (("*", 0.2),),
    "&": (("|", 0.0), ("^", 0.5), ("&&", 0.5)),
    "|": (("&", 0.0), ("^", 0.5), ("||", 0.5)),
    "^": (("&", 0.3), ("|", 0.3), ("**", 0.6)),
    "<<": ((">>", 0.0),),
    ">>": (("<<", 0.0), (">>>", 0.2)),
    ">>>": ((">>", 0.1), ("<<", 0.2)),
}
LOOSE = frozenset("+-")
TIGHT = frozenset("*/%")
TURNED = {"++": "--", "--": "++"}


def _propose(script: Script, node: Node) -> Iterator[Change]:
    operator = node.child_by_field_name("operator")
    if node.type == "binary_expression":
        yield from _binary(script, node)
    elif node.type == "augmented_assignment_expression" and operator is not None:
        for text, cost in INSTEAD.get(script.text(operator)[:-1], ()):
            yield replace_node(operator, f"{text}=", cost)
        yield replace_node(operator, "=", 0.5)
    elif node.type == "assignment_expression":
        equals = next((child for child in node.children if child.type == "="), None)
        if equals is not None and ancestor(node, *LOOPS, "arrow_function") is not None:
            yield insert_before(equals, "+", 0.3)
    elif node.type == "update_expression" and operator is not None:
        yield replace_node(operator, TURNED[script.text(operator)], 0.2)
    elif node.type == "unary_expression" and script.operator_of(node) in ("-", "+", "~"):
        argument = node.child_by_field_name("argument")
        if argument is not None:
            yield replace_node(node, script.text(argument), 0.4)


def _binary(script: Script, node: Node) -> Iterator[Change]:
    left, right, operator = (node.child_by_field_name(name) for name in ("left", "right", "operator"))
    if left is None or right is None or operator is None or {"string", "template_string"} & {left.type, right.type}:
        return
    for text, cost in INSTEAD.get(script.text(operator), ()):
        yield replace_node(operator, text, cost)
    if script.text(operator) == "/":
        yield replace_node(node, f"Math.floor({script.text(node)})", 0.4)
    yield from _regrouped(script, node, left, right, script.text(operator))


def _regrouped(script: Script, node: Node, left: Node, right: Node, operator: str) -> Iterator[Change]:
    """a + b * c as (a + b) * c, and a * b + c as a * (b + c)."""
    if operator not in LOOSE:
        return
    for inner, outer_first in ((right, True), (left, False)):
        a, b, op = (inner.child_by_field_name(name) for name in ("left", "right", "operator"))
        if inner.type != "binary_expression" or a is None or b is None or op is None or script.text(op) not in TIGHT:
            continue
        if outer_first:
            text = f"({script.text(left)} {operator} {script.text(a)}) {script.text(op)} {grouped(script, b)}"
        else:
            text = f"{script.text(a)} {script.text(op)} ({script.text(b)} {operator} {script.text(right)})"
        yield replace_node(node, text, 0.4)


TEMPLATE = Template(
    name="arithmetic",
    nodes=frozenset(
        (
            "binary_expression",
            "augmented_assignment_expression",
            "assignment_expression",
            "update_expression",
            "unary_expression",
        )
    ),
    cost=1.1,
    propose=_propose,
)
