"""A text that names a variable in braces, and is no f-string."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from swe_agent.repair.module import Module
from swe_agent.repair.nodes import is_docstring, scope_of
from swe_agent.repair.templates.base import Change, Template, replace_node

if TYPE_CHECKING:
    from tree_sitter import Node

FIELD = re.compile(r"(?<!\{)\{([A-Za-z_]\w*)[^{}\"']*\}(?!\})")
PLAIN = re.compile(r"[rR]?[\"']")


def _propose(module: Module, node: Node) -> Iterator[Change]:
    function, parent = scope_of(node), node.parent
    # What stands in several parts is looked at as a whole; what is given to `format` is filled in there.
    if function is None or parent is None or parent.type in ("concatenated_string", "attribute") or is_docstring(node):
        return
    if not FIELD.search(module.text(node)):  # most texts have none, and names are dearer to come by
        return
    names = frozenset(module.facts_of(function).in_scope(node))
    parts = node.named_children if node.type == "concatenated_string" else [node]
    text, start = module.text(node), node.start_byte
    data = text.encode("utf-8", "surrogateescape")
    for part in reversed(parts):
        said = module.text(part)
        if PLAIN.match(said) and any(found[1] in names for found in FIELD.finditer(said)):
            at = part.start_byte - start
            data = data[:at] + b"f" + data[at:]
    changed = data.decode("utf-8", "surrogateescape")
    if changed != text:
        yield replace_node(node, changed)


TEMPLATE = Template(name="f-string", nodes=frozenset(("string", "concatenated_string")), cost=1.0, propose=_propose)
