"""Leaving a loop where only a turn was to be skipped, the reverse, and a case that falls through."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swe_agent.repair.script import Script
from swe_agent.repair.templates.base import Change, Template, insert_after, replace_node

if TYPE_CHECKING:
    from tree_sitter import Node

LEAVES = frozenset(("break_statement", "return_statement", "throw_statement", "continue_statement"))


def _propose(script: Script, node: Node) -> Iterator[Change]:
    if node.type in ("break_statement", "continue_statement"):
        word = "continue" if node.type == "break_statement" else "break"
        yield replace_node(node, f"{word}{';' if script.text(node).endswith(';') else ''}", 0.1)
        return
    statements = node.children_by_field_name("body")
    last = statements[-1] if statements else None
    is_last_case = node.next_named_sibling is None
    if last is not None and last.type not in LEAVES and not is_last_case:
        yield insert_after(last, f"{script.newline}{script.indent_of(last)}break{script.end}", -0.2)


TEMPLATE = Template(
    name="control",
    nodes=frozenset(("break_statement", "continue_statement", "switch_case", "switch_default")),
    cost=1.4,
    propose=_propose,
)
