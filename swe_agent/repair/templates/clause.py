"""A condition that asks for too little: one more way to it, or a loop that nothing ends.

The guards and tightened or widened conditions of the repair literature (Long and Rinard, "Staged Program Repair with
Condition Synthesis", ESEC/FSE 2015; Liu et al., "TBar", ISSTA 2019).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swe_agent.repair.module import Module
from swe_agent.repair.nodes import scope_of
from swe_agent.repair.templates.base import Change, Template, replace_node
from swe_agent.syntax.parse import walk

if TYPE_CHECKING:
    from tree_sitter import Node

MOST = 4


def _propose(module: Module, node: Node) -> Iterator[Change]:
    condition, function = node.child_by_field_name("condition"), scope_of(node)
    if condition is None or function is None:
        return
    text = module.text(condition)
    names = _names(module, condition, function)
    if condition.type == "true":
        yield from (replace_node(condition, name, -0.5 + 0.1 * place) for place, name in enumerate(names))
        return
    inner = f"({text})" if condition.type == "boolean_operator" and " or " not in text else text
    for place, name in enumerate(names):
        more = 0.1 * place
        yield replace_node(condition, f"{text} or not {name}", 0.1 + more)
        yield replace_node(condition, f"{name} is None or {text}", 0.2 + more)
        yield replace_node(condition, f"{inner} and {name}", 0.3 + more)
        yield replace_node(condition, f"{inner} and not {name}", 0.4 + more)


def _names(module: Module, condition: Node, function: Node) -> list[str]:
    """What the condition looks at first, then what else is in scope."""
    asked = [module.text(below) for below in walk(condition) if below.type == "identifier"]
    scope = module.facts_of(function).in_scope(condition)
    known = set(scope)
    ordered = dict.fromkeys([*(name for name in asked if name in known), *scope])
    return list(ordered)[:MOST]


TEMPLATE = Template(
    name="clause",
    nodes=frozenset(("if_statement", "elif_clause", "while_statement")),
    cost=1.9,
    propose=_propose,
    answers=frozenset(("AttributeError", "TypeError", "IndexError", "KeyError", "RecursionError", "ValueError")),
)
