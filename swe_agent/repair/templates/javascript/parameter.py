"""A parameter that nobody has to give: a default for it, or another one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swe_agent.repair.script import Script
from swe_agent.repair.templates.base import Change, Template, insert_after
from swe_agent.repair.templates.javascript.base import LOOKED_INTO

if TYPE_CHECKING:
    from tree_sitter import Node

DEFAULTS = ("{}", "[]", "0", "''", "1", "true", "false", "null")


def _propose(script: Script, node: Node) -> Iterator[Change]:
    for child in node.named_children:
        if child.type in ("identifier", "object_pattern", "array_pattern") or (
            child.type == "required_parameter" and child.child_by_field_name("value") is None
        ):
            yield from _with_default(child)


def _with_default(parameter: Node) -> Iterator[Change]:
    for place, default in enumerate(DEFAULTS):
        fits = default == ("[]" if parameter.type == "array_pattern" else "{}")
        if fits or parameter.type not in ("object_pattern", "array_pattern"):
            yield insert_after(parameter, f" = {default}", 0.0 if fits else 0.1 * place)


TEMPLATE = Template(
    name="default", nodes=frozenset(("formal_parameters",)), cost=2.0, propose=_propose, answers=LOOKED_INTO
)
