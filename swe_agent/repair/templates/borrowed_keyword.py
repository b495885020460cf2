"""A keyword that other calls give: those of the same function in this module, then others in the function at hand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swe_agent.repair.module import Module
from swe_agent.repair.nodes import callee_of, given_to, scope_of
from swe_agent.repair.templates.base import Change, Template

if TYPE_CHECKING:
    from tree_sitter import Node

MOST_ALIKE, MOST_NEAR, LONGEST = 4, 2, 40


def _propose(module: Module, node: Node) -> Iterator[Change]:
    arguments, scope = node.child_by_field_name("arguments"), scope_of(node)
    if arguments is None or arguments.type != "argument_list":
        return
    given = given_to(node)
    has = {_key(module.text(child)) for child in given if child.type == "keyword_argument"}
    alike = _new(module.ingredients.keywords.get(callee_of(module.parsed, node), ()), has)
    near = _new(module.facts_of(scope).keywords if scope is not None else (), has | {_key(text) for text in alike})
    costs = [(text, 0.1 * place) for place, text in enumerate(alike[:MOST_ALIKE])]
    costs += [(text, 0.6 + 0.1 * place) for place, text in enumerate(near[:MOST_NEAR])]
    at = given[-1].end_byte if given else arguments.start_byte + 1
    for text, cost in costs:
        yield Change(start=at, end=at, text=f"{', ' if given else ''}{text}", cost=cost)


def _new(keywords: tuple[str, ...], known: set[str]) -> list[str]:
    return [text for text in keywords if _key(text) not in known and len(text) <= LONGEST and "\n" not in text]


def _key(keyword: str) -> str:
    return keyword.split("=", 1)[0].strip()


TEMPLATE = Template(
    name="borrowed keyword", nodes=frozenset(("call",)), cost=1.8, propose=_propose, answers=frozenset(("TypeError",))
)
