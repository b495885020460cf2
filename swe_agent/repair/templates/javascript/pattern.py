"""A regular expression that stops at the first, minds the case, or asks for too much."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from swe_agent.repair.script import Script
from swe_agent.repair.templates.base import Change, Template, replace_node

if TYPE_CHECKING:
    from tree_sitter import Node

FLAGS = ("g", "i", "m", "u", "s")
TURNED = {"+": "*", "*": "+"}
CLASSES = {
    "\\d": "\\D",
    "\\w": "\\W",
    "\\s": "\\S",
    "\\D": "\\d",
    "\\W": "\\w",
    "\\S": "\\s",
    "\\b": "\\B",
    "\\B": "\\b",
}
MOST = 8


def _propose(script: Script, node: Node) -> Iterator[Change]:
    parts = re.fullmatch(r"/(.*)/([a-z]*)", script.text(node), re.DOTALL)
    if parts is None:
        return
    body, flags = parts[1], parts[2]
    for place, flag in enumerate(FLAGS):
        other = flags.replace(flag, "") if flag in flags else flags + flag
        yield replace_node(node, f"/{body}/{other}", 0.2 + 0.2 * place)
    for place, text in enumerate(_bodies(body)):
        if place < MOST:
            yield replace_node(node, f"/{text}/{flags}", 0.4 + 0.05 * place)


def _bodies(body: str) -> Iterator[str]:
    if body.startswith("^"):
        yield body[1:]
    else:
        yield f"^{body}"
    if body.endswith("$") and not body.endswith("\\$"):
        yield body[:-1]
    else:
        yield f"{body}$"
    for found in re.finditer(r"(?<!\\)[+*]", body):
        yield body[: found.start()] + TURNED[found[0]] + body[found.end() :]
    for found in re.finditer(r"\\[dwsDWSbB]", body):
        yield body[: found.start()] + CLASSES[found[0]] + body[found.end() :]
    for found in re.finditer(r"\[\^?", body):
        other = "[" if found[0] == "[^" else "[^"
        yield body[: found.start()] + other + body[found.end() :]


TEMPLATE = Template(name="pattern", nodes=frozenset(("regex",)), cost=1.6, propose=_propose)
