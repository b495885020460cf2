"""A value that lacks a last step: a method that takes nothing, as the module calls it elsewhere, or a usual one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swe_agent.repair.module import Module
from swe_agent.repair.nodes import is_given, is_read
from swe_agent.repair.templates.base import Change, Template, insert_after

if TYPE_CHECKING:
    from tree_sitter import Node

USUAL = ("copy", "strip", "lower", "items", "rstrip", "keys", "values", "upper")
VALUES = frozenset(("identifier", "attribute", "call", "subscript"))
MOST = 4


def _propose(module: Module, node: Node) -> Iterator[Change]:
    if not is_read(node) or not (is_given(node) or node.parent is None or node.parent.type in HOLDERS):
        return
    seen = module.ingredients.bare_methods[: 2 * MOST]
    text = module.text(node)
    names = [name for name in dict.fromkeys((*seen[:MOST], *USUAL)) if not text.endswith(f".{name}()")]
    yield from (insert_after(node, f".{name}()", 0.1 * place) for place, name in enumerate(names))


HOLDERS = frozenset(("for_statement", "for_in_clause", "comparison_operator", "binary_operator"))
TEMPLATE = Template(
    name="method", nodes=VALUES, cost=2.2, propose=_propose, answers=frozenset(("TypeError", "AttributeError"))
)
