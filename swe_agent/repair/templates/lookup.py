"""A key that may be missing: a default for it, or another one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swe_agent.repair.module import Module
from swe_agent.repair.templates.base import Change, Template, insert_after, replace_node

if TYPE_CHECKING:
    from tree_sitter import Node

DEFAULTS = ("0", "[]", '""', "{}", "None", "1", "False")


def _propose(module: Module, node: Node) -> Iterator[Change]:
    if node.type == "subscript":
        yield from _subscript(module, node)
        return
    function, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
    if function is None or arguments is None or not module.text(function).endswith((".get", ".pop", ".setdefault")):
        return
    given = arguments.named_children
    seen = _defaults(module)
    if len(given) == 1:
        yield from (insert_after(given[0], f", {value}", 0.1 * place) for place, value in enumerate(seen))
    elif len(given) == 2:
        now = module.text(given[1])
        others = [value for value in (*seen, module.text(given[0])) if value != now]
        yield from (replace_node(given[1], value, 0.3 + 0.1 * place) for place, value in enumerate(others))


def _subscript(module: Module, node: Node) -> Iterator[Change]:
    """`d[k]` as `d.get(k, …)` where it is read."""
    value, key = node.child_by_field_name("value"), node.child_by_field_name("subscript")
    parent = node.parent
    written = parent is not None and parent.child_by_field_name("left") == node and "assignment" in parent.type
    if value is None or key is None or written or key.type in ("slice", "integer", "unary_operator"):
        return
    for place, default in enumerate(_defaults(module)[:4]):
        yield replace_node(node, f"{module.text(value)}.get({module.text(key)}, {default})", 0.5 + 0.1 * place)


def _defaults(module: Module) -> list[str]:
    """Defaults of other lookups in the module, its constants that mean nothing, then the usual ones."""
    seen = [
        module.text(node.named_children[1])
        for node in module.of_type("argument_list")
        if len(node.named_children) == 2
        and node.parent is not None
        and module.text(node.parent).split("(", 1)[0].endswith((".get", ".pop", ".setdefault"))
    ]
    names = [name for name in module.constants if name in ("ZERO", "EMPTY", "DEFAULT", "NONE")]
    return list(dict.fromkeys([*seen, *names, *DEFAULTS]))[:8]


TEMPLATE = Template(
    name="lookup",
    nodes=frozenset(("call", "subscript")),
    cost=1.6,
    propose=_propose,
    answers=frozenset(("KeyError", "TypeError")),
)
