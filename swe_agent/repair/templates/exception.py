"""Another exception to be caught, or one more: what the `try` may raise, what the module speaks of, and what is usual.

Of a name that nothing defines, the exception that belongs there. After TBar's change of exception types (Liu et al.,
"TBar: Revisiting Template-Based Automated Program Repair", ISSTA 2019).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from swe_agent.repair.module import Module
from swe_agent.repair.nodes import caught_by
from swe_agent.repair.templates.base import Change, Template, insert_after, replace_node

if TYPE_CHECKING:
    from tree_sitter import Node

USUAL = (
    "ValueError", "TypeError", "KeyError", "AttributeError", "IndexError", "OSError", "ImportError", "StopIteration",
    "RuntimeError", "UnicodeDecodeError", "AssertionError", "Exception",
)  # fmt: skip
RAISED_BY = tuple(
    (re.compile(pattern), names)
    for pattern, names in (
        (r"\b(import|import_module)\b", ("ImportError", "ModuleNotFoundError")),
        (r"\b(int|float|index|remove|strptime|Decimal)\(", ("ValueError", "TypeError", "OverflowError")),
        (r"\bnext\(", ("StopIteration",)),
        (r"\b(open|stat|unlink|mkdir|makedirs|rename|connect|recv|read_text)\(", ("OSError", "FileNotFoundError")),
        (r"\b(decode|encode)\(", ("UnicodeDecodeError", "UnicodeEncodeError", "UnicodeError")),
        (r"[\w\])]\[[^\]\d-]", ("KeyError", "IndexError", "TypeError")),
        (r"[\w\])]\[-?\d|\bpop\(", ("IndexError", "KeyError")),
        (r"[\w)\]] (/|//|%) ", ("ZeroDivisionError",)),
        (r"\bassert\b", ("AssertionError",)),
        (r"\w\.\w", ("AttributeError",)),
        (r"\w\(", ("TypeError", "ValueError")),
    )
)
"""What code that looks so may raise, the tellingest first."""
MOST, MOST_OTHERS = 12, 10


def _propose(module: Module, node: Node) -> Iterator[Change]:
    caught = caught_by(node)
    names = [module.text(name) for name in caught]
    likely = _likely(module, node)
    others = [name for name in likely if name not in names][:MOST]
    alone = len(caught) == 1 and caught[0].parent is not None and caught[0].parent.type != "tuple"
    for place, other in enumerate(others):
        if alone and caught[0].type in ("identifier", "attribute"):
            yield replace_node(caught[0], f"({names[0]}, {other})", 0.3 + 0.1 * place)
        elif caught and not alone:
            yield insert_after(caught[-1], f", {other}", 0.3 + 0.1 * place)
    for name, text in zip(caught, names, strict=True):
        unknown = name.type == "identifier" and module.ingredients.is_unknown(text)
        for place, other in enumerate(others if unknown else others[:MOST_OTHERS]):
            yield replace_node(name, other, (-0.8 if unknown else 0.6) + 0.05 * place)


def _likely(module: Module, clause: Node) -> list[str]:
    body = clause.parent.child_by_field_name("body") if clause.parent is not None else None
    text = module.text(body) if body is not None else ""
    raised = [name for pattern, names in RAISED_BY if pattern.search(text) for name in names[:2]]
    spoken = [name for name in module.ingredients.exceptions if not module.ingredients.is_unknown(name.split(".")[0])]
    mixed = [name for pair in zip(raised, spoken, strict=False) for name in pair]
    return list(dict.fromkeys((*mixed, *raised, *spoken, *USUAL)))


TEMPLATE = Template(
    name="exception",
    nodes=frozenset(("except_clause",)),
    cost=1.6,
    propose=_propose,
    answers=frozenset((*USUAL, "NameError", "ZeroDivisionError", "FileNotFoundError")),
)
