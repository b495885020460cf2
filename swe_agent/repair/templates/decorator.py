"""A decorator that is missing: what the parameters ask for, then those that the module uses elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swe_agent.repair.ingredients import kind_of
from swe_agent.repair.module import Module
from swe_agent.repair.nodes import scope_of, starts_line
from swe_agent.repair.templates.base import Change, Template, insert_before
from swe_agent.syntax.parse import walk

if TYPE_CHECKING:
    from tree_sitter import Node

OWN = ("@property", "@staticmethod", "@classmethod", "@abstractmethod")
MOST, LONGEST = 6, 60


def _propose(module: Module, node: Node) -> Iterator[Change]:
    name, parent = node.child_by_field_name("name"), node.parent
    if name is None or parent is None:
        return
    has = set()
    outer = node
    if parent.type == "decorated_definition":
        outer = parent
        has = {module.text(child) for child in parent.named_children if child.type == "decorator"}
    indent = module.indent_of(outer)
    if not starts_line(outer, indent):
        return
    offered = dict(_fitting(module, node, module.text(name)))
    for place, text in enumerate(module.ingredients.decorators(kind_of(node))[:MOST]):
        offered.setdefault(text, 0.5 + 0.1 * place)
    for text, cost in offered.items():
        if text not in has and len(text) <= LONGEST and "\n" not in text:
            line = f"{text}{module.newline}{indent}"
            yield insert_before(outer, line, cost)
            if outer != node:
                yield insert_before(node, line, cost + 0.2)


def _fitting(module: Module, node: Node, name: str) -> Iterator[tuple[str, float]]:
    """By kind, and by what the first parameter is called."""
    kind = kind_of(node)
    given = node.child_by_field_name("parameters")
    names = [module.text(child) for child in given.named_children] if given is not None else []
    if kind == "method":
        first, among = names[0] if names else "", set(module.ingredients.decorators("method"))
        if first in ("cls", "mcs"):
            yield "@classmethod", -0.6
        elif first != "self":
            yield "@staticmethod", -0.6
        elif len(names) == 1 and not name.startswith("__"):
            yield "@property", -0.2
        elif len(names) == 2 and "@property" in among:
            yield f"@{name}.setter", 0.0
        yield from ((text, 0.8) for text in OWN if text in among)
    elif kind == "function" and (around := scope_of(node)) is not None:
        wraps = "functools.wraps" if "functools" in module.ingredients.bound else "wraps"
        if wraps == "functools.wraps" or "wraps" in module.ingredients.bound:
            yield from ((f"@{wraps}({taken})", -0.2) for taken in module.facts_of(around).parameters[:2])
    if any(below.type == "yield" for below in walk(node)) and "contextmanager" in module.ingredients.bound:
        yield "@contextmanager", -0.2


TEMPLATE = Template(
    name="decorator",
    nodes=frozenset(("function_definition", "class_definition")),
    cost=1.8,
    propose=_propose,
    answers=frozenset(("TypeError", "AttributeError")),
)
