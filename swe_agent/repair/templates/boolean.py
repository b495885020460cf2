"""`and` for `or`, a condition turned around, one operand too many, True for False."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swe_agent.repair.module import Module
from swe_agent.repair.templates.base import Change, Template, replace_node

if TYPE_CHECKING:
    from tree_sitter import Node

CONDITIONS = frozenset(("if_statement", "elif_clause", "while_statement"))


def _propose(module: Module, node: Node) -> Iterator[Change]:
    if node.type == "boolean_operator":
        yield from _operator(module, node)
    elif node.type == "not_operator":
        argument = node.child_by_field_name("argument")
        if argument is not None:
            yield replace_node(node, module.text(argument), 0.3)
    elif node.type in ("true", "false"):
        yield replace_node(node, "False" if node.type == "true" else "True", 0.2)
    else:
        yield from _condition(module, node)


def _operator(module: Module, node: Node) -> Iterator[Change]:
    left, right, operator = (node.child_by_field_name(name) for name in ("left", "right", "operator"))
    if left is None or right is None or operator is None:
        return
    yield replace_node(operator, "or" if module.text(operator) == "and" else "and")
    for side in (left, right):
        yield replace_node(side, f"not {module.text(side)}", 0.6)
        # Leaving one out deletes what somebody wrote for a reason.
        yield replace_node(node, module.text(side), 1.4)


def _condition(module: Module, node: Node) -> Iterator[Change]:
    for condition in _conditions(node):
        text = module.text(condition)
        simple = condition.type in ("identifier", "attribute", "call", "subscript", "parenthesized_expression")
        yield replace_node(condition, f"not {text}" if simple else f"not ({text})", 0.4)


def _conditions(node: Node) -> Iterator[Node]:
    if node.type in CONDITIONS:
        condition = node.child_by_field_name("condition")
        if condition is not None and condition.type not in ("not_operator", "comparison_operator"):
            yield condition
    elif node.type == "conditional_expression" and len(node.named_children) == 3:
        yield node.named_children[1]
    elif node.type == "if_clause" and node.named_children:
        yield node.named_children[0]


TEMPLATE = Template(
    name="boolean",
    nodes=CONDITIONS
    | frozenset(("boolean_operator", "not_operator", "true", "false", "conditional_expression", "if_clause")),
    cost=1.2,
    propose=_propose,
)
