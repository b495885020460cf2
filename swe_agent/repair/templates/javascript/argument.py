"""What a call forgets: an argument that its function takes and the caller has, or an option of a builtin."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swe_agent.repair.script import Script, scope_of
from swe_agent.repair.templates.base import Change, Template, replace_node
from swe_agent.repair.templates.javascript.base import LOOKED_INTO

if TYPE_CHECKING:
    from tree_sitter import Node

BUILTIN: dict[str, tuple[str, ...]] = {
    "sort": ("(a, b) => a - b", "(a, b) => b - a"),
    "parseInt": ("10",),
    "join": ("''", "' '", "', '"),
    "split": ("''", "' '", "','"),
    "toFixed": ("2",),
    "toString": ("16", "2"),
    "flat": ("Infinity",),
    "fill": ("0", "null"),
    "reduce": ("0", "[]", "{}", "''", "1"),
    "stringify": ("null, 2",),
    "slice": ("1", "0, -1"),
    "padStart": ("'0'",),
    "indexOf": ("0",),
    "filter": ("Boolean",),
}
TAKES = {"parseInt": 1, "reduce": 1, "padStart": 1, "stringify": 1, "indexOf": 1}
"""How many arguments come before the one that may be missing; 0 of all others."""


def _propose(script: Script, node: Node) -> Iterator[Change]:
    function, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
    if function is None or arguments is None or arguments.type != "arguments":
        return
    name = script.text(function).rsplit(".", 1)[-1]
    given = [child for child in arguments.named_children if child.type != "comment"]
    if any(child.type == "spread_element" for child in given):
        return
    for text, cost in (*_forgotten(script, node, name, len(given)), *_options(name, len(given))):
        at = given[-1].end_byte if given else arguments.start_byte + 1
        yield Change(start=at, end=at, text=f"{', ' if given else ''}{text}", cost=cost)
    if len(given) > 1:
        # One too many, as where a function takes what another was meant for.
        kept = ", ".join(script.text(child) for child in given[:-1])
        yield replace_node(arguments, f"({kept})", 1.2)


def _forgotten(script: Script, node: Node, name: str, given: int) -> Iterator[tuple[str, float]]:
    scope = scope_of(node)
    parameters = script.around.functions.get(name, ())
    if scope is None or len(parameters) <= given:
        return
    known = script.in_scope(node)
    wanted = parameters[given]
    if wanted in known:
        yield wanted, -0.6 if wanted in script.facts_of(scope).unused_parameters else -0.2


def _options(name: str, given: int) -> Iterator[tuple[str, float]]:
    if given == TAKES.get(name, 0):
        for place, option in enumerate(BUILTIN.get(name, ())):
            yield option, 0.3 + 0.1 * place


TEMPLATE = Template(
    name="missing argument", nodes=frozenset(("call_expression",)), cost=1.5, propose=_propose, answers=LOOKED_INTO
)
