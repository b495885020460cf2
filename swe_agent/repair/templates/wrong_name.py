"""Another name that is in scope, another attribute of the same object."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher
from functools import lru_cache
from typing import TYPE_CHECKING

from swe_agent.repair.facts import FileFacts
from swe_agent.repair.module import Module
from swe_agent.repair.nodes import is_called, is_load, scope_of
from swe_agent.repair.templates.base import Change, Template, replace_node

if TYPE_CHECKING:
    from tree_sitter import Node

MOST = 6
REPEATED_BONUS = 0.3
"""Of two equal operands the second is what was copied and not changed."""
UNUSED_BONUS = 0.7
"""A parameter that its function never reads is what somebody forgot."""
HOLDERS = frozenset(("binary_operator", "comparison_operator", "argument_list"))


def _propose(module: Module, node: Node) -> Iterator[Change]:
    if node.type == "attribute":
        yield from _attribute(module, node)
    elif is_load(node) and not is_called(node):
        yield from _name(module, node)


def _name(module: Module, node: Node) -> Iterator[Change]:
    name = module.text(node)
    function = scope_of(node)
    if function is None or name in ("self", "cls", "super"):
        return
    facts = module.facts_of(function)
    others = facts.in_scope(node)
    if name.isupper():
        others = tuple(other for other in module.constants if other.isupper())
    kinds = facts.annotations
    costs = {}
    copied_bonus = repeated(module, node, HOLDERS)
    for other in others:
        if other == name:
            continue
        unlike = name in kinds and other in kinds and kinds[name] != kinds[other]
        bonus = UNUSED_BONUS if other in facts.unused_parameters else 0.0
        costs[other] = 0.6 * (1 - likeness(name, other)) + (0.8 if unlike else 0.0) - bonus - copied_bonus
    best = sorted(costs, key=lambda other: (costs[other], other))[:MOST]
    yield from (replace_node(node, other, costs[other]) for other in best)


def _attribute(module: Module, node: Node) -> Iterator[Change]:
    owner, attribute = node.child_by_field_name("object"), node.child_by_field_name("attribute")
    if owner is None or attribute is None or is_called(node):
        return
    name = module.text(attribute)
    copied_bonus = repeated(module, node, HOLDERS)
    others = module.siblings_of(module.text(owner), name, node)
    costs = {other: 0.6 * (1 - likeness(name, other)) - copied_bonus for other in others}
    best = sorted(costs, key=lambda other: (costs[other], other))[:MOST]
    yield from (replace_node(attribute, other, costs[other]) for other in best)


def repeated(facts: FileFacts, node: Node, holders: frozenset[str]) -> float:
    """The bonus of a node that says what one before it says, within these kinds of nodes."""
    parent = node.parent
    if parent is None or parent.type not in holders:
        return 0.0
    before = [facts.text(sibling) for sibling in parent.named_children if sibling.end_byte <= node.start_byte]
    return REPEATED_BONUS if facts.text(node) in before else 0.0


@lru_cache(maxsize=1 << 15)
def likeness(one: str, two: str) -> float:
    """0 to 1: how much two names share."""
    return SequenceMatcher(None, one, two, autojunk=False).ratio()


TEMPLATE = Template(
    name="wrong name",
    nodes=frozenset(("identifier", "attribute")),
    cost=1.7,
    propose=_propose,
    answers=frozenset(("NameError", "UnboundLocalError", "AttributeError")),
)
