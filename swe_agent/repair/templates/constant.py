"""A number beside the right one: one more, one less, or another that the module uses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swe_agent.repair.module import Module
from swe_agent.repair.templates.base import Change, Template, replace_node

if TYPE_CHECKING:
    from tree_sitter import Node

MOST_OTHERS = 5


def _propose(module: Module, node: Node) -> Iterator[Change]:
    text = module.text(node)
    if node.type == "unary_operator":
        if text[:1] == "-" and text[1:].isdigit():
            number = int(text)
            yield from (replace_node(node, str(other), 0.2) for other in (number + 1, number - 1))
        return
    near: list[str] = []
    if node.type == "integer" and (text.isdigit() or text[:2].lower() in ("0x", "0o", "0b")):
        number = int(text, 0) if not text.isdigit() else int(text)
        near = [str(number + 1), *([str(number - 1)] if number else ["-1"])]
    # `x + 0` is `x`, and said so by others.
    silly = {text, "0"} if _is_added(module, node) else {text}
    yield from (replace_node(node, other, 0.2) for other in near if other not in silly)
    others = [other for other in module.numbers if other not in silly and other not in near]
    yield from (replace_node(node, other, 0.8 + 0.1 * place) for place, other in enumerate(others[:MOST_OTHERS]))


def _is_added(module: Module, node: Node) -> bool:
    around = node.parent
    operator = around.child_by_field_name("operator") if around is not None else None
    is_left = around is not None and around.child_by_field_name("left") == node
    return operator is not None and not is_left and module.text(operator) in ("+", "-", "+=", "-=")


TEMPLATE = Template(
    name="constant", nodes=frozenset(("integer", "float", "unary_operator")), cost=1.5, propose=_propose
)
