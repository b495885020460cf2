"""A value that has to go through a function first: one that the function or the module uses so, or a builtin type."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swe_agent.repair.module import Module
from swe_agent.repair.nodes import is_given, is_load, scope_of
from swe_agent.repair.templates.base import Change, Template, replace_node

if TYPE_CHECKING:
    from tree_sitter import Node

VALUES = frozenset(("identifier", "attribute", "subscript", "call"))
BUILTIN = ("str", "list", "int", "set", "sorted", "tuple", "dict", "repr", "bool")
MOST = 3


def _propose(module: Module, node: Node) -> Iterator[Change]:
    parent, function = node.parent, scope_of(node)
    joined = parent is not None and parent.type in ("binary_operator", "comparison_operator")
    if parent is None or function is None or not (is_given(node) or joined):
        return
    if node.type == "identifier" and not is_load(node):
        return
    text = module.text(node)
    around = _name(module, parent.parent) if parent.type == "argument_list" and parent.parent is not None else ""
    mine = _name(module, node)
    more = 0.3 if joined else 0.0
    wrappers = [name for name in module.facts_of(function).wrappers if name not in BUILTIN]
    for place, wrapper in enumerate([*wrappers[:MOST], *BUILTIN]):
        if wrapper not in (around, mine):
            yield replace_node(node, f"{wrapper}({text})", 0.1 * place + more)


def _name(module: Module, call: Node) -> str:
    function = call.child_by_field_name("function")
    return module.text(function) if function is not None else ""


TEMPLATE = Template(
    name="wrapped", nodes=VALUES, cost=2.0, propose=_propose, answers=frozenset(("TypeError", "AttributeError"))
)
