"""A value that is computed and not returned, or returned too early."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swe_agent.repair.module import Module
from swe_agent.repair.nodes import scope_of
from swe_agent.repair.templates.base import Change, Template, insert_after, insert_before
from swe_agent.syntax.parse import walk

if TYPE_CHECKING:
    from tree_sitter import Node


def _propose(module: Module, node: Node) -> Iterator[Change]:
    if node.type == "return_statement":
        yield from _too_early(module, node)
        return
    function = scope_of(node)
    if function is None or not node.named_children:
        return
    first = node.named_children[0]
    if first.type in ("call", "identifier", "attribute", "binary_operator", "comparison_operator", "boolean_operator"):
        yield insert_before(node, "return ", 0.0 if first.type != "call" else 0.2)
    body = function.child_by_field_name("body")
    if body is None or _returns_value(function) or _has_yield(function):
        return
    # Nothing is ever returned: the last name that was computed is what was meant.
    if body.named_children and body.named_children[-1].end_byte >= node.end_byte:
        last = body.named_children[-1]
        indent = module.indent_of(body.named_children[0])
        names = [name for name, start in module.facts_of(function).locals.items() if start < last.end_byte]
        for place, name in enumerate(reversed(names[-3:])):
            yield insert_after(last, f"{module.newline}{indent}return {name}", 0.3 + 0.2 * place)


def _too_early(module: Module, node: Node) -> Iterator[Change]:
    """The last statement of a loop's body is a return that belongs below the loop."""
    block = node.parent
    loop = block.parent if block is not None else None
    if block is None or loop is None or loop.type not in ("for_statement", "while_statement"):
        return
    if block.named_children[-1] != node or len(block.named_children) < 2:
        return
    before = block.named_children[-2]
    indent = module.indent_of(loop)
    text = f"{module.newline}{indent}{module.text(node)}"
    yield Change(start=before.end_byte, end=node.end_byte, text=text, cost=0.3)


def _returns_value(function: Node) -> bool:
    return any(node.type == "return_statement" and node.named_children for node in walk(function))


def _has_yield(function: Node) -> bool:
    return any(node.type == "yield" for node in walk(function))


TEMPLATE = Template(
    name="missing return",
    nodes=frozenset(("expression_statement", "return_statement")),
    cost=1.3,
    propose=_propose,
    answers=frozenset(("TypeError", "AttributeError")),
)
