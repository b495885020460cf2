"""What a template for JavaScript is: as for Python, on the facts of a script."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from swe_agent.repair.script import Script
from swe_agent.repair.templates.base import Change

if TYPE_CHECKING:
    from tree_sitter import Node

LOOKED_INTO = frozenset(("TypeError", "ReferenceError"))
"""What is thrown where something is not there, or is no function."""


class ProposeScript(Protocol):
    """Proposals for one node. Pure; order and number depend on the script alone."""

    def __call__(self, script: Script, node: Node) -> Iterator[Change]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptTemplate:
    """`answers` are errors that this kind of change cures: where a test threw one, it is tried earlier."""

    name: str
    nodes: frozenset[str]
    cost: float
    propose: ProposeScript
    answers: frozenset[str] = frozenset()
