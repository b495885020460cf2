"""A name that nothing defines: one that is defined and much like it, or an attribute of the object at hand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swe_agent.repair.ingredients import BUILTINS
from swe_agent.repair.module import Module
from swe_agent.repair.nodes import ancestor, is_load
from swe_agent.repair.templates.base import Change, Template, insert_before, replace_node
from swe_agent.repair.templates.wrong_name import likeness

if TYPE_CHECKING:
    from tree_sitter import Node

MOST, ALIKE = 5, 0.5


def _propose(module: Module, node: Node) -> Iterator[Change]:
    name = module.text(node)
    if not is_load(node) or not module.ingredients.is_unknown(name):
        return
    own = (*module.attributes.get("self", ()), *module.ingredients.methods)
    if name in own and ancestor(node, "class_definition") is not None:
        yield insert_before(node, "self.", -0.6)
    known = (*sorted(module.ingredients.bound), *sorted(BUILTINS))
    likes = ((likeness(name, other), other) for other in dict.fromkeys(known) if abs(len(other) - len(name)) < 8)
    near = sorted((-like, other) for like, other in likes if like >= ALIKE)
    yield from (replace_node(node, other, 1 + like) for like, other in near[:MOST])


TEMPLATE = Template(
    name="unknown name",
    nodes=frozenset(("identifier",)),
    cost=0.8,
    propose=_propose,
    answers=frozenset(("NameError", "UnboundLocalError")),
)
