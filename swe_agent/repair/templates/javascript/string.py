"""A string that is almost one used elsewhere in the file, one whose blanks were meant to be filled, one too plain."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from swe_agent.repair.script import Script
from swe_agent.repair.templates.base import Change, Template, replace_node
from swe_agent.repair.templates.wrong_name import likeness

if TYPE_CHECKING:
    from tree_sitter import Node

MOST = 3
ALIKE = 0.6


def _propose(script: Script, node: Node) -> Iterator[Change]:
    text = script.text(node)
    if node.type == "string":
        inner = text[1:-1]
        if re.search(r"\$\{[^}]+\}", inner) and "`" not in inner:
            yield replace_node(node, f"`{inner}`", -0.8)
        return
    if node.parent is None or node.parent.type != "string":
        return
    others = [(likeness(text.lower(), other.lower()), other) for other in script.strings if other != text]
    near = sorted((-like, other) for like, other in others if like >= ALIKE)
    yield from (replace_node(node, other, 0.8 * (1 + like)) for like, other in near[:MOST])


TEMPLATE = Template(name="string", nodes=frozenset(("string", "string_fragment")), cost=1.3, propose=_propose)
