"""A statement that is not there: what is collected and never put in, a name that should have moved on, or one that
stands elsewhere in the function.

After GenProg's insertion of statements from the same program (Weimer et al., "Automatically Finding Patches Using
Genetic Programming", ICSE 2009), kept to what the function itself speaks of.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swe_agent.repair.module import FunctionFacts, Module
from swe_agent.repair.nodes import STATEMENTS, scope_of
from swe_agent.repair.templates.base import Change, Template, insert_after, insert_before

if TYPE_CHECKING:
    from tree_sitter import Node

MOST_NAMES, MOST_COPIES, LONGEST = 5, 6, 60
PUTS = {"list": "append", "set": "add", "deque": "append"}
"""What puts one thing into a container, by how the container was made."""
LEAVES = frozenset(("return_statement", "raise_statement", "continue_statement", "break_statement"))


def _propose(module: Module, node: Node) -> Iterator[Change]:
    function = scope_of(node)
    indent = module.indent_of(node)
    if function is None or node.start_point.column != len(indent.encode()):
        return
    facts = module.facts_of(function)
    for text, cost in (*_put(module, facts, node), *_moved_on(facts, node), *_elsewhere(module, facts, node)):
        if node.type in LEAVES:
            yield insert_before(node, f"{text}{module.newline}{indent}", cost)
        else:
            yield insert_after(node, f"{module.newline}{indent}{text}", cost)


def _put(module: Module, facts: FunctionFacts, node: Node) -> Iterator[tuple[str, float]]:
    """`done.add(x)` for what is made empty in this function, or put into at another place."""
    for container, method in _containers(module, facts).items():
        names = [name for name in reversed(facts.in_scope(node)) if name != container]
        for place, name in enumerate(names[:MOST_NAMES]):
            yield f"{container}.{method}({name})", 0.1 * place


def _containers(module: Module, facts: FunctionFacts) -> dict[str, str]:
    found: dict[str, str] = {}
    for below in facts.nodes:
        if below.type == "assignment":
            left, right = below.child_by_field_name("left"), below.child_by_field_name("right")
            if left is not None and right is not None and left.type == "identifier":
                made = "list" if right.type == "list" else module.text(right).split("(", 1)[0]
                if made in PUTS and (right.type == "list" or module.text(right).endswith("()")):
                    found.setdefault(module.text(left), PUTS[made])
        elif below.type == "call":
            owner, _, method = module.text(below.child_by_field_name("function") or below).rpartition(".")
            if method in PUTS.values() and owner.isidentifier():
                found[owner] = method
    return found


def _moved_on(facts: FunctionFacts, node: Node) -> Iterator[tuple[str, float]]:
    """`before = now` for names that are bound in this function and read."""
    names = facts.in_scope(node)
    targets = [name for name in facts.locals if facts.uses[name]]
    pairs = [(target, name) for target in targets for name in reversed(names) if name != target]
    yield from (
        (f"{target} = {name}", 0.3 + 0.05 * place) for place, (target, name) in enumerate(pairs[: 2 * MOST_NAMES])
    )


def _elsewhere(module: Module, facts: FunctionFacts, node: Node) -> Iterator[tuple[str, float]]:
    here = module.text(node)
    texts = (text for text in facts.texts.get("expression_statement", ()) if "\n" not in text and text != here)
    short = [text for text in texts if len(text) <= LONGEST and not text.startswith(('"', "'"))]
    yield from ((text, 0.5 + 0.05 * place) for place, text in enumerate(short[:MOST_COPIES]))


TEMPLATE = Template(name="missing statement", nodes=STATEMENTS | LEAVES, cost=2.3, propose=_propose)
