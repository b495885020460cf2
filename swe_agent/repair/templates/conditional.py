"""A statement that should only run where something is there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swe_agent.repair.module import Module
from swe_agent.repair.nodes import scope_of, starts_line
from swe_agent.repair.templates.base import Change, Template, replace_node
from swe_agent.repair.templates.guard import doubtful

if TYPE_CHECKING:
    from tree_sitter import Node

MOST = 2


def _propose(module: Module, node: Node) -> Iterator[Change]:
    indent, newline = module.indent_of(node), module.newline
    if scope_of(node) is None or not starts_line(node, indent):
        return
    step = "\t" if indent.startswith("\t") else "    "
    inner = module.text(node).replace(newline, newline + step)
    for place, name in enumerate(doubtful(module, node)[:MOST]):
        for condition, cost in ((name, 0.0), (f"{name} is not None", 0.1)):
            yield replace_node(node, f"if {condition}:{newline}{indent}{step}{inner}", cost + 0.2 * place)


TEMPLATE = Template(
    name="conditional",
    nodes=frozenset(("expression_statement",)),
    cost=2.3,
    propose=_propose,
    answers=frozenset(("AttributeError", "TypeError", "KeyError", "IndexError")),
)
