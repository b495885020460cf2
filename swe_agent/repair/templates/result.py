"""A result that says nothing of what was found: a ready-made value that is returned where a name was meant, a list
without its one element, or without what came before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swe_agent.repair.module import FunctionFacts, Module
from swe_agent.repair.nodes import scope_of
from swe_agent.repair.templates.base import Change, Template, replace_node
from swe_agent.syntax.parse import walk

if TYPE_CHECKING:
    from tree_sitter import Node

MOST = 4
LISTS = frozenset(("list", "list_comprehension"))


def _propose(module: Module, node: Node) -> Iterator[Change]:
    value = node.named_children[0] if node.named_children else None
    function = scope_of(node)
    if value is None or function is None:
        return
    facts = module.facts_of(function)
    names = list(reversed(facts.in_scope(node)))[:MOST]
    if value.type in ("true", "false"):
        yield from _truth(module, facts, node, value)
    elif value.type == "list" and not value.named_children:
        yield replace_node(value, "[[]]", 0.0)
        yield from (replace_node(value, f"[{name}]", 0.1 + 0.1 * place) for place, name in enumerate(names))
    if value.type in ("integer", "float", "none", "string") or (value.type == "list" and not value.named_children):
        yield from (replace_node(value, name, 0.5 + 0.1 * place) for place, name in enumerate(names))
    if value.type in LISTS and value.named_children:
        text = module.text(value)
        for place, name in enumerate(name for name in names if _is_list(module, facts, name)):
            yield replace_node(value, f"{name} + {text}", 0.2 + 0.1 * place)
            yield replace_node(value, f"{text} + {name}", 0.3 + 0.1 * place)


def _truth(module: Module, facts: FunctionFacts, node: Node, value: Node) -> Iterator[Change]:
    """`True` at the end of a function that counts: whether the count came out even, or is any."""
    counted = dict.fromkeys(
        module.text(left)
        for below in walk(facts.node)
        if below.type == "augmented_assignment" and (left := below.child_by_field_name("left")) is not None
    )
    others = [
        name for name in reversed(list(facts.locals)) if name not in counted and facts.locals[name] < node.start_byte
    ]
    for place, name in enumerate((*counted, *others[:MOST])):
        yield replace_node(value, f"{name} == 0", 0.2 * place)
        yield replace_node(value, f"not {name}", 0.1 + 0.2 * place)
        yield replace_node(value, f"bool({name})", 0.3 + 0.2 * place)


def _is_list(module: Module, facts: FunctionFacts, name: str) -> bool:
    """As far as its name and what it is bound to say."""
    if name not in facts.locals:
        return True
    bound = [
        below.child_by_field_name("right")
        for below in walk(facts.node)
        if below.type == "assignment" and module.text(below.child_by_field_name("left") or below) == name
    ]
    return any(right is not None and right.type in (*LISTS, "call", "subscript", "binary_operator") for right in bound)


TEMPLATE = Template(name="result", nodes=frozenset(("return_statement",)), cost=1.9, propose=_propose)
