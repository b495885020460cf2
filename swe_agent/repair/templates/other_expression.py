"""An expression that stands where another of the same function belongs: one of its kind, or a name for a call.

The ingredients of the same function, the likest first, as in CapGen (Wen et al., "Context-Aware Patch Generation for
Better Automated Program Repair", ICSE 2018).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swe_agent.repair.module import Module
from swe_agent.repair.nodes import is_called, scope_of
from swe_agent.repair.templates.base import Change, Template, replace_node
from swe_agent.repair.templates.wrong_name import likeness

if TYPE_CHECKING:
    from tree_sitter import Node

MOST, LONGEST = 5, 60
KINDS = frozenset(("subscript", "call", "attribute"))
REBINDS = (".update(", ".extend(", ".union_update(")


def _propose(module: Module, node: Node) -> Iterator[Change]:
    function = scope_of(node)
    if function is None:
        return
    if node.type == "expression_statement":
        yield from _rebound(module, node)
        return
    if is_called(node):
        return
    text = module.text(node)
    facts = module.facts_of(function)
    others = [one for one in facts.uncalled[node.type] if one != text and len(one) <= LONGEST and "\n" not in one]
    like = sorted((-likeness(text, other), other) for other in others)
    yield from (replace_node(node, other, 0.7 * (1 + score)) for score, other in like[:MOST])
    if node.type == "call" and node.parent is not None and node.parent.type in ("binary_operator", "argument_list"):
        names = list(reversed(facts.in_scope(node)))[: 2 * MOST]
        yield from (replace_node(node, name, 0.4 + 0.05 * place) for place, name in enumerate(names))


def _rebound(module: Module, node: Node) -> Iterator[Change]:
    """`a.update(b)` as `a = b`: the one thing for the other instead of more in it."""
    call = node.named_children[0] if node.named_children else None
    if call is None or call.type != "call":
        return
    text = module.text(call)
    for method in REBINDS:
        owner, found, given = text.partition(method)
        if found and given.endswith(")"):
            yield replace_node(call, f"{owner} = {given[:-1]}", 0.3)


TEMPLATE = Template(
    name="other expression", nodes=KINDS | frozenset(("expression_statement",)), cost=2.0, propose=_propose
)
