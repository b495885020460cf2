"""What a template is: node types it looks at, and what it would write there instead."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from swe_agent.repair.module import Module

if TYPE_CHECKING:
    from tree_sitter import Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Bytes to be replaced. `cost` is added to the template's: how unusual this change is among its kind."""

    start: int
    end: int
    text: str
    cost: float = 0.0


class Propose(Protocol):
    """Proposals for one node. Pure; order and number depend on the module alone."""

    def __call__(self, module: Module, node: Node) -> Iterator[Change]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """`answers` are exceptions that this kind of change cures: where a test raised one, it is tried earlier."""

    name: str
    nodes: frozenset[str]
    cost: float
    propose: Propose
    answers: frozenset[str] = frozenset()


def replace_node(node: Node, text: str, cost: float = 0.0) -> Change:
    return Change(start=node.start_byte, end=node.end_byte, text=text, cost=cost)


def insert_before(node: Node, text: str, cost: float = 0.0) -> Change:
    return Change(start=node.start_byte, end=node.start_byte, text=text, cost=cost)


def insert_after(node: Node, text: str, cost: float = 0.0) -> Change:
    return Change(start=node.end_byte, end=node.end_byte, text=text, cost=cost)
