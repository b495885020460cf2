"""A call that nobody waits for, and one that was waited for in vain."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swe_agent.repair.module import Module
from swe_agent.repair.nodes import scope_of
from swe_agent.repair.templates.base import Change, Template, insert_before, replace_node

if TYPE_CHECKING:
    from tree_sitter import Node

HOLDERS = frozenset(("assignment", "return_statement", "expression_statement", "argument_list", "for_statement"))


def _propose(module: Module, node: Node) -> Iterator[Change]:
    if node.type == "await":
        yield replace_node(node, module.text(node).removeprefix("await").lstrip(), 0.4)
        return
    function, parent = scope_of(node), node.parent
    if function is None or parent is None or not any(child.type == "async" for child in function.children):
        return
    if parent.type in HOLDERS:
        yield insert_before(node, "await ")
    elif parent.type != "await":
        yield replace_node(node, f"(await {module.text(node)})", 0.3)


TEMPLATE = Template(
    name="await",
    nodes=frozenset(("call", "await")),
    cost=1.8,
    propose=_propose,
    answers=frozenset(("TypeError", "AttributeError")),
)
