"""`<` where `<=` was meant, `==` where `===` was, and their kin."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swe_agent.repair.script import Script
from swe_agent.repair.templates.base import Change, Template, replace_node

if TYPE_CHECKING:
    from tree_sitter import Node

INSTEAD: dict[str, tuple[tuple[str, float], ...]] = {
    "<": (("<=", 0.0), (">", 0.6), (">=", 0.7), ("!==", 1.0)),
    "<=": (("<", 0.0), (">=", 0.6), (">", 0.7), ("===", 1.0)),
    ">": ((">=", 0.0), ("<", 0.6), ("<=", 0.7), ("!==", 1.0)),
    ">=": ((">", 0.0), ("<=", 0.6), ("<", 0.7), ("===", 1.0)),
    "===": (("!==", 0.3), ("==", 0.6), (">=", 0.7), ("<=", 0.7)),
    "!==": (("===", 0.3), ("!=", 0.6), ("<", 0.9), (">", 0.9)),
    "==": (("===", 0.1), ("!=", 0.3), (">=", 0.7), ("<=", 0.7)),
    "!=": (("!==", 0.1), ("==", 0.3)),
    "in": (("instanceof", 1.2),),
    "instanceof": (("===", 1.2),),
}


def _propose(script: Script, node: Node) -> Iterator[Change]:
    operator = node.child_by_field_name("operator")
    if operator is not None:
        for text, cost in INSTEAD.get(script.text(operator), ()):
            yield replace_node(operator, text, cost)


TEMPLATE = Template(name="comparison", nodes=frozenset(("binary_expression",)), cost=1.0, propose=_propose)
