"""A result that forgets what was there: the larger or smaller of both was meant, or nothing below none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swe_agent.repair.nodes import ancestor
from swe_agent.repair.script import LOOPS, Script
from swe_agent.repair.templates.base import Change, Template, replace_node

if TYPE_CHECKING:
    from tree_sitter import Node

COUNTED = frozenset(("binary_expression", "call_expression", "identifier", "subscript_expression", "member_expression"))


def _propose(script: Script, node: Node) -> Iterator[Change]:
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    if left is None or right is None or right.type not in COUNTED or left.type not in COUNTED:
        return
    target, value = script.text(left), script.text(right)
    if value.startswith(("Math.max(", "Math.min(")) or target.endswith((".exports", ".prototype")):
        return
    cost = 0.0 if ancestor(node, *LOOPS) is not None else 0.5
    for call, more in (("max", 0.0), ("min", 0.2)):
        yield replace_node(right, f"Math.{call}({target}, {value})", cost + more)
        yield replace_node(right, f"Math.{call}(0, {value})", cost + more + 0.3)


TEMPLATE = Template(name="extreme", nodes=frozenset(("assignment_expression",)), cost=1.9, propose=_propose)
