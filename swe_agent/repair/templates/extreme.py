"""A result that forgets what was there: the larger or smaller of both was meant, or nothing below none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swe_agent.repair.module import Module
from swe_agent.repair.templates.base import Change, Template, replace_node

if TYPE_CHECKING:
    from tree_sitter import Node

COUNTED = frozenset(("binary_operator", "call", "identifier", "subscript", "attribute"))


def _propose(module: Module, node: Node) -> Iterator[Change]:
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    if left is None or right is None or right.type not in COUNTED or left.type not in ("identifier", "subscript"):
        return
    target, value = module.text(left), module.text(right)
    if value.startswith(("max(", "min(")):
        return
    inside = node.parent is not None and node.parent.parent is not None and node.parent.parent.type == "block"
    for call, cost in (("max", 0.0), ("min", 0.2)):
        yield replace_node(right, f"{call}({target}, {value})", cost if inside else cost + 0.5)
        yield replace_node(right, f"{call}(0, {value})", cost + 0.3)


TEMPLATE = Template(name="extreme", nodes=frozenset(("assignment",)), cost=1.9, propose=_propose)
