"""What a loop goes through, put right: a copy, in order, its items, numbered, backwards, or none where there is
nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swe_agent.repair.module import Module
from swe_agent.repair.templates.base import Change, Template, insert_after, replace_node

if TYPE_CHECKING:
    from tree_sitter import Node

CALLS = (("list", 0.0), ("sorted", 0.1), ("enumerate", 0.4), ("reversed", 0.4), ("set", 0.5))
STEPS = ((".items()", 0.1), (".values()", 0.3), (".keys()", 0.5))


def _propose(module: Module, node: Node) -> Iterator[Change]:
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    if left is None or right is None or right.type not in ("identifier", "attribute", "call", "subscript"):
        return
    text = module.text(right)
    for name, cost in CALLS:
        if not text.startswith(f"{name}("):
            yield replace_node(right, f"{name}({text})", cost)
    for step, cost in STEPS:
        if not text.endswith(step):
            yield insert_after(right, step, cost)
    yield insert_after(right, " or ()", 0.6)


TEMPLATE = Template(
    name="iterated",
    nodes=frozenset(("for_statement", "for_in_clause")),
    cost=2.0,
    propose=_propose,
    answers=frozenset(("RuntimeError", "TypeError", "ValueError")),
)
