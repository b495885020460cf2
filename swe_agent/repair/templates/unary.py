"""A sign, a complement or a `not` that is missing, or stands for another.

PraPR's negations of values (Ghanbari et al., "Practical Program Repair via Bytecode Mutation", ISSTA 2019).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swe_agent.repair.module import Module
from swe_agent.repair.nodes import is_read
from swe_agent.repair.templates.base import Change, Template, insert_before, replace_node

if TYPE_CHECKING:
    from tree_sitter import Node

OPERATORS = {"-": 0.0, "+": 0.3, "~": 0.5, "not": 0.2}
NUMBERS = frozenset(("integer", "float"))
VALUES = frozenset(("identifier", "attribute", "call", "subscript", "parenthesized_expression"))
SIGNED = frozenset(
    (
        "argument_list", "keyword_argument", "return_statement", "assignment", "subscript", "slice", "tuple", "list",
        "binary_operator", "comparison_operator", "boolean_operator", "conditional_expression", "pair",
        "parenthesized_expression", "default_parameter", "typed_default_parameter", "expression_list",
        "augmented_assignment",
    )
)  # fmt: skip
BITS = frozenset("&|^")
TIGHT = frozenset(("binary_operator", "comparison_operator", "unary_operator"))


def _propose(module: Module, node: Node) -> Iterator[Change]:
    argument = node.child_by_field_name("argument")
    if argument is not None and node.type in ("unary_operator", "not_operator"):
        yield from _another(module, node, argument)
    elif node.type in NUMBERS or (node.type in VALUES and (node.type == "parenthesized_expression" or is_read(node))):
        yield from _added(module, node)


def _another(module: Module, node: Node, argument: Node) -> Iterator[Change]:
    text = module.text(argument)
    now = module.text(node).removesuffix(text).strip()
    for operator, cost in OPERATORS.items():
        if operator == "not" and node.parent is not None and node.parent.type in TIGHT:
            yield replace_node(node, f"(not {text})", cost)
        elif operator != now:
            yield replace_node(node, f"{operator} {text}" if operator == "not" else f"{operator}{text}", cost)


def _added(module: Module, node: Node) -> Iterator[Change]:
    parent = node.parent
    if parent is None or parent.type not in SIGNED:
        return
    if parent.type in ("assignment", "augmented_assignment") and parent.child_by_field_name("right") != node:
        return
    if parent.type == "subscript" and parent.child_by_field_name("value") == node:
        return
    text = module.text(node)
    if text in ("0", "self", "cls"):
        return
    cost = 0.3 if node.type in NUMBERS else 1.0
    if text == "1" and any(_is_search(module, beside) for beside in parent.named_children):
        cost -= 1.0
    yield insert_before(node, "-", cost)
    operator = parent.child_by_field_name("operator")
    if operator is not None and module.text(operator) in BITS:
        yield insert_before(node, "~", cost - 0.2)


def _is_search(module: Module, node: Node) -> bool:
    """`text.find(part)` is -1 where nothing is found."""
    function = node.child_by_field_name("function") if node.type == "call" else None
    return function is not None and module.text(function).endswith((".find", ".rfind"))


TEMPLATE = Template(
    name="unary",
    nodes=VALUES | NUMBERS | frozenset(("unary_operator", "not_operator")),
    cost=1.8,
    propose=_propose,
)
