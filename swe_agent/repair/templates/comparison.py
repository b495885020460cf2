"""`<` where `<=` was meant, and its kin."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swe_agent.repair.module import Module
from swe_agent.repair.operators import change, compared
from swe_agent.repair.templates.base import Change, Template, replace_node

if TYPE_CHECKING:
    from tree_sitter import Node

INSTEAD: dict[str, tuple[tuple[str, float], ...]] = {
    "<": (("<=", 0.0), (">", 0.6), (">=", 0.7), ("!=", 1.0)),
    "<=": (("<", 0.0), (">=", 0.6), (">", 0.7), ("==", 1.0)),
    ">": ((">=", 0.0), ("<", 0.6), ("<=", 0.7), ("!=", 1.0)),
    ">=": ((">", 0.0), ("<=", 0.6), ("<", 0.7), ("==", 1.0)),
    "==": (("!=", 0.3), (">=", 0.6), ("<=", 0.6), ("in", 1.2)),
    "!=": (("==", 0.3), ("<", 0.8), (">", 0.8)),
    "in": (("not in", 0.3), ("==", 1.2)),
    "not in": (("in", 0.3),),
    "is": (("is not", 0.3), ("==", 0.4)),
    "is not": (("is", 0.3), ("!=", 0.4)),
}


def _propose(module: Module, node: Node) -> Iterator[Change]:
    for operator, left, right in compared(node):
        now = " ".join(module.text(operator).split())
        for text, cost in INSTEAD.get(now, ()):
            yield replace_node(operator, text, cost + change(module, now, text, left, right))
    text = module.text(node)
    if text.startswith("len(") and text.endswith(") == 0"):
        # The trivial case of a recursion is often one element as well as none.
        yield replace_node(node, text.removesuffix("== 0") + "<= 1", 0.5)


TEMPLATE = Template(name="comparison", nodes=frozenset(("comparison_operator",)), cost=1.0, propose=_propose)
