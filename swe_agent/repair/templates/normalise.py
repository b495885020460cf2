"""Text compared as it came, a list handed out as it is, a sign that does not matter, a call too many."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swe_agent.repair.module import Module
from swe_agent.repair.nodes import is_called, scope_of
from swe_agent.repair.templates.base import Change, Template, insert_after, replace_node

if TYPE_CHECKING:
    from tree_sitter import Node

SEEN = 1.0
TEXT_CALLS = (".lower()", ".strip()", ".upper()")
VALUES = frozenset(("identifier", "attribute", "call", "subscript"))


def _propose(module: Module, node: Node) -> Iterator[Change]:
    if node.type == "return_statement":
        yield from _returned(module, node)
        return
    if node.type == "call":
        yield from _unwrapped(module, node)
        return
    function = scope_of(node)
    calls = module.facts_of(function).texts.get("call", ()) if function is not None else ()
    for value in node.named_children:
        text = module.text(value)
        if value.type in VALUES and not is_called(value) and not text.endswith(TEXT_CALLS):
            for place, call in enumerate(TEXT_CALLS):
                # Likelier where the function does just that elsewhere.
                yield insert_after(value, call, 0.2 * place - (SEEN if f"{text}{call}" in calls else 0))


def _unwrapped(module: Module, node: Node) -> Iterator[Change]:
    """`f(x)` as `x`: a call too many."""
    arguments = node.child_by_field_name("arguments")
    given = arguments.named_children if arguments is not None and arguments.type == "argument_list" else []
    if len(given) == 1 and given[0].type in VALUES:
        yield replace_node(node, module.text(given[0]), 0.2)


def _returned(module: Module, node: Node) -> Iterator[Change]:
    value = node.named_children[0] if node.named_children else None
    if value is None:
        return
    text = module.text(value)
    if value.type in ("binary_operator", "call"):
        yield replace_node(value, f"abs({text})", 0.5)
        yield replace_node(value, f"round({text}, 2)", 0.6)


TEMPLATE = Template(
    name="normalise",
    nodes=frozenset(("comparison_operator", "return_statement", "call")),
    cost=2.0,
    propose=_propose,
)
