"""A keyword that a call forgets: what its function takes and the caller has, or an option of a builtin."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swe_agent.repair.module import Module
from swe_agent.repair.nodes import scope_of
from swe_agent.repair.templates.base import Change, Template

if TYPE_CHECKING:
    from tree_sitter import Node

BUILTIN: dict[str, tuple[str, ...]] = {
    "sorted": ("reverse=True",),
    "sort": ("reverse=True",),
    "max": ("default=0", "default=None"),
    "min": ("default=0", "default=None"),
    "round": ("2",),
    "sum": ("0.0",),
    "next": ("None",),
    "zip": ("strict=True",),
    "enumerate": ("1", "start=1"),
    "split": ('","', "maxsplit=1"),
    "getattr": ("None",),
    "pop": ("None", "0"),
}


def _propose(module: Module, node: Node) -> Iterator[Change]:
    function, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
    if function is None or arguments is None or arguments.type != "argument_list":
        return
    name = module.text(function).rsplit(".", 1)[-1]
    given = [child for child in arguments.named_children if child.type != "comment"]
    keywords = {module.text(child).split("=", 1)[0].strip() for child in given if child.type == "keyword_argument"}
    for text, cost in (*_forgotten(module, node, name, given, keywords), *_options(name, keywords, len(given))):
        separator = ", " if given else ""
        at = given[-1].end_byte if given else arguments.start_byte + 1
        yield Change(start=at, end=at, text=f"{separator}{text}", cost=cost)


def _forgotten(
    module: Module, node: Node, name: str, given: list[Node], keywords: set[str]
) -> Iterator[tuple[str, float]]:
    """Parameters that the call does not fill, of which the caller has one by that name."""
    scope = scope_of(node)
    if scope is None:
        return
    parameters = module.around.functions.get(name, ())
    facts = module.facts_of(scope)
    positional = len(given) - len(keywords)
    for parameter in parameters[positional:]:
        if parameter not in keywords and parameter in facts.in_scope(node):
            yield f"{parameter}={parameter}", -0.6 if parameter in facts.unused_parameters else -0.2


def _options(name: str, keywords: set[str], given: int) -> Iterator[tuple[str, float]]:
    for option in BUILTIN.get(name, ()):
        if option.split("=", 1)[0] not in keywords and given <= (1 if name not in ("getattr",) else 2):
            yield option, 0.4


TEMPLATE = Template(
    name="missing keyword",
    nodes=frozenset(("call",)),
    cost=1.5,
    propose=_propose,
    answers=frozenset(("StopIteration", "ValueError", "TypeError", "KeyError")),
)
