"""A function's or method's opposite or near relative."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swe_agent.repair.script import Script, is_called
from swe_agent.repair.templates.base import Change, Template, replace_node
from swe_agent.repair.templates.javascript.base import LOOKED_INTO

if TYPE_CHECKING:
    from tree_sitter import Node

FAMILIES: tuple[tuple[str, ...], ...] = (
    ("min", "max"),
    ("floor", "ceil", "round", "trunc"),
    ("push", "unshift"),
    ("push", "concat"),
    ("pop", "shift"),
    ("slice", "splice", "substring", "substr"),
    ("some", "every"),
    ("map", "forEach", "filter", "flatMap"),
    ("filter", "find"),
    ("find", "findIndex", "findLast"),
    ("reduce", "reduceRight"),
    ("indexOf", "lastIndexOf"),
    ("includes", "startsWith", "endsWith"),
    ("trim", "trimStart", "trimEnd"),
    ("padStart", "padEnd"),
    ("toLowerCase", "toUpperCase"),
    ("toString", "toFixed"),
    ("replace", "replaceAll"),
    ("match", "matchAll", "exec"),
    ("test", "exec"),
    ("keys", "values", "entries"),
    ("add", "delete", "has"),
    ("get", "set", "has"),
    ("charAt", "charCodeAt", "codePointAt"),
    ("parseInt", "parseFloat", "Number"),
    ("String", "Number", "Boolean"),
    ("isNaN", "isFinite", "isInteger"),
    ("all", "allSettled", "race", "any"),
    ("then", "catch", "finally"),
    ("resolve", "reject"),
    ("call", "apply", "bind"),
    ("on", "once", "off"),
    ("sort", "toSorted", "reverse"),
    ("encodeURI", "encodeURIComponent"),
    ("decodeURI", "decodeURIComponent"),
    ("getDate", "getDay", "getUTCDate"),
    ("getMonth", "getUTCMonth"),
    ("getFullYear", "getUTCFullYear", "getYear"),
    ("getHours", "getUTCHours"),
    ("stringify", "parse"),
    ("sqrt", "cbrt", "abs"),
    ("freeze", "assign"),
    ("from", "of"),
    ("join", "concat"),
    ("setTimeout", "setImmediate"),
    ("Map", "WeakMap", "Set"),
)


def _propose(script: Script, node: Node) -> Iterator[Change]:
    named = node.child_by_field_name("property") if node.type == "member_expression" else node
    if named is None or not is_called(node):
        return
    text = script.text(named)
    offered = dict.fromkeys(other for family in FAMILIES if text in family for other in family if other != text)
    yield from (replace_node(named, other, 0.1 * place) for place, other in enumerate(offered))


TEMPLATE = Template(
    name="sibling call",
    nodes=frozenset(("identifier", "member_expression")),
    cost=1.3,
    propose=_propose,
    answers=LOOKED_INTO,
)
