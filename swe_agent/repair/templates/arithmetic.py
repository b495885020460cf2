"""Another arithmetic operator, another grouping, a sign, an accumulation that overwrites."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swe_agent.repair.module import Module
from swe_agent.repair.operators import change
from swe_agent.repair.templates.base import Change, Template, insert_before, replace_node

if TYPE_CHECKING:
    from tree_sitter import Node

INSTEAD: dict[str, tuple[tuple[str, float], ...]] = {
    "+": (("-", 0.0), ("*", 0.6), ("|", 1.5)),
    "-": (("+", 0.0), ("/", 1.0)),
    "*": (("/", 0.2), ("+", 0.6), ("**", 0.6)),
    "/": (("//", 0.0), ("*", 0.2), ("%", 0.8)),
    "//": (("/", 0.0), ("%", 0.3), ("*", 0.5)),
    "%": (("//", 0.2), ("/", 0.5)),
    "**": (("*", 0.2),),
    "&": (("|", 0.0), ("^", 0.5)),
    "|": (("&", 0.0), ("^", 0.5)),
    "^": (("&", 0.3), ("|", 0.3)),
    "<<": ((">>", 0.0),),
    ">>": (("<<", 0.0),),
}
LOOSE = frozenset("+-")
TIGHT = frozenset(("*", "/", "//", "%"))


def _propose(module: Module, node: Node) -> Iterator[Change]:
    if node.type == "augmented_assignment":
        yield from _augmented(module, node)
    elif node.type == "assignment":
        yield from _accumulate(module, node)
    elif node.type == "unary_operator":
        argument = node.child_by_field_name("argument")
        if argument is not None:
            yield replace_node(node, module.text(argument), 0.4)
    else:
        yield from _binary(module, node)


def _binary(module: Module, node: Node) -> Iterator[Change]:
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    operator = node.child_by_field_name("operator")
    if left is None or right is None or operator is None:
        return
    now = module.text(operator)
    for text, cost in INSTEAD.get(now, ()):
        yield replace_node(operator, text, cost + change(module, now, text, left, right))
    yield from _regrouped(module, node, left, right, module.text(operator))


def _regrouped(module: Module, node: Node, left: Node, right: Node, operator: str) -> Iterator[Change]:
    """a + b * c as (a + b) * c, and a * b + c as a * (b + c)."""
    if operator not in LOOSE:
        return
    for inner, outer_first in ((right, True), (left, False)):
        a, b, op = (inner.child_by_field_name(name) for name in ("left", "right", "operator"))
        if inner.type != "binary_operator" or a is None or b is None or op is None or module.text(op) not in TIGHT:
            continue
        if outer_first:
            text = f"({module.text(left)} {operator} {module.text(a)}) {module.text(op)} {module.text(b)}"
        else:
            text = f"{module.text(a)} {module.text(op)} ({module.text(b)} {operator} {module.text(right)})"
        yield replace_node(node, text, 0.4)


def _augmented(module: Module, node: Node) -> Iterator[Change]:
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    operator = node.child_by_field_name("operator")
    if operator is None or left is None or right is None:
        return
    now = module.text(operator)[:-1]
    for text, cost in INSTEAD.get(now, ()):
        yield replace_node(operator, f"{text}=", cost + change(module, now, text, left, right))
    yield replace_node(operator, "=", 0.5)


def _accumulate(module: Module, node: Node) -> Iterator[Change]:
    """`x = y` within a loop where `x += y` was meant."""
    equals = next((child for child in node.children if child.type == "="), None)
    around = node.parent
    while around is not None and around.type not in ("for_statement", "while_statement", "function_definition"):
        around = around.parent
    if equals is not None and around is not None and around.type != "function_definition":
        yield insert_before(equals, "+", 0.3)


TEMPLATE = Template(
    name="arithmetic",
    nodes=frozenset(("binary_operator", "augmented_assignment", "assignment", "unary_operator")),
    cost=1.1,
    propose=_propose,
)
