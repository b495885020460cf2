"""One value for several: `x in (a, b)` for `x == a`, with what the same thing or others of the function are compared
to.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swe_agent.repair.module import Module
from swe_agent.repair.nodes import scope_of
from swe_agent.repair.templates.base import Change, Template, insert_after, replace_node

if TYPE_CHECKING:
    from tree_sitter import Node

SINGLE = {"==": "in", "!=": "not in"}
COMPARED = frozenset(("string", "identifier", "attribute", "integer"))
MOST = 4


def _propose(module: Module, node: Node) -> Iterator[Change]:
    operators, operands = node.children_by_field_name("operators"), node.named_children
    if len(operators) != 1 or len(operands) != 2:
        return
    left, right = operands
    operator = " ".join(module.text(operators[0]).split())
    if operator in SINGLE and right.type in COMPARED:
        for place, other in enumerate(_others(module, node, left, {module.text(right)}, right.type)):
            text = f"{module.text(left)} {SINGLE[operator]} ({module.text(right)}, {other})"
            yield replace_node(node, text, 0.1 * place)
    elif operator in SINGLE.values() and right.type in ("tuple", "list", "set") and right.named_children:
        has = {module.text(child) for child in right.named_children}
        for place, other in enumerate(_others(module, node, left, has, right.named_children[0].type)):
            yield insert_after(right.named_children[-1], f", {other}", 0.1 * place)


def _others(module: Module, node: Node, left: Node, has: set[str], kind: str) -> list[str]:
    """The same thing's other values, then those of the same kind that the function compares with."""
    same: list[str] = []
    near: list[str] = []
    scope = scope_of(node)
    name = module.text(left)
    for other in module.of_type("comparison_operator"):
        operands = other.named_children
        around = scope is not None and scope.start_byte <= other.start_byte < scope.end_byte
        if len(operands) != 2 or (module.text(operands[0]) != name and not around):
            continue
        values = operands[1].named_children if operands[1].type in ("tuple", "list", "set") else [operands[1]]
        (same if module.text(operands[0]) == name else near).extend(
            module.text(value) for value in values if value.type == kind
        )
    usual = ("None", '""') if kind in ("string", "identifier") else ()
    return [text for text in dict.fromkeys((*same, *near, *usual)) if text not in has and "\n" not in text][:MOST]


TEMPLATE = Template(name="membership", nodes=frozenset(("comparison_operator",)), cost=2.0, propose=_propose)
