"""One argument too few or too many: what the caller has and does not hand on, or what nobody asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swe_agent.repair.module import Module
from swe_agent.repair.nodes import given_to, scope_of
from swe_agent.repair.templates.base import Change, Template, insert_before

if TYPE_CHECKING:
    from tree_sitter import Node

MOST = 3
STARS = frozenset(("list_splat", "dictionary_splat"))


def _propose(module: Module, node: Node) -> Iterator[Change]:
    arguments, scope = node.child_by_field_name("arguments"), scope_of(node)
    if arguments is None or arguments.type != "argument_list":
        return
    given = given_to(node)
    yield from _dropped(given, arguments)
    if scope is None:
        return
    facts = module.facts_of(scope)
    written = {module.text(child) for child in given}
    positional = [child for child in given if child.type not in STARS | {"keyword_argument"}]
    unused = [name for name in facts.parameters if name in facts.unused_parameters]
    names = dict.fromkeys((*unused, *reversed(facts.in_scope(node))))
    fresh = [name for name in names if name not in written]
    at = positional[-1].end_byte if positional else arguments.start_byte + 1
    for place, name in enumerate(fresh[:MOST]):
        bonus = 0.4 if name in facts.unused_parameters else 0.0
        text = f", {name}" if positional else f"{name}, " if given else name
        yield Change(start=at, end=at, text=text, cost=0.1 * place - bonus)
        if positional:
            yield insert_before(positional[0], f"{name}, ", 0.4 + 0.1 * place - bonus)
    end = given[-1].end_byte if given else arguments.start_byte + 1
    for star in _stars(module, scope):
        if star not in written:
            yield Change(start=end, end=end, text=f"{', ' if given else ''}{star}", cost=0.0)


def _dropped(given: list[Node], arguments: Node) -> Iterator[Change]:
    for place, child in enumerate(given):
        last = place == len(given) - 1
        start = given[place - 1].end_byte if last and place else child.start_byte
        end = child.end_byte if last else given[place + 1].start_byte
        cost = 0.8 if child.type == "keyword_argument" else 1.0 if last else 1.3
        if start > arguments.start_byte:
            yield Change(start=start, end=end, text="", cost=cost)


def _stars(module: Module, function: Node) -> list[str]:
    """The function's own `*args` and `**kwargs`."""
    parameters = function.child_by_field_name("parameters")
    kinds = ("list_splat_pattern", "dictionary_splat_pattern")
    return [module.text(child) for child in parameters.named_children if child.type in kinds] if parameters else []


TEMPLATE = Template(
    name="argument",
    nodes=frozenset(("call",)),
    cost=2.0,
    propose=_propose,
    answers=frozenset(("TypeError",)),
)
