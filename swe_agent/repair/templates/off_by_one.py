"""One too many or too few: in ranges, slices, indices, and in counts that leave out an end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swe_agent.repair.module import Module
from swe_agent.repair.nodes import scope_of
from swe_agent.repair.templates.base import Change, Template, insert_after, insert_before, replace_node

if TYPE_CHECKING:
    from tree_sitter import Node

COUNTS = frozenset(("len", "count", "index", "days", "seconds"))


def _propose(module: Module, node: Node) -> Iterator[Change]:
    if node.type == "call":
        yield from _range(module, node)
    elif node.type == "slice":
        for bound in node.named_children:
            yield from _shifted(module, bound, 0.2)
    elif node.type == "subscript":
        for index in node.children_by_field_name("subscript"):
            if index.type not in ("slice", "string"):
                yield from _shifted(module, index, 0.3)
    elif node.type == "binary_operator":
        yield from _dropped(module, node)
        yield from _length(module, node)
    else:
        yield from _result(module, node)


def _range(module: Module, node: Node) -> Iterator[Change]:
    function, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
    if function is None or arguments is None or arguments.type != "argument_list":
        return
    given = [child for child in arguments.named_children if child.type != "comment"]
    if module.text(function) not in ("range", "timedelta"):
        if _recurs(module, node, function):
            for argument in given:
                yield from _shifted(module, argument, 0.4)
        return
    for argument in given:
        value = argument.child_by_field_name("value") if argument.type == "keyword_argument" else argument
        if value is not None:
            yield from _shifted(module, value, -0.2)
    if module.text(function) == "range" and len(given) == 1:
        yield insert_before(given[0], "1, ", 0.3)
        text = module.text(given[0])
        yield replace_node(given[0], f"1, {text} + 1", 0.4)


def _recurs(module: Module, node: Node, function: Node) -> bool:
    """Whether a function calls itself: then its arguments are often bounds."""
    scope = scope_of(node)
    name = scope.child_by_field_name("name") if scope is not None else None
    return name is not None and module.text(name) == module.text(function).rsplit(".", 1)[-1]


def _shifted(module: Module, node: Node, cost: float) -> Iterator[Change]:
    """`n + 1` and `n - 1`; of literal numbers the template for constants takes care, `n - 1` is turned below."""
    if node.type in ("integer", "float", "string", "list_splat", "conditional_expression", "boolean_operator"):
        return
    if any(side is not None and module.text(side) == "1" for side in _sides(node)):
        return
    yield insert_after(node, " + 1", cost)
    yield insert_after(node, " - 1", cost)


def _dropped(module: Module, node: Node) -> Iterator[Change]:
    """`x + 1` and `x - 1` as `x`, and the one turned into the other."""
    left, right, operator = (node.child_by_field_name(name) for name in ("left", "right", "operator"))
    if left is None or right is None or operator is None:
        return
    if module.text(right) == "1" and module.text(operator) in ("+", "-"):
        yield replace_node(node, module.text(left), 0.1)
    if module.text(left) == "1" and module.text(operator) == "+":
        yield replace_node(node, module.text(right), 0.2)


def _length(module: Module, node: Node) -> Iterator[Change]:
    """`len(x)` as a factor."""
    for side in _sides(node):
        if side is not None and module.text(side).startswith("len(") and side.type == "call":
            yield replace_node(side, f"({module.text(side)} - 1)", 0.4)
            yield replace_node(side, f"({module.text(side)} + 1)", 0.5)


def _result(module: Module, node: Node) -> Iterator[Change]:
    """A count that is returned or assigned, and leaves out one end."""
    value = node.child_by_field_name("right") if node.type == "assignment" else None
    if node.type == "return_statement" and node.named_children:
        value = node.named_children[0]
    if value is None or not _is_count(module, value) or any(s and module.text(s) == "1" for s in _sides(value)):
        return
    yield insert_after(value, " + 1", 0.2)
    yield insert_after(value, " - 1", 0.3)


def _sides(node: Node) -> tuple[Node | None, Node | None]:
    return node.child_by_field_name("left"), node.child_by_field_name("right")


def _is_count(module: Module, node: Node) -> bool:
    if node.type == "binary_operator":
        operator = node.child_by_field_name("operator")
        return operator is not None and module.text(operator) in ("-", "+", "//")
    name = node.child_by_field_name("function") or node.child_by_field_name("attribute")
    return name is not None and module.text(name).rsplit(".", 1)[-1] in COUNTS


TEMPLATE = Template(
    name="off by one",
    nodes=frozenset(("call", "slice", "subscript", "binary_operator", "return_statement", "assignment")),
    cost=1.3,
    propose=_propose,
    answers=frozenset(("IndexError",)),
)
