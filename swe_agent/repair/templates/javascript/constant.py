"""A number beside the right one: one more, one less, or another that the file uses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swe_agent.repair.script import Script
from swe_agent.repair.templates.base import Change, Template, replace_node

if TYPE_CHECKING:
    from tree_sitter import Node

MOST_OTHERS = 5


def _propose(script: Script, node: Node) -> Iterator[Change]:
    text = script.text(node)
    near: list[str] = []
    if text.isdigit():
        number = int(text)
        near = [str(number + 1), *([str(number - 1)] if number else ["-1"])]
    yield from (replace_node(node, other, 0.2) for other in near)
    others = [other for other in script.numbers if other not in (text, *near)]
    yield from (replace_node(node, other, 0.8 + 0.1 * place) for place, other in enumerate(others[:MOST_OTHERS]))


TEMPLATE = Template(name="constant", nodes=frozenset(("number",)), cost=1.5, propose=_propose)
