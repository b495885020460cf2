"""Two things in the wrong order: arguments of a call, operands of an operator, arms of a choice, parts of an array."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from swe_agent.repair.script import Script
from swe_agent.repair.templates.base import Change, Template
from swe_agent.repair.templates.javascript.base import LOOKED_INTO
from swe_agent.repair.templates.swap import crossed, swapped

if TYPE_CHECKING:
    from tree_sitter import Node

UNORDERED = frozenset(("spread_element", "comment"))
ORDERED = frozenset(("+", "-", "/", "%", "**", "<<", ">>", "<", ">", "<=", ">=", "in"))


def _propose(script: Script, node: Node) -> Iterator[Change]:
    if node.type in ("call_expression", "new_expression"):
        yield from _arguments(script, node)
    elif node.type == "binary_expression":
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        operator = script.operator_of(node)
        if left is not None and right is not None and operator in ORDERED:
            # a - b - c is (a - b) - c: an operand that is itself one must keep its grouping.
            simple = all(side.type not in ("binary_expression", "unary_expression") for side in (left, right))
            # Of sums only those of texts have an order; what is compared the wrong way round has the wrong operator.
            cost = 0.8 if operator in ("+", "<", ">", "<=", ">=") else 0.3
            yield from swapped(script, left, right, cost if simple else cost + 0.5, grouped=not simple)
    elif node.type == "ternary_expression":
        first, second = node.child_by_field_name("consequence"), node.child_by_field_name("alternative")
        if first is not None and second is not None:
            yield from swapped(script, first, second, 0.4)
    else:
        parts = [child for child in node.named_children if child.type not in UNORDERED]
        for first, second in pairwise(parts[:6]):
            yield from swapped(script, first, second, 0.5)


def _arguments(script: Script, node: Node) -> Iterator[Change]:
    function = node.child_by_field_name("function") or node.child_by_field_name("constructor")
    arguments = node.child_by_field_name("arguments")
    if function is None or arguments is None or arguments.type != "arguments":
        return
    given = [child for child in arguments.named_children if child.type not in UNORDERED]
    parameters = script.around.functions.get(script.text(function).rsplit(".", 1)[-1], ())
    for at, first in enumerate(given):
        for gap, second in enumerate(given[at + 1 : at + 3]):
            are_crossed = crossed(script, first, second, parameters, at, at + 1 + gap)
            yield from swapped(script, first, second, 0.5 * gap + (-0.6 if are_crossed else 0.2))


TEMPLATE = Template(
    name="swap",
    nodes=frozenset(("call_expression", "new_expression", "binary_expression", "ternary_expression", "array")),
    cost=1.3,
    propose=_propose,
    answers=LOOKED_INTO,
)
