"""Places that do not parse, and those of them that an edit brought in."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from swe_agent.core.source import SyntaxFault
from swe_agent.syntax.compiled import MAX_NEAR, error_in
from swe_agent.syntax.language import language_in
from swe_agent.syntax.tree import Parsed, parse

if TYPE_CHECKING:
    from tree_sitter import Node

MAX_FAULTS = 100
_MACRO = re.compile(r"\w+(?:\s*\(\s*[\w\s,.\"]*\))?")
"""What may be one: a word, or a call with plain arguments."""


def faults(path: str, text: str, *, nested: bool = False) -> tuple[SyntaxFault, ...]:
    """Errors and missing tokens in order, at most MAX_FAULTS; empty where no grammar is there or to be trusted.

    One error may take in much of a file, and in it are `nested` ones.
    """
    parsed = parse(path, text)
    if parsed is None or not parsed.language.trusted or not parsed.root.has_error:
        return ()
    places: list[SyntaxFault] = []
    stack = [parsed.root]
    while stack and len(places) < MAX_FAULTS:
        node = stack.pop()
        if (node.is_error or node.is_missing) and not (
            parsed.language.macros and _MACRO.fullmatch(parsed.text_of(node))
        ):
            places.append(_fault(parsed, node))
        if node.has_error and (nested or not node.is_error):
            stack.extend(reversed(node.children))
    return tuple(places)


def new_faults(path: str, before: str, after: str) -> tuple[SyntaxFault, ...]:
    """Syntax errors that an edit introduces; an edit with any is to be refused.

    Files that were broken before may stay as broken: only more errors than before are new. For Python the last word is
    the interpreter's own compiler, which also knows about indentation, and does not stumble where a grammar lags
    behind.
    """
    if language_in(path, after) == "python":
        error = error_in(path, after)
        if error is None:
            return ()
        if error_in(path, before) is None:
            return faults(path, after) or (error,)
    now = faults(path, after, nested=True)
    was = faults(path, before, nested=True) if now else ()
    if len(now) <= len(was):
        return ()
    known = Counter(fault.near for fault in was)
    fresh = []
    for fault in now:
        known[fault.near] -= 1
        if known[fault.near] < 0:
            fresh.append(fault)
    return tuple(fresh)


def _fault(parsed: Parsed, node: Node) -> SyntaxFault:
    row, column = node.start_point
    # What is missing at the end of a file is missing after its last line that says anything.
    said = next((line for at in range(row, -1, -1) if (line := parsed.line_at(at).strip())), "")
    near = f"missing {node.type!r} in: " if node.is_missing else ""
    return SyntaxFault(line=row + 1, column=column + 1, near=near + said[:MAX_NEAR])
