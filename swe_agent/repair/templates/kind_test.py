"""One more type that is meant, or another one: `isinstance(x, (list, tuple))` for `isinstance(x, list)`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swe_agent.repair.module import Module
from swe_agent.repair.nodes import callee_of, given_to
from swe_agent.repair.templates.base import Change, Template, insert_after, replace_node

if TYPE_CHECKING:
    from tree_sitter import Node

KIN = {
    "list": ("tuple", "set"), "tuple": ("list",), "set": ("frozenset", "list"), "int": ("float", "bool"),
    "float": ("int", "Decimal"), "str": ("bytes",), "bytes": ("bytearray", "str", "memoryview"), "dict": ("Mapping",),
}  # fmt: skip
TESTS = frozenset(("isinstance", "issubclass"))
MOST = 5


def _propose(module: Module, node: Node) -> Iterator[Change]:
    given = given_to(node)
    if callee_of(module.parsed, node) not in TESTS or len(given) != 2:
        return
    kinds = given[1].named_children if given[1].type == "tuple" else [given[1]]
    now = [module.text(kind) for kind in kinds]
    for place, other in enumerate(_others(module, now)):
        if given[1].type == "tuple":
            yield from (insert_after(kind, f", {other}", 0.1 * place) for kind in kinds[-1:])
        else:
            yield replace_node(given[1], f"({now[0]}, {other})", 0.1 * place)
        yield from (replace_node(kind, other, 0.4 + 0.1 * place) for kind in kinds)


def _others(module: Module, now: list[str]) -> list[str]:
    kin = [other for name in now for other in KIN.get(name, ())]
    tested = [
        module.text(kind)
        for call in module.of_type("call")
        if callee_of(module.parsed, call) in TESTS and len(given := given_to(call)) == 2
        for kind in (given[1].named_children if given[1].type == "tuple" else given[1:])
    ]
    known = [name for name in kin if not module.ingredients.is_unknown(name)]
    return [name for name in dict.fromkeys((*known, *tested)) if name not in now][:MOST]


TEMPLATE = Template(
    name="kind test", nodes=frozenset(("call",)), cost=1.7, propose=_propose, answers=frozenset(("TypeError",))
)
