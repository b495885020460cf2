"""A condition that asks for too little or too much: one more way to it, or one more thing that must hold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swe_agent.repair.script import Script, bare
from swe_agent.repair.templates.base import Change, Template, replace_node
from swe_agent.repair.templates.javascript.base import LOOKED_INTO
from swe_agent.syntax.parse import walk

if TYPE_CHECKING:
    from tree_sitter import Node

MOST = 4


def _propose(script: Script, node: Node) -> Iterator[Change]:
    condition = bare(node.child_by_field_name("condition"))
    if condition is None:
        return
    text = script.text(condition)
    operator = script.operator_of(condition)
    either = f"({text})" if operator in ("??", "&&") or condition.type == "ternary_expression" else text
    both = f"({text})" if operator in ("??", "||") or condition.type == "ternary_expression" else text
    for place, name in enumerate(_names(script, condition)):
        more = 0.1 * place
        yield replace_node(condition, f"!{name} || {either}", 0.1 + more)
        yield replace_node(condition, f"{name} == null || {either}", 0.2 + more)
        yield replace_node(condition, f"{name} && {both}", 0.2 + more)
        yield replace_node(condition, f"{both} && !{name}", 0.4 + more)
        yield replace_node(condition, f"{either} || {name}", 0.5 + more)


def _names(script: Script, condition: Node) -> list[str]:
    """What the condition looks at first, then what else is in scope."""
    asked = [script.text(below) for below in walk(condition) if below.type == "identifier"]
    scope = script.in_scope(condition)
    known = set(scope)
    return list(dict.fromkeys([*(name for name in asked if name in known), *scope]))[:MOST]


TEMPLATE = Template(
    name="clause",
    nodes=frozenset(("if_statement", "while_statement", "ternary_expression")),
    cost=1.9,
    propose=_propose,
    answers=LOOKED_INTO,
)
