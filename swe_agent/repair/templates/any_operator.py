"""Any other operator of its kind: what the templates for usual mistakes leave out, tried after them.

A single mutation as a repair, as in Debroy and Wong, "Using Mutation to Automatically Suggest Fixes for Faulty
Programs", ICST 2010, and PraPR (Ghanbari et al., "Practical Program Repair via Bytecode Mutation", ISSTA 2019). An
operator that stands nowhere else in the module is the likelier mistake.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swe_agent.repair.module import Module
from swe_agent.repair.operators import change, compared
from swe_agent.repair.templates import arithmetic, comparison
from swe_agent.repair.templates.base import Change, Template, replace_node

if TYPE_CHECKING:
    from tree_sitter import Node

COMPARISONS = ("==", "!=", "<", "<=", ">", ">=", "is", "is not", "in", "not in")
ARITHMETIC = ("+", "-", "*", "/", "%", "//", "**", "|", "&", "^", "<<", ">>")
LONELY_BONUS = 0.7


def _propose(module: Module, node: Node) -> Iterator[Change]:
    if node.type == "comparison_operator":
        for operator, left, right in compared(node):
            yield from _others(module, [left, operator, right], COMPARISONS, comparison.INSTEAD, "")
        return
    around = [child for name in ("left", "operator", "right") if (child := node.child_by_field_name(name)) is not None]
    if len(around) == 3:
        suffix = "=" if node.type == "augmented_assignment" else ""
        yield from _others(module, around, ARITHMETIC, arithmetic.INSTEAD, suffix)


def _others(
    module: Module,
    around: list[Node],
    family: tuple[str, ...],
    usual: dict[str, tuple[tuple[str, float], ...]],
    suffix: str,
) -> Iterator[Change]:
    left, operator, right = around
    now = " ".join(module.text(operator).split()).removesuffix(suffix)
    if now not in family:
        return
    known = {text for text, _ in usual.get(now, ())} if not suffix else set()
    lonely = LONELY_BONUS if module.is_alone(operator) else 0.0
    for text in family:
        if text != now and text not in known:
            yield replace_node(operator, text + suffix, change(module, now, text, left, right) - lonely)


TEMPLATE = Template(
    name="any operator",
    nodes=frozenset(("comparison_operator", "binary_operator", "augmented_assignment")),
    cost=2.4,
    propose=_propose,
)
