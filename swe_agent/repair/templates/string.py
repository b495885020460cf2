"""A string that is almost one used elsewhere in the module."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swe_agent.repair.module import Module
from swe_agent.repair.nodes import is_docstring
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
    low = text.lower()
    others = [(other.lower(), other) for other in module.strings if other != text]
    likes = [(likeness(low, lower), other) for lower, other in others if _may_be_alike(low, lower)]
    near = sorted((-like, other) for like, other in likes if like >= ALIKE)
    yield from (replace_node(node, other, 0.8 * (1 + like)) for like, other in near[:MOST])


def _may_be_alike(one: str, two: str) -> bool:
    """Two texts share no more than the shorter has: most pairs are told apart by their lengths, in no time."""
    return 2 * min(len(one), len(two)) >= ALIKE * (len(one) + len(two))


TEMPLATE = Template(
    name="string", nodes=frozenset(("string_content",)), cost=1.3, propose=_propose, answers=frozenset(("KeyError",))
)
