"""A string that is almost one used elsewhere in the module."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swe_agent.repair.module import Module, is_docstring
from swe_agent.repair.templates.base import Change, Template, replace_node
from swe_agent.repair.templates.wrong_name import likeness

if TYPE_CHECKING:
    from tree_sitter import Node

MOST = 3
ALIKE = 0.6


def _propose(module: Module, node: Node) -> Iterator[Change]:
    if is_docstring(node):
        return
    text = module.text(node)
    others = [(likeness(text.lower(), other.lower()), other) for other in module.strings if other != text]
    near = sorted((-like, other) for like, other in others if like >= ALIKE)
    yield from (replace_node(node, other, 0.8 * (1 + like)) for like, other in near[:MOST])


TEMPLATE = Template(
    name="string", nodes=frozenset(("string_content",)), cost=1.3, propose=_propose, answers=frozenset(("KeyError",))
)
