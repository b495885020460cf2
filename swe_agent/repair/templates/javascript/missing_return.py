"""A value that is computed and not returned, or returned too early."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swe_agent.repair.script import LOOPS, Script, scope_of
from swe_agent.repair.templates.base import Change, Template, insert_after, insert_before
from swe_agent.repair.templates.javascript.base import LOOKED_INTO
from swe_agent.syntax.parse import walk

if TYPE_CHECKING:
    from tree_sitter import Node

VALUES = frozenset(
    (
        "call_expression",
        "identifier",
        "member_expression",
        "binary_expression",
        "ternary_expression",
        "new_expression",
        "await_expression",
        "template_string",
        "array",
    )
)


def _propose(script: Script, node: Node) -> Iterator[Change]:
    if node.type == "return_statement":
        yield from _too_early(script, node)
        return
    function = scope_of(node)
    body = function.child_by_field_name("body") if function is not None else None
    if function is None or body is None or not node.named_children:
        return
    if node.type == "expression_statement" and node.named_children[0].type in VALUES:
        yield insert_before(node, "return ", 0.0 if node.named_children[0].type != "call_expression" else 0.2)
    if _returns_value(function) or body.type != "statement_block" or body.named_children[-1] != node:
        return
    # Nothing is ever returned: the last name that was computed is what was meant.
    names = [name for name, start in script.facts_of(function).locals.items() if start < node.end_byte]
    for place, name in enumerate(reversed(names[-3:])):
        text = f"{script.newline}{script.indent_of(node)}return {name}{script.end}"
        yield insert_after(node, text, 0.3 + 0.2 * place)


def _too_early(script: Script, node: Node) -> Iterator[Change]:
    """The last statement of a loop's body is a return that belongs below the loop."""
    block = node.parent
    loop = block.parent if block is not None else None
    if block is None or loop is None or loop.type not in LOOPS or block.type != "statement_block":
        return
    if block.named_children[-1] != node or len(block.named_children) < 2:
        return
    before = block.named_children[-2]
    indent = script.indent_of(loop)
    kept = script.parsed.data[node.end_byte : loop.end_byte].decode("utf-8", "surrogateescape")
    text = f"{kept}{script.newline}{indent}{script.text(node)}"
    yield Change(start=before.end_byte, end=loop.end_byte, text=text, cost=0.3)


def _returns_value(function: Node) -> bool:
    return any(
        node.type == "return_statement" and node.named_children and scope_of(node) == function
        for node in walk(function)
    )


TEMPLATE = Template(
    name="missing return",
    nodes=frozenset(
        (
            "expression_statement",
            "return_statement",
            "lexical_declaration",
            "variable_declaration",
            "for_statement",
            "for_in_statement",
            "if_statement",
        )
    ),
    cost=1.3,
    propose=_propose,
    answers=LOOKED_INTO,
)
