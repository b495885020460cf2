"""How odd an operator is between what stands there, as far as one can see: `is` beside a number, a text times a text.

A mistake is mostly odd, and what was meant is not. The scale is that of costs; rules of Python alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node

    from swe_agent.repair.module import Module

NEVER = 3.0
"""What raises an error, or says nothing."""
MOST, LEAST = 2.0, -1.2
KINDS = {
    "string": "text",
    "concatenated_string": "text",
    "integer": "whole",
    "float": "number",
    "none": "none",
    "true": "truth",
    "false": "truth",
    "ellipsis": "none",
    "list": "list",
    "list_comprehension": "list",
    "tuple": "list",
    "dictionary": "mapping",
    "dictionary_comprehension": "mapping",
    "set": "set",
    "set_comprehension": "set",
    "generator_expression": "none",
    "lambda": "none",
}
CALLS = {
    "len": "whole", "int": "whole", "ord": "whole", "sum": "number", "float": "number", "abs": "number",
    "round": "number", "time": "number", "str": "text", "repr": "text", "join": "text", "format": "text",
    "strip": "text", "lower": "text", "upper": "text", "replace": "text", "list": "list", "sorted": "list",
    "tuple": "list", "split": "list", "dict": "mapping", "set": "set", "frozenset": "set",
}  # fmt: skip
HOLDERS = frozenset(("text", "list", "mapping", "set"))
NUMBERS = frozenset(("whole", "number"))
ORDERS = frozenset(("<", "<=", ">", ">="))


def change(module: Module, old: str, new: str, left: Node, right: Node) -> float:
    """What an operator for another one adds to a cost: below 0 where the old one is the odder."""
    kinds = kind(module, left), kind(module, right)
    return max(LEAST, min(MOST, oddness(new, *kinds) - oddness(old, *kinds)))


def compared(node: Node) -> Iterator[tuple[Node, Node, Node]]:
    """The operators of a comparison, each with what stands on its left and its right."""
    operators, values = node.children_by_field_name("operators"), node.named_children
    yield from zip(operators, values, values[1:], strict=False)


def kind(module: Module, node: Node) -> str:
    """What an expression is for certain, or by the name of what is called; empty where nothing tells."""
    if node.type == "parenthesized_expression" and node.named_children:
        return kind(module, node.named_children[0])
    if node.type == "unary_operator":
        argument = node.child_by_field_name("argument")
        return kind(module, argument) if argument is not None else ""
    if node.type == "call":
        function = node.child_by_field_name("function")
        return CALLS.get(module.text(function).rpartition(".")[2], "") if function is not None else ""
    if node.type == "identifier" and module.text(node).isupper():
        return "constant"
    return KINDS.get(node.type, "")


def oddness(operator: str, left: str, right: str) -> float:
    """0 and more. Kinds as `kind` says them."""
    both = {left, right}
    if operator in ("is", "is not"):
        return 0.0 if "none" in both else 0.4 if both & {"truth", "constant"} else 1.2 if both == {""} else NEVER
    if operator in ("in", "not in"):
        return NEVER if right in (*NUMBERS, "none", "truth") else 0.0 if right in HOLDERS else 0.5
    if operator in ("==", "!="):
        return 0.8 if both & {"none", "truth"} else 0.0
    if operator in ORDERS:
        return NEVER if both & {"none", "truth", "mapping"} else 0.8 if both & {"text", "list"} else 0.1
    return _of_values(operator, left, right)


def _of_values(operator: str, left: str, right: str) -> float:
    both = {left, right}
    if operator == "%" and left == "text":
        return 0.0
    if both & {"none", "truth"}:
        return NEVER
    if operator == "+":
        mixed = len(both & {"text", "list"}) == 2 or (both & {"text", "list"} and both & NUMBERS)
        return NEVER if mixed or both & {"mapping", "set"} else 0.0
    if operator == "*":
        return NEVER if both & {"mapping", "set"} or (left in HOLDERS and right in HOLDERS) else 0.3
    if operator in ("|", "&", "^", "-") and both & {"mapping", "set"}:
        return 0.2 if not both & {"text", "list", *NUMBERS} else NEVER
    if both & HOLDERS:
        return NEVER
    plain = {"-": 0.1, "/": 0.4, "//": 0.7, "%": 0.7, "**": 1.0, "|": 1.0, "&": 1.1, "^": 1.5, "<<": 1.4, ">>": 1.4}
    usual_with_whole = 0.3 if right == "whole" and operator in ("//", "%", "**", "<<", ">>") else 0.0
    bits_of_fractions = 1.5 if "number" in both and operator in ("|", "&", "^", "<<", ">>") else 0.0
    return plain.get(operator, 1.5) - usual_with_whole + bits_of_fractions
