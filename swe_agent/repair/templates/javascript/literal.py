"""The wrong one of the values that everybody has: true, false, null, undefined, nothing of a kind."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swe_agent.repair.script import Script
from swe_agent.repair.templates.base import Change, Template, replace_node

if TYPE_CHECKING:
    from tree_sitter import Node

INSTEAD: dict[str, tuple[tuple[str, float], ...]] = {
    "true": (("false", 0.0),),
    "false": (("true", 0.0),),
    "null": (("undefined", 0.2), ("''", 0.5), ("[]", 0.6), ("{}", 0.7), ("0", 0.7), ("false", 0.8)),
    "undefined": (("null", 0.2), ("''", 0.6), ("[]", 0.7), ("0", 0.7), ("false", 0.8)),
    "[]": (("{}", 0.4), ("''", 0.6), ("null", 0.6)),
    "{}": (("[]", 0.4), ("null", 0.6), ("Object.create(null)", 0.8)),
    "''": (("null", 0.6), ("[]", 0.6), ("' '", 0.4), ("undefined", 0.8)),
    '""': (("null", 0.6), ("[]", 0.6), ('" "', 0.4), ("undefined", 0.8)),
    "NaN": (("0", 0.2), ("null", 0.5)),
    "Infinity": (("-Infinity", 0.1), ("0", 0.5)),
}


def _propose(script: Script, node: Node) -> Iterator[Change]:
    if node.type == "object" and node.parent is not None and node.parent.type == "expression_statement":
        return
    for text, cost in INSTEAD.get(script.text(node), ()):
        yield replace_node(node, text, cost)


TEMPLATE = Template(
    name="literal",
    nodes=frozenset(("true", "false", "null", "undefined", "array", "object", "string", "identifier")),
    cost=1.4,
    propose=_propose,
)
