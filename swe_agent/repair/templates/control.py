"""Leaving a loop where only a turn was to be skipped, and the reverse."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swe_agent.repair.module import Module
from swe_agent.repair.templates.base import Change, Template, replace_node

if TYPE_CHECKING:
    from tree_sitter import Node


def _propose(module: Module, node: Node) -> Iterator[Change]:
    yield replace_node(node, "continue" if node.type == "break_statement" else "break")


TEMPLATE = Template(
    name="control", nodes=frozenset(("break_statement", "continue_statement")), cost=1.4, propose=_propose
)
