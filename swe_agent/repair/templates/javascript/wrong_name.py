"""Another name that is in scope, another property of the same object."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swe_agent.repair.script import Script, is_called, is_load, scope_of
from swe_agent.repair.templates.base import Change, Template, replace_node
from swe_agent.repair.templates.javascript.base import LOOKED_INTO
from swe_agent.repair.templates.wrong_name import MOST, UNUSED_BONUS, likeness, repeated

if TYPE_CHECKING:
    from tree_sitter import Node

HOLDERS = frozenset(("binary_expression", "arguments"))


def _propose(script: Script, node: Node) -> Iterator[Change]:
    if node.type == "member_expression":
        yield from _property(script, node)
    elif is_load(node) and not is_called(node):
        yield from _name(script, node)


def _name(script: Script, node: Node) -> Iterator[Change]:
    name, function = script.text(node), scope_of(node)
    if function is None:
        return
    others = script.constants if name.isupper() and len(name) > 1 else script.in_scope(node)
    unused = script.facts_of(function).unused_parameters
    copied_bonus = repeated(script, node, HOLDERS)
    costs = {
        other: 0.6 * (1 - likeness(name, other)) - (UNUSED_BONUS if other in unused else 0.0) - copied_bonus
        for other in others
        if other != name
    }
    best = sorted(costs, key=lambda other: (costs[other], other))[:MOST]
    # `{ name }` names what it holds too.
    before = f"{name}: " if node.type == "shorthand_property_identifier" else ""
    yield from (replace_node(node, before + other, costs[other]) for other in best)


def _property(script: Script, node: Node) -> Iterator[Change]:
    owner, named = node.child_by_field_name("object"), node.child_by_field_name("property")
    if owner is None or named is None or is_called(node):
        return
    name = script.text(named)
    copied_bonus = repeated(script, node, HOLDERS)
    seen = dict.fromkeys(script.members.get(script.text(owner), ()), 0.0)
    # What other objects have is less likely.
    beside = {other: 0.5 for other in script.members[""] if other not in seen and likeness(name, other) > 0.4}
    costs = {
        other: 0.6 * (1 - likeness(name, other)) - copied_bonus + more
        for other, more in (seen | beside).items()
        if other != name
    }
    best = sorted(costs, key=lambda other: (costs[other], other))[:MOST]
    yield from (replace_node(named, other, costs[other]) for other in best)


TEMPLATE = Template(
    name="wrong name",
    nodes=frozenset(("identifier", "shorthand_property_identifier", "member_expression")),
    cost=1.7,
    propose=_propose,
    answers=LOOKED_INTO,
)
