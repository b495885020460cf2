"""A text that is off by a little: a blank or a line's end too many or too few, another separator, case or
placeholder.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swe_agent.repair.module import Module
from swe_agent.repair.nodes import is_docstring
from swe_agent.repair.templates.base import Change, Template, insert_after, insert_before, replace_node

if TYPE_CHECKING:
    from tree_sitter import Node

SEPARATORS = ("", " ", ",", ", ", "\\n", ".", "-", "_", "/", ":", ": ", ";", "\\t", "|", "=")
ENDS = (" ", "\\n", ".", ",", ":", "/")
PLACEHOLDERS = (("%s", "%r"), ("%r", "%s"), ("%d", "%s"), ("%s", "%d"), ("{}", "{!r}"), ("%f", "%g"))
LONGEST, LONGEST_WORD = 60, 24


def _propose(module: Module, node: Node) -> Iterator[Change]:
    if node.type == "string":
        text = module.text(node)
        if text[-2:] in ('""', "''") and len(text) <= 3 and not is_docstring(node):
            quote = text[-1]
            offered = enumerate(SEPARATORS[1:7])
            yield from (replace_node(node, f"{quote}{other}{quote}", 0.4 + 0.1 * place) for place, other in offered)
        return
    text = module.text(node)
    if is_docstring(node) or len(text) > LONGEST or "\n" in text:
        return
    if text in SEPARATORS:
        others = [other for other in SEPARATORS if other != text]
        near = sorted(others, key=lambda other: (other.strip() != text.strip(), SEPARATORS.index(other)))
        yield from (replace_node(node, other, 0.05 * place) for place, other in enumerate(near))
        return
    yield from _ends(node, text)
    for old, new in PLACEHOLDERS:
        if old in text:
            yield replace_node(node, text.replace(old, new, 1), 0.4)
    if len(text) <= LONGEST_WORD:
        for other in dict.fromkeys((text.lower(), text.upper(), text.capitalize())):
            if other != text and "\\" not in text and "%" not in text:
                yield replace_node(node, other, 0.5)


def _ends(node: Node, text: str) -> Iterator[Change]:
    for end in ENDS:
        if text.endswith(end):
            yield replace_node(node, text.removesuffix(end), 0.3)
        elif end != "." or " " in text:
            yield insert_after(node, end, 0.5 if end in ENDS[:2] else 0.7)
    if text.startswith(" "):
        yield replace_node(node, text[1:], 0.4)
    elif text[:1].isalpha():
        yield insert_before(node, " ", 0.6)


TEMPLATE = Template(name="text", nodes=frozenset(("string_content", "string")), cost=1.9, propose=_propose)
