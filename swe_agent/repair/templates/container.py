"""Another kind of container: a tuple for a list, a set, a generator for a comprehension."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swe_agent.repair.module import Module
from swe_agent.repair.templates.base import Change, Template, replace_node

if TYPE_CHECKING:
    from tree_sitter import Node

KINDS = {"list": ("[", "]"), "tuple": ("(", ")"), "set": ("{", "}")}
COMPREHENSIONS = {"list_comprehension": ("[", "]"), "generator_expression": ("(", ")"), "set_comprehension": ("{", "}")}


def _propose(module: Module, node: Node) -> Iterator[Change]:
    text = module.text(node)
    if node.type in COMPREHENSIONS:
        alone = node.type == "generator_expression" and node.parent is not None and node.parent.type == "call"
        others = [pair for kind, pair in COMPREHENSIONS.items() if kind != node.type]
        for place, (start, end) in enumerate(others):
            inner = f"{start}{text[1:-1]}{end}"
            yield replace_node(node, f"({inner})" if alone else inner, 0.2 + 0.1 * place)
        return
    if not node.named_children or text[:1] not in "([{":
        return
    several = len(node.named_children) > 1 or text[:-1].rstrip().endswith(",")
    for place, (kind, (start, end)) in enumerate(KINDS.items()):
        if kind != node.type:
            comma = "," if kind == "tuple" and not several else ""
            yield replace_node(node, f"{start}{text[1:-1]}{comma}{end}", 0.1 * place)


TEMPLATE = Template(
    name="container",
    nodes=frozenset((*KINDS, *COMPREHENSIONS)),
    cost=2.3,
    propose=_propose,
    answers=frozenset(("TypeError",)),
)
