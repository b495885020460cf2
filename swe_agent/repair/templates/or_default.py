"""Nothing where something empty was meant: `x or {}` for `x`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swe_agent.repair.module import Module
from swe_agent.repair.nodes import is_given, is_read, scope_of
from swe_agent.repair.templates.base import Change, Template, insert_after, replace_node

if TYPE_CHECKING:
    from tree_sitter import Node

EMPTY = ("{}", "[]", '""', "()", "0")
VALUES = frozenset(("identifier", "attribute", "call", "subscript"))


def _propose(module: Module, node: Node) -> Iterator[Change]:
    if scope_of(node) is None or not is_read(node):
        return
    parent = node.parent
    if is_given(node):
        yield from (insert_after(node, f" or {value}", 0.1 * place) for place, value in enumerate(EMPTY))
    elif parent is not None and parent.type in ("attribute", "comparison_operator", "subscript"):
        more = 0.4 if parent.type == "attribute" else 0.7
        texts = (f"({module.text(node)} or {value})" for value in EMPTY[:3])
        yield from (replace_node(node, text, more + 0.1 * place) for place, text in enumerate(texts))


TEMPLATE = Template(
    name="or default",
    nodes=VALUES,
    cost=2.3,
    propose=_propose,
    answers=frozenset(("TypeError", "AttributeError")),
)
