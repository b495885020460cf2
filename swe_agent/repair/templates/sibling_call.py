"""A function's or method's opposite or near relative."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swe_agent.repair.module import Module
from swe_agent.repair.nodes import is_called
from swe_agent.repair.templates.base import Change, Template, replace_node

if TYPE_CHECKING:
    from tree_sitter import Node

FAMILIES: tuple[tuple[str, ...], ...] = (
    ("min", "max"),
    ("any", "all"),
    ("append", "extend"),
    ("startswith", "endswith"),
    ("lower", "upper"),
    ("floor", "ceil", "trunc"),
    ("lstrip", "rstrip", "strip"),
    ("find", "rfind", "index"),
    ("split", "rsplit", "splitlines"),
    ("partition", "rpartition"),
    ("removeprefix", "removesuffix"),
    ("add", "discard", "remove"),
    ("union", "intersection", "difference", "symmetric_difference"),
    ("issubset", "issuperset"),
    ("keys", "values", "items"),
    ("append", "appendleft"),
    ("pop", "popleft"),
    ("isdigit", "isalpha", "isalnum", "isnumeric"),
    ("sorted", "reversed"),
    ("int", "float", "round"),
    ("str", "repr"),
    ("match", "fullmatch", "search"),
    ("setdefault", "get", "pop"),
    ("weekday", "isoweekday"),
    ("list", "set", "tuple"),
    ("title", "capitalize"),
    ("ljust", "rjust", "center"),
)


def _propose(module: Module, node: Node) -> Iterator[Change]:
    name = node
    if node.type == "attribute":
        attribute = node.child_by_field_name("attribute")
        if attribute is None:
            return
        name = attribute
    if not is_called(node):
        return
    text = module.text(name)
    offered = dict.fromkeys(other for family in FAMILIES if text in family for other in family if other != text)
    yield from (replace_node(name, other, 0.1 * place) for place, other in enumerate(offered))


TEMPLATE = Template(name="sibling call", nodes=frozenset(("identifier", "attribute")), cost=1.3, propose=_propose)
