"""Lines that no test "runs" and that matter all the same: what is evaluated once, at import, and used by suspects."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from swe_agent.repair.localise import Place
from swe_agent.syntax.parse import Parsed, walk

if TYPE_CHECKING:
    from tree_sitter import Node

SHARE = 0.5
"""What a definition inherits from the most suspicious line that uses it."""


def with_definitions(parsed: Mapping[str, Parsed], scores: Mapping[Place, float]) -> dict[Place, float]:
    """Adds constants of modules and classes, and the first lines of functions that have defaults."""
    used = _used_names(parsed, scores)
    extended = dict(scores)
    for path, tree in parsed.items():
        for line, score in (*_constants(tree, used), *_defaults(tree, path, scores)):
            extended[path, line] = max(extended.get((path, line), 0.0), SHARE * score)
    return extended


def _used_names(parsed: Mapping[str, Parsed], scores: Mapping[Place, float]) -> dict[str, float]:
    """For each name on a suspicious line, the best score of such a line."""
    used: dict[str, float] = {}
    for path, tree in parsed.items():
        for node in walk(tree.root):
            score = scores.get((path, node.start_point.row + 1)) if node.type == "identifier" else None
            if score is not None:
                name = tree.text_of(node)
                used[name] = max(used.get(name, 0.0), score)
    return used


def _constants(tree: Parsed, used: Mapping[str, float]) -> Iterable[tuple[int, float]]:
    for statement in _statements_at_import(tree.root):
        assignment = statement.named_children[0] if statement.named_children else None
        left = assignment.child_by_field_name("left") if assignment and assignment.type == "assignment" else None
        if left is not None and tree.text_of(left) in used:
            yield statement.start_point.row + 1, used[tree.text_of(left)]


def _statements_at_import(node: Node) -> Iterable[Node]:
    for child in node.named_children:
        if child.type == "expression_statement":
            yield child
        elif child.type in ("class_definition", "decorated_definition", "block", "if_statement", "try_statement"):
            yield from _statements_at_import(child)


def _defaults(tree: Parsed, path: str, scores: Mapping[Place, float]) -> Iterable[tuple[int, float]]:
    for node in walk(tree.root):
        parameters = node.child_by_field_name("parameters") if node.type == "function_definition" else None
        if parameters is None or not any("default" in child.type for child in parameters.named_children):
            continue
        lines = range(node.start_point.row + 1, node.end_point.row + 2)
        best = max((scores.get((path, line), 0.0) for line in lines), default=0.0)
        if best:
            yield node.start_point.row + 1, best
