"""A truth that was meant the other way around: `not` before what is handed on, asserted or compared."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swe_agent.repair.module import Module
from swe_agent.repair.nodes import CONDITIONED, condition_of, is_given, is_load
from swe_agent.repair.templates.base import Change, Template, insert_before, replace_node

if TYPE_CHECKING:
    from tree_sitter import Node

TRUTHS = frozenset(("comparison_operator", "call", "identifier", "attribute", "subscript", "parenthesized_expression"))
GIVEN = {"comparison_operator": 0.3, "call": 0.7, "attribute": 0.9, "identifier": 1.0, "subscript": 1.1}
BARE = frozenset(("identifier", "attribute", "call", "subscript", "parenthesized_expression", "comparison_operator"))


def _propose(module: Module, node: Node) -> Iterator[Change]:
    if node.type in CONDITIONED:
        condition = condition_of(node)
        if condition is not None and (node.type == "assert_statement" or condition.type == "comparison_operator"):
            yield from _negated(module, condition, 0.0 if node.type == "assert_statement" else 0.4)
    elif node.type == "parenthesized_expression":
        inner = node.named_children[0] if node.named_children else None
        if inner is not None and inner.type in GIVEN:
            yield from _negated(module, inner, GIVEN[inner.type] + 0.2)
    elif node.type in GIVEN and is_given(node) and (node.type != "identifier" or is_load(node)):
        yield from _negated(module, node, GIVEN[node.type])


def _negated(module: Module, node: Node, cost: float) -> Iterator[Change]:
    if node.type in BARE:
        yield insert_before(node, "not ", cost)
    elif node.type != "not_operator":
        yield replace_node(node, f"not ({module.text(node)})", cost)


TEMPLATE = Template(name="negation", nodes=TRUTHS | CONDITIONED, cost=1.7, propose=_propose)
