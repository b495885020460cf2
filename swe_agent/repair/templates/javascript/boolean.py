"""`&&` for `||`, `||` for `??`, a condition turned around, one operand too many."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swe_agent.repair.script import Script, bare
from swe_agent.repair.templates.base import Change, Template, replace_node

if TYPE_CHECKING:
    from tree_sitter import Node

INSTEAD: dict[str, tuple[tuple[str, float], ...]] = {
    "&&": (("||", 0.0), ("??", 0.9)),
    "||": (("&&", 0.0), ("??", 0.1)),
    "??": (("||", 0.1), ("&&", 0.5)),
}
CONDITIONS = frozenset(("if_statement", "while_statement", "do_statement", "ternary_expression"))
SIMPLE = frozenset(("identifier", "member_expression", "call_expression", "subscript_expression", "meta_property"))


def _propose(script: Script, node: Node) -> Iterator[Change]:
    if node.type == "binary_expression":
        yield from _operator(script, node)
    elif node.type == "unary_expression":
        argument = node.child_by_field_name("argument")
        if argument is not None and script.operator_of(node) == "!":
            yield replace_node(node, script.text(argument), 0.3)
    else:
        condition = bare(node.child_by_field_name("condition"))
        if condition is not None and script.operator_of(condition) not in ("!", "===", "!==", "==", "!="):
            yield replace_node(condition, _not(script, condition), 0.4)


def _operator(script: Script, node: Node) -> Iterator[Change]:
    left, right, operator = (node.child_by_field_name(name) for name in ("left", "right", "operator"))
    if left is None or right is None or operator is None or script.text(operator) not in INSTEAD:
        return
    for text, cost in INSTEAD[script.text(operator)]:
        yield replace_node(operator, text, cost)
    for side in (left, right):
        if script.text(operator) != "??" and script.operator_of(side) not in ("!", "===", "!==", "==", "!="):
            yield replace_node(side, _not(script, side), 0.6)
        # Leaving one out deletes what somebody wrote for a reason.
        yield replace_node(node, script.text(side), 1.4)


def _not(script: Script, node: Node) -> str:
    return f"!{script.text(node)}" if node.type in SIMPLE else f"!({script.text(node)})"


TEMPLATE = Template(
    name="boolean", nodes=CONDITIONS | frozenset(("binary_expression", "unary_expression")), cost=1.2, propose=_propose
)
