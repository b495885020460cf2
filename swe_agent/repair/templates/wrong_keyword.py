"""A keyword of another name: what the function takes, or other calls of it give."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swe_agent.repair.module import Module
from swe_agent.repair.nodes import ancestor, callee_of, given_to
from swe_agent.repair.templates.base import Change, Template, replace_node
from swe_agent.repair.templates.wrong_name import likeness

if TYPE_CHECKING:
    from tree_sitter import Node

MOST = 4


def _propose(module: Module, node: Node) -> Iterator[Change]:
    name, call = node.child_by_field_name("name"), ancestor(node, "call", "class_definition")
    if name is None or call is None or call.type != "call":
        return
    callee = callee_of(module.parsed, call)
    given = [child.child_by_field_name("name") for child in given_to(call) if child.type == "keyword_argument"]
    has = {module.text(child) for child in given if child is not None}
    others = [text.split("=", 1)[0].strip() for text in module.ingredients.keywords.get(callee, ())]
    known = dict.fromkeys((*module.around.functions.get(callee, ()), *others))
    fresh = sorted((-likeness(module.text(name), other), other) for other in known if other not in has)
    yield from (replace_node(name, other, 0.6 * (1 + like)) for like, other in fresh[:MOST])


TEMPLATE = Template(
    name="wrong keyword",
    nodes=frozenset(("keyword_argument",)),
    cost=1.7,
    propose=_propose,
    answers=frozenset(("TypeError",)),
)
