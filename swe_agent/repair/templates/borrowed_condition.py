"""A condition that forgets what the function asks elsewhere: one of its other conditions, or an attribute it reads.

As in Long and Rinard, "Staged Program Repair with Condition Synthesis", ESEC/FSE 2015, with the atoms that stand there
instead of synthesised ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swe_agent.repair.module import FunctionFacts, Module
from swe_agent.repair.nodes import CONDITIONED, condition_of, scope_of
from swe_agent.repair.templates.base import Change, Template, replace_node

if TYPE_CHECKING:
    from tree_sitter import Node

MOST_CONDITIONS, MOST_PATHS, LONGEST = 3, 3, 40
HOLDERS = CONDITIONED - {"assert_statement"}


def _propose(module: Module, node: Node) -> Iterator[Change]:
    condition, function = condition_of(node), scope_of(node)
    if condition is None or function is None:
        return
    text = module.text(condition)
    for place, atom in enumerate(_atoms(module.facts_of(function), text)):
        cost = 0.1 * place
        if condition.type != "boolean_operator" or " or " not in text:
            yield replace_node(condition, f"{text} and {atom}", cost)
            yield replace_node(condition, f"{atom} and {text}", cost + 0.2)
        else:
            yield replace_node(condition, f"({text}) and {atom}", cost + 0.1)
        yield replace_node(condition, f"{text} or {atom}", cost + 0.3)


def _atoms(facts: FunctionFacts, text: str) -> list[str]:
    conditions = [atom for atom in facts.conditions if atom not in text and "\n" not in atom]
    paths = [path for path in facts.uncalled.get("attribute", ()) if path not in text and path not in conditions]
    short = [[atom for atom in atoms if len(atom) <= LONGEST] for atoms in (conditions, paths)]
    return [*short[0][:MOST_CONDITIONS], *short[1][:MOST_PATHS]]


TEMPLATE = Template(name="borrowed condition", nodes=HOLDERS, cost=2.1, propose=_propose)
