"""A method that overrides one and never calls it: what the class was made from is not set up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swe_agent.repair.module import Module
from swe_agent.repair.nodes import ancestor, starts_line
from swe_agent.repair.templates.base import Change, Template, insert_after, insert_before

if TYPE_CHECKING:
    from tree_sitter import Node


def _propose(module: Module, node: Node) -> Iterator[Change]:
    around = ancestor(node, "class_definition", "function_definition")
    name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
    if around is None or around.type != "class_definition" or name is None or body is None:
        return
    if around.child_by_field_name("superclasses") is None or "super(" in module.text(body):
        return
    statements = [child for child in body.named_children if child.type != "comment"]
    if not statements or not starts_line(statements[0], indent := module.indent_of(statements[0])):
        return
    known = module.text(name) in ("__init__", "setUp", "__setstate__", "clean", "save", "close")
    given = ", ".join(module.facts_of(node).parameters)
    for arguments, cost in (("", 0.0), (given, 0.1)) if given else (("", 0.0),):
        call = f"super().{module.text(name)}({arguments})"
        yield insert_before(statements[0], f"{call}{module.newline}{indent}", cost + (0.0 if known else 0.8))
        if known:
            yield insert_after(statements[-1], f"{module.newline}{indent}{call}", cost + 0.4)


TEMPLATE = Template(
    name="super call",
    nodes=frozenset(("function_definition",)),
    cost=2.0,
    propose=_propose,
    answers=frozenset(("AttributeError",)),
)
