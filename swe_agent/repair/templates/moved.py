"""A statement that stands one step too far in or out: the last of a block below it, or what follows a block into it.

GenProg's and ARJA-e's moves of statements (Weimer et al., ICSE 2009; Yuan and Banzhaf, "Toward Better Evolutionary
Program Repair", TOSEM 2020), kept to a change of indentation.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swe_agent.repair.module import Module
from swe_agent.repair.nodes import SIMPLE_STATEMENTS, starts_line
from swe_agent.repair.templates.base import Change, Template

if TYPE_CHECKING:
    from tree_sitter import Node

COMPOUND = frozenset(("for_statement", "while_statement", "if_statement", "with_statement"))


def _propose(module: Module, node: Node) -> Iterator[Change]:
    text, indent = module.text(node), module.indent_of(node)
    if "\n" in text or not starts_line(node, indent):
        return
    block = node.parent
    around = block.parent if block is not None and block.type == "block" else None
    before = node.prev_named_sibling
    if around is not None and around.type in COMPOUND and before is not None and around.end_byte == node.end_byte:
        outer = module.indent_of(around)
        yield Change(start=before.end_byte, end=node.end_byte, text=f"{module.newline}{outer}{text}", cost=0.0)
    if before is not None and before.type in COMPOUND:
        inner = _last_block(before)
        between = module.parsed.data[before.end_byte : node.start_byte]
        if inner and inner.named_children and not between.strip() and inner.end_byte == before.end_byte:
            deeper = module.indent_of(inner.named_children[-1])
            start = before.end_byte
            yield Change(start=start, end=node.end_byte, text=f"{module.newline}{deeper}{text}", cost=0.2)


def _last_block(compound: Node) -> Node | None:
    """The only block of a statement that has no `else`."""
    if compound.child_by_field_name("alternative") is not None:
        return None
    return compound.child_by_field_name("body") or compound.child_by_field_name("consequence")


TEMPLATE = Template(
    name="moved",
    nodes=SIMPLE_STATEMENTS | frozenset(("continue_statement", "break_statement")),
    cost=2.0,
    propose=_propose,
)
