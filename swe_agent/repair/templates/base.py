"""What a template is: node types it looks at, and what it would write there instead."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Generic, TypeVar

from swe_agent.repair.facts import FileFacts

if TYPE_CHECKING:
    from tree_sitter import Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Bytes to be replaced. `cost` is added to the template's: how unusual this change is among its kind."""

    start: int
    end: int
    text: str
    cost: float = 0.0


Facts = TypeVar("Facts", bound=FileFacts)
"""Of a file, as its language knows them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Template(Generic[Facts]):
    """`propose` gives proposals for one node; it is pure, their order and number depend on the file alone. `answers`
    are exceptions that this kind of change cures: where a test raised one, it is tried earlier."""

    name: str
    nodes: frozenset[str]
    cost: float
    propose: Callable[[Facts, Node], Iterator[Change]]
    answers: frozenset[str] = frozenset()


def by_node(templates: Iterable[Template[Facts]]) -> dict[str, list[Template[Facts]]]:
    """Those that look at a type of nodes."""
    found: dict[str, list[Template[Facts]]] = {}
    for template in templates:
        for node in template.nodes:
            found.setdefault(node, []).append(template)
    return found


@dataclass(frozen=True, kw_only=True)
class TemplateReading(Generic[Facts]):
    """One file, as templates see it: a `languages.base.Reading`."""

    facts: Facts
    table: Mapping[str, Sequence[Template[Facts]]]
    statement_of: Callable[[Node], Node]

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        return tuple(node for node in self.facts.nodes if node.type in self.table)

    def line_of(self, byte: int) -> int:
        return self.facts.line_of(byte)

    def proposals(self, node: Node) -> Iterator[tuple[Template[Facts], Change]]:
        for template in self.table[node.type]:
            for change in template.propose(self.facts, node):
                yield template, change


def replace_node(node: Node, text: str, cost: float = 0.0) -> Change:
    return Change(start=node.start_byte, end=node.end_byte, text=text, cost=cost)


def insert_before(node: Node, text: str, cost: float = 0.0) -> Change:
    return Change(start=node.start_byte, end=node.start_byte, text=text, cost=cost)


def insert_after(node: Node, text: str, cost: float = 0.0) -> Change:
    return Change(start=node.end_byte, end=node.end_byte, text=text, cost=cost)
