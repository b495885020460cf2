"""A keyword that a call forgets: what its function takes and the caller has, or an option of a builtin."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swe_agent.repair.module import Module
from swe_agent.repair.nodes import scope_of
from swe_agent.repair.templates.base import Change, Template

if TYPE_CHECKING:
    from tree_sitter import Node

UTF_8 = 'encoding="utf-8"'
FLAGS = ("flags=re.IGNORECASE", "flags=re.MULTILINE", "flags=re.DOTALL", "flags=re.UNICODE", "flags=re.VERBOSE")
BUILTIN: dict[str, tuple[int, tuple[str, ...]]] = {
    "sorted": (1, ("reverse=True", "key=str", "key=len")),
    "sort": (1, ("reverse=True", "key=str", "key=len")),
    "max": (1, ("default=0", "default=None")),
    "min": (1, ("default=0", "default=None")),
    "round": (1, ("2",)),
    "sum": (1, ("0.0",)),
    "next": (1, ("None",)),
    "zip": (1, ("strict=True",)),
    "enumerate": (1, ("1", "start=1")),
    "split": (1, ('","', "maxsplit=1", "1")),
    "rsplit": (1, ("maxsplit=1", "1")),
    "getattr": (2, ("None",)),
    "pop": (1, ("None", "0")),
    "open": (2, (UTF_8, 'newline=""')),
    "read_text": (0, (UTF_8,)),
    "write_text": (1, (UTF_8,)),
    "encode": (1, ('"utf-8"', 'errors="replace"', 'errors="surrogateescape"')),
    "decode": (1, ('"utf-8"', 'errors="replace"', 'errors="surrogateescape"')),
    "compile": (1, FLAGS),
    "match": (2, FLAGS),
    "search": (2, FLAGS),
    "fullmatch": (2, FLAGS),
    "findall": (2, FLAGS),
    "finditer": (2, FLAGS),
    "sub": (3, FLAGS),
    "dumps": (1, ("sort_keys=True", "ensure_ascii=False", "default=str")),
    "dump": (2, ("sort_keys=True", "ensure_ascii=False", "default=str")),
    "makedirs": (1, ("exist_ok=True",)),
    "mkdir": (1, ("exist_ok=True", "parents=True")),
    "unlink": (0, ("missing_ok=True",)),
    "rmtree": (1, ("ignore_errors=True",)),
    "splitlines": (0, ("True", "keepends=True")),
    "warn": (2, ("stacklevel=2",)),
    "replace": (2, ("1",)),
    "Popen": (1, ("text=True", "shell=True")),
    "dataclass": (0, ("frozen=True", "eq=False")),
    "strip": (0, ('"/"', '"\\n"', '" "')),
    "rstrip": (0, ('"/"', '"\\n"', '" "')),
    "lstrip": (0, ('"/"', '"\\n"', '" "')),
}
"""By name, with how many values the call has at most: what it may forget."""


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
    most, options = BUILTIN.get(name, (0, ()))
    for place, option in enumerate(options):
        if option.split("=", 1)[0] not in keywords and given <= most:
            yield option, 0.4 + 0.05 * place


TEMPLATE = Template(
    name="missing keyword",
    nodes=frozenset(("call",)),
    cost=1.5,
    propose=_propose,
    answers=frozenset(("StopIteration", "ValueError", "TypeError", "KeyError")),
)
