"""A thing for a part of it, and the reverse: `x.a` for `x` where the module reads that, `x` for `x.a`, `self.x` for
`x`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swe_agent.repair.module import Module
from swe_agent.repair.nodes import is_read, scope_of
from swe_agent.repair.templates.base import Change, Template, insert_after, insert_before, replace_node

if TYPE_CHECKING:
    from tree_sitter import Node

MOST = 3


def _propose(module: Module, node: Node) -> Iterator[Change]:
    if not is_read(node) or scope_of(node) is None:
        return
    text = module.text(node)
    if node.type == "attribute":
        owner = node.child_by_field_name("object")
        if owner is not None and module.text(owner) not in ("self", "cls"):
            yield replace_node(node, module.text(owner), 0.6)
        elif text.startswith("self.") and text[5:] in module.facts_of(scope_of(node) or node).in_scope(node):
            yield replace_node(node, text[5:], 0.2)
    elif text in module.attributes.get("self", ()) and "self" in module.attributes:
        yield insert_before(node, "self.", 0.1)
    parent = node.parent
    followed = parent is not None and parent.type == "attribute"
    for place, name in enumerate(module.attributes.get(text, ())[:MOST] if text not in ("self", "cls") else ()):
        yield insert_after(node, f".{name}", 0.1 * place + (0.5 if followed else 0.0))


TEMPLATE = Template(
    name="member",
    nodes=frozenset(("identifier", "attribute")),
    cost=2.0,
    propose=_propose,
    answers=frozenset(("AttributeError", "TypeError", "NameError")),
)
