"""Another value for a parameter that is not given, or one at all; and a list of one's own for each call.

A default that is made once and changed by calls is a classic of its own: `=[]` becomes `=None` and an `if`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swe_agent.repair.module import Module
from swe_agent.repair.nodes import scope_of, starts_line
from swe_agent.repair.templates.base import Change, Template, insert_after, replace_node

if TYPE_CHECKING:
    from tree_sitter import Node

DEFAULTS = ("None", "True", "False", "0", '""', "()", "1")
MUTABLE = frozenset(("list", "dictionary", "set", "call"))


def _propose(module: Module, node: Node) -> Iterator[Change]:
    value = node.child_by_field_name("value")
    if value is not None:
        now = module.text(value)
        offered = [text for text in DEFAULTS if text != now]
        yield from (replace_node(value, text, 0.1 * place) for place, text in enumerate(offered))
        yield from _each_its_own(module, node, value)
    elif node.type == "identifier" and module.text(node) not in ("self", "cls") and node.parent is not None:
        later = [other for other in node.parent.named_children if other.start_byte > node.start_byte]
        if node.parent.type == "parameters" and all(other.type != "identifier" for other in later):
            yield from (insert_after(node, f"={text}", 0.3 + 0.1 * place) for place, text in enumerate(DEFAULTS[:3]))


def _each_its_own(module: Module, node: Node, value: Node) -> Iterator[Change]:
    function = scope_of(node)
    name, body = node.child_by_field_name("name"), function.child_by_field_name("body") if function else None
    if value.type not in MUTABLE or name is None or body is None:
        return
    statements = [child for child in body.named_children if child.type != "comment"]
    if statements and statements[0].named_children and statements[0].named_children[0].type == "string":
        statements = statements[1:]
    if not statements or not starts_line(statements[0], indent := module.indent_of(statements[0])):
        return
    first, newline = statements[0], module.newline
    between = module.parsed.data[value.end_byte : first.start_byte].decode("utf-8", "surrogateescape")
    step = "\t" if indent.startswith("\t") else "    "
    own = f"if {module.text(name)} is None:{newline}{indent}{step}{module.text(name)} = {module.text(value)}"
    text = f"None{between}{own}{newline}{indent}"
    yield Change(start=value.start_byte, end=first.start_byte, text=text, cost=-0.3)


TEMPLATE = Template(
    name="default value",
    nodes=frozenset(("default_parameter", "typed_default_parameter", "identifier")),
    cost=2.0,
    propose=_propose,
    answers=frozenset(("TypeError",)),
)
