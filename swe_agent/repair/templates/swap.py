"""Two things in the wrong order: arguments of a call, operands of an operator, parts of a tuple."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from swe_agent.repair.facts import FileFacts
from swe_agent.repair.module import Module
from swe_agent.repair.templates.base import Change, Template

if TYPE_CHECKING:
    from tree_sitter import Node

UNORDERED = frozenset(("keyword_argument", "comment", "list_splat", "dictionary_splat"))
ORDERED = frozenset(("+", "-", "/", "//", "%", "**", "<<", ">>"))


def _propose(module: Module, node: Node) -> Iterator[Change]:
    if node.type == "call":
        yield from _arguments(module, node)
    elif node.type == "binary_operator":
        left, right, operator = (node.child_by_field_name(name) for name in ("left", "right", "operator"))
        if left is not None and right is not None and operator is not None and module.text(operator) in ORDERED:
            # a - b - c is (a - b) - c: an operand that is itself one must keep its grouping.
            simple = all(side.type not in ("binary_operator", "unary_operator") for side in (left, right))
            # Of sums only those of texts and lists have an order.
            cost = 0.7 if module.text(operator) == "+" else 0.3
            yield from swapped(module, left, right, cost if simple else cost + 0.5, grouped=not simple)
    elif node.type == "conditional_expression" and len(node.named_children) == 3:
        yield from swapped(module, node.named_children[0], node.named_children[2], 0.4)
    else:
        parts = node.named_children
        for first, second in pairwise(parts):
            yield from swapped(module, first, second, 0.5)


def _arguments(module: Module, node: Node) -> Iterator[Change]:
    function, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
    if function is None or arguments is None or arguments.type != "argument_list":
        return
    given = [child for child in arguments.named_children if child.type not in UNORDERED]
    parameters = module.around.functions.get(module.text(function).rsplit(".", 1)[-1], ())
    for at, first in enumerate(given):
        for gap, second in enumerate(given[at + 1 : at + 3]):
            are_crossed = crossed(module, first, second, parameters, at, at + 1 + gap)
            yield from swapped(module, first, second, 0.5 * gap + (-0.6 if are_crossed else 0.2))


def crossed(facts: FileFacts, first: Node, second: Node, parameters: tuple[str, ...], a: int, b: int) -> bool:
    """An argument bears the name of the other's parameter."""
    if b >= len(parameters):
        return False
    names = [facts.text(node).rsplit(".", 1)[-1] for node in (first, second)]
    return names[0] == parameters[b] or names[1] == parameters[a]


def swapped(facts: FileFacts, first: Node, second: Node, cost: float, *, grouped: bool = False) -> Iterator[Change]:
    one, two = facts.text(first), facts.text(second)
    if one == two:
        return
    between = facts.parsed.data[first.end_byte : second.start_byte].decode("utf-8", "surrogateescape")
    text = f"({two}){between}({one})" if grouped else f"{two}{between}{one}"
    yield Change(start=first.start_byte, end=second.end_byte, text=text, cost=cost)


TEMPLATE = Template(
    name="swap",
    nodes=frozenset(("call", "binary_operator", "conditional_expression", "expression_list", "tuple")),
    cost=1.3,
    propose=_propose,
    answers=frozenset(("TypeError", "AttributeError")),
)
