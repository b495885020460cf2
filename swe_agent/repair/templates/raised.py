"""Another exception to be raised: one that the module raises or catches elsewhere, or a usual one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swe_agent.repair.module import Module
from swe_agent.repair.templates.base import Change, Template, replace_node

if TYPE_CHECKING:
    from tree_sitter import Node

USUAL = ("ValueError", "TypeError", "KeyError", "AttributeError", "IndexError", "RuntimeError", "NotImplementedError")
MOST = 5


def _propose(module: Module, node: Node) -> Iterator[Change]:
    raised = node.named_children[0] if node.named_children else None
    kind = raised.child_by_field_name("function") if raised is not None and raised.type == "call" else raised
    if kind is None or kind.type not in ("identifier", "attribute") or not module.text(kind)[:1].isupper():
        return
    others = dict.fromkeys((*module.ingredients.exceptions[: 2 * MOST], *USUAL))
    offered = [name for name in others if name != module.text(kind)]
    yield from (replace_node(kind, name, 0.1 * place) for place, name in enumerate(offered[: 2 * MOST]))


TEMPLATE = Template(
    name="raised", nodes=frozenset(("raise_statement",)), cost=2.0, propose=_propose, answers=frozenset(USUAL)
)
