"""Whether something is there, asked the other way: `x` for `x is not None`, where nothing, zero and empty differ.

The commonest of all changed conditions in small fixes of public histories.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swe_agent.repair.module import Module
from swe_agent.repair.nodes import CONDITIONED, condition_of
from swe_agent.repair.templates.base import Change, Template, replace_node

if TYPE_CHECKING:
    from tree_sitter import Node

ASKED = frozenset(("identifier", "attribute", "subscript", "call"))
JOINS = frozenset(("boolean_operator", "not_operator", "parenthesized_expression"))


def _propose(module: Module, node: Node) -> Iterator[Change]:
    condition = condition_of(node)
    for operand in _operands(condition) if condition is not None else ():
        yield from _other_way(module, operand)


def _operands(condition: Node) -> Iterator[Node]:
    """What a condition asks, `not` included, in order."""
    if condition.type not in JOINS:
        yield condition
        return
    if condition.type == "not_operator":
        yield condition
    for child in condition.named_children:
        if condition.type != "not_operator" or child.type in JOINS:
            yield from _operands(child)


def _other_way(module: Module, node: Node) -> Iterator[Change]:
    text = module.text(node)
    if node.type in ASKED:
        yield replace_node(node, f"{text} is not None", 0.0 if node.type != "call" else 0.4)
        return
    asked = node.child_by_field_name("argument")
    if node.type == "not_operator" and asked is not None and asked.type in ASKED:
        yield replace_node(node, f"{module.text(asked)} is None", 0.1 if asked.type != "call" else 0.5)
    elif node.type == "comparison_operator" and text.endswith(" is not None"):
        yield replace_node(node, text.removesuffix(" is not None"), 0.3)
    elif node.type == "comparison_operator" and text.endswith(" is None"):
        yield replace_node(node, f"not {text.removesuffix(' is None')}", 0.3)


TEMPLATE = Template(name="none test", nodes=CONDITIONED, cost=1.4, propose=_propose)
