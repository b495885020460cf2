"""The whole of a sequence where a part was meant: the rest of it, all but the last, what comes before or after a place
that the function knows."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from swe_agent.repair.module import FunctionFacts, Module
from swe_agent.repair.nodes import is_load, scope_of
from swe_agent.repair.templates.base import Change, Template, insert_after

if TYPE_CHECKING:
    from tree_sitter import Node

MOST_PLACES = 3
COUNTING = frozenset(("binary_operator", "comparison_operator", "subscript", "slice", "augmented_assignment"))


def _propose(module: Module, node: Node) -> Iterator[Change]:
    parent, function = node.parent, scope_of(node)
    if parent is None or function is None or not is_load(node):
        return
    runs = parent.type in ("for_statement", "for_in_clause") and parent.child_by_field_name("right") == node
    if not runs and parent.type not in ("argument_list", "return_statement"):
        return
    name = module.text(node)
    facts = module.facts_of(function)
    is_cut = any(f"{name}[" in text for text in facts.texts.get("subscript", ()))
    cost = 0.0 if is_cut or runs else 0.5
    yield insert_after(node, "[1:]", cost)
    yield insert_after(node, "[:-1]", cost + 0.3)
    for place, other in enumerate(_places(module, facts, node)):
        yield insert_after(node, f"[{other}:]", cost + 0.2 + 0.1 * place)
        yield insert_after(node, f"[:{other}]", cost + 0.3 + 0.1 * place)


def _places(module: Module, facts: FunctionFacts, node: Node) -> list[str]:
    """Names in scope that the function counts with."""
    others = [name for name in facts.in_scope(node) if name != module.text(node)]
    counted = (name for name in others if not COUNTING.isdisjoint(facts.parents.get(name, ())) or name in facts.last)
    return list(islice(counted, MOST_PLACES))


TEMPLATE = Template(
    name="part", nodes=frozenset(("identifier",)), cost=1.9, propose=_propose, answers=frozenset(("RecursionError",))
)
