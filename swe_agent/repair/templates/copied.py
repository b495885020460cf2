"""A container that somebody else goes on changing: a copy of it is kept or handed out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swe_agent.repair.module import Module
from swe_agent.repair.nodes import is_given, is_read, scope_of
from swe_agent.repair.templates.base import Change, Template, replace_node

if TYPE_CHECKING:
    from tree_sitter import Node

COPIES = (("{}.copy()", 0.0),)
DEEP = (("copy.copy({})", 0.1), ("copy.deepcopy({})", 0.1))
NAMED = (("copy({})", 0.1), ("deepcopy({})", 0.1))
VALUES = frozenset(("identifier", "attribute", "subscript"))


def _propose(module: Module, node: Node) -> Iterator[Change]:
    parent = node.parent
    if parent is None or not is_read(node) or not is_given(node) or scope_of(node) is None:
        return
    kept = parent.type in ("assignment", "return_statement")
    bound = module.ingredients.bound
    named = tuple(way for way in NAMED if way[0].partition("(")[0] in bound)
    deep = named if "deepcopy" in bound else DEEP if "copy" in bound else ()
    for way, cost in (*deep, *COPIES):
        yield replace_node(node, way.format(module.text(node)), cost + (0.0 if kept else 0.4))


TEMPLATE = Template(name="copy", nodes=VALUES, cost=2.1, propose=_propose)
