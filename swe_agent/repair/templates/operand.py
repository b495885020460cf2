"""One operand too many or too few: a side that was not meant, a difference or a square that is missing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swe_agent.repair.module import FunctionFacts, Module
from swe_agent.repair.nodes import ancestor, is_load, scope_of
from swe_agent.repair.templates.base import Change, Template, insert_after, replace_node

if TYPE_CHECKING:
    from tree_sitter import Node

MOST = 4
NUMBERS = frozenset(("binary_operator", "comparison_operator", "augmented_assignment", "unary_operator"))


def _propose(module: Module, node: Node) -> Iterator[Change]:
    if node.type == "binary_operator":
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is not None and right is not None:
            # Somebody wrote it for a reason, a literal perhaps for none.
            yield replace_node(node, module.text(right), 0.9 if left.type == "integer" else 1.5)
            yield replace_node(node, module.text(left), 0.9 if right.type == "integer" else 1.5)
        return
    parent, function = node.parent, scope_of(node)
    if parent is None or function is None or not is_load(node):
        return
    text = module.text(node)
    if parent.type in ("argument_list", "subscript", "return_statement", "slice"):
        facts = module.facts_of(function)
        counted = [name for name in reversed(facts.in_scope(node)) if name != text and _counts(facts, name)]
        for place, name in enumerate(counted[:MOST]):
            yield insert_after(node, f" - {name}", 0.3 + 0.1 * place)
            yield insert_after(node, f" + {name}", 0.4 + 0.1 * place)
    elif parent.type == "binary_operator" and ancestor(node, "comparison_operator", "return_statement"):
        yield insert_after(node, " ** 2", 0.5)


def _counts(facts: FunctionFacts, name: str) -> bool:
    """Whether the function does sums or comparisons with it, or got it from `len`."""
    return not NUMBERS.isdisjoint(facts.parents.get(name, ())) or name in facts.measured


TEMPLATE = Template(name="operand", nodes=frozenset(("binary_operator", "identifier")), cost=2.0, propose=_propose)
