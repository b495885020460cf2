"""Another function or method that the module knows, or another class: those with the likest names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swe_agent.repair.module import Module
from swe_agent.repair.nodes import is_called, is_load, is_read
from swe_agent.repair.templates.base import Change, Template, replace_node
from swe_agent.repair.templates.wrong_name import likeness

if TYPE_CHECKING:
    from tree_sitter import Node

MOST, ALIKE = 3, 0.4


def _propose(module: Module, node: Node) -> Iterator[Change]:
    known = module.ingredients
    if node.type == "attribute":
        name = node.child_by_field_name("attribute")
        if name is not None and is_called(node):
            yield from _likest(name, module.text(name), known.methods)
        elif name is not None and is_read(node):
            yield from _likest(name, module.text(name), known.attributes, 0.5)
        return
    text = module.text(node)
    if is_called(node):
        yield from _likest(node, text, known.functions)
    elif is_load(node) and text[:1].isupper() and not text.isupper():
        yield from _likest(node, text, [name for name in known.functions if name[:1].isupper()])


def _likest(node: Node, text: str, others: list[str] | tuple[str, ...], more: float = 0.0) -> Iterator[Change]:
    likes = ((likeness(text, other), other) for other in others if other != text)
    near = sorted((-like, other) for like, other in likes if like >= ALIKE + more / 5)
    yield from (replace_node(node, other, 0.8 * (1 + like) + more) for like, other in near[:MOST])


TEMPLATE = Template(
    name="wrong callee",
    nodes=frozenset(("identifier", "attribute")),
    cost=1.7,
    propose=_propose,
    answers=frozenset(("NameError", "AttributeError", "TypeError")),
)
