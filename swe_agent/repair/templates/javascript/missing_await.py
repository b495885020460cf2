"""A promise taken for its value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swe_agent.repair.script import Script, scope_of
from swe_agent.repair.templates.base import Change, Template, insert_before, replace_node
from swe_agent.repair.templates.javascript.base import LOOKED_INTO

if TYPE_CHECKING:
    from tree_sitter import Node

LOOKED = frozenset(("member_expression", "subscript_expression", "call_expression"))


def _propose(script: Script, node: Node) -> Iterator[Change]:
    function, parent = scope_of(node), node.parent
    if function is None or parent is None:
        return
    if node.type == "await_expression":
        if node.named_children:
            yield replace_node(node, script.text(node.named_children[0]), 0.8)
    elif parent.type != "await_expression" and any(child.type == "async" for child in function.children):
        looked = parent.type in LOOKED and parent.named_children[0] == node
        if looked:
            yield replace_node(node, f"(await {script.text(node)})", 0.2)
        else:
            yield insert_before(node, "await ", 0.0)
    elif node.type == "call_expression" and parent.type == "return_statement":
        return


TEMPLATE = Template(
    name="missing await",
    nodes=frozenset(("call_expression", "await_expression", "new_expression")),
    cost=1.4,
    propose=_propose,
    answers=LOOKED_INTO,
)
