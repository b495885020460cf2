"""A loop over nothing, where something was meant: what its variables are named after, what nobody reads, what is in
scope.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swe_agent.repair.ingredients import BUILTINS
from swe_agent.repair.module import Module
from swe_agent.repair.nodes import scope_of
from swe_agent.repair.templates.base import Change, Template, replace_node
from swe_agent.repair.templates.wrong_name import likeness

if TYPE_CHECKING:
    from tree_sitter import Node

MOST, LONGEST = 30, 70
EMPTY = frozenset(("[]", "()", "{}", '""', "''"))
PLACED, UNREAD, UNLIKE = 0.03, 0.5, 0.8


def _propose(module: Module, node: Node) -> Iterator[Change]:
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    if left is None or right is None or module.text(right) not in EMPTY:
        return
    names = [module.text(child) for child in left.named_children] or [module.text(left)]
    costs = dict(_single(module, node, names[-1]))
    if len(names) > 1:
        costs = {pairs: cost for text, cost in costs.items() for pairs, cost in _pairs(text, cost)}
    costs.update(_as_written(module, node))
    best = sorted(costs, key=lambda text: (costs[text], text))[:MOST]
    yield from (replace_node(right, text, costs[text]) for text in best)


def _single(module: Module, node: Node, variable: str) -> Iterator[tuple[str, float]]:
    """Names and attributes that may hold many, by how much they are the variable's plural."""
    scope = scope_of(node)
    facts = module.facts_of(scope) if scope is not None else None
    local = facts.in_scope(node) if facts is not None else ()
    paths = facts.uncalled.get("attribute", ()) if facts is not None else ()
    own = [f"self.{name}" for name in module.attributes.get("self", ())] if "self" in module.text(scope or node) else []
    top = [name for name in module.ingredients.globals if name not in BUILTINS]
    seen: set[str] = set()
    for place, text in enumerate((*reversed(local), *paths, *own, *top)):
        if text not in seen and len(text) <= LONGEST:
            seen.add(text)
            unread = UNREAD if facts is not None and text in local and not facts.uses[text] else 0.0
            like = likeness(f"{variable}s", text.rsplit(".", 1)[-1].lower().strip("_"))
            yield text, UNLIKE * (1 - like) + PLACED * min(place, 10) - unread


def _pairs(text: str, cost: float) -> Iterator[tuple[str, float]]:
    yield text, cost
    yield f"{text}.items()", cost + 0.05
    yield f"enumerate({text})", cost + 0.1


def _as_written(module: Module, node: Node) -> Iterator[tuple[str, float]]:
    """Calls, subscripts and sources of other loops of the same function."""
    scope = scope_of(node)
    if scope is None:
        return
    facts = module.facts_of(scope)
    sources = [below.child_by_field_name("right") for below in facts.nodes if below.type.startswith("for_")]
    texts = [module.text(source) for source in sources if source is not None]
    calls = (*facts.uncalled.get("subscript", ()), *facts.uncalled.get("call", ()))
    for place, text in enumerate(dict.fromkeys((*texts, *calls))):
        if text not in EMPTY and len(text) <= LONGEST and "\n" not in text:
            yield text, 0.5 + PLACED * place


TEMPLATE = Template(name="empty loop", nodes=frozenset(("for_statement", "for_in_clause")), cost=0.9, propose=_propose)
