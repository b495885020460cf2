"""An attribute that may not be there: `getattr(x, "a", None)` for `x.a`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swe_agent.repair.module import Module
from swe_agent.repair.nodes import is_read, scope_of
from swe_agent.repair.templates.base import Change, Template, replace_node

if TYPE_CHECKING:
    from tree_sitter import Node

DEFAULTS = ("None", "False", '""', "0")


def _propose(module: Module, node: Node) -> Iterator[Change]:
    owner, name = node.child_by_field_name("object"), node.child_by_field_name("attribute")
    if owner is None or name is None or not is_read(node) or scope_of(node) is None:
        return
    for place, default in enumerate(DEFAULTS[: 4 if module.text(owner) != "self" else 2]):
        yield replace_node(node, f'getattr({module.text(owner)}, "{module.text(name)}", {default})', 0.1 * place)


TEMPLATE = Template(
    name="attribute default",
    nodes=frozenset(("attribute",)),
    cost=2.4,
    propose=_propose,
    answers=frozenset(("AttributeError",)),
)
