"""Code that nothing reaches or names any more, as far as that is certain."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from swe_agent.review.change import Mention, Reviewed
from swe_agent.review.diff_index import FileDiff
from swe_agent.review.findings import Anchor, Finding, Severity
from swe_agent.review.signals.definitions import Changed, Definitions, may_be_private
from swe_agent.review.signals.grammar import ALSO, Rows, rows_of
from swe_agent.review.signals.near import Near
from swe_agent.syntax.language import is_test_file, language_of
from swe_agent.syntax.parse import Parsed

if TYPE_CHECKING:
    from tree_sitter import Node

_BY_NAME = re.compile(
    r"\b(?:globals|locals|vars)\(\)|\bgetattr\((?:sys\.modules|module|__import__)|^def __getattr__\b", re.MULTILINE
)
_ENTRIES = ("main", "init", "new", "setup", "teardown")


def findings(change: Reviewed) -> Iterator[Finding]:
    for file in change.written:
        if file.new is not None and not is_test_file(file.path):
            yield from _unreached(change, file)
    yield from _unnamed(change)


def _unreached(change: Reviewed, file: FileDiff) -> Iterator[Finding]:
    """Statements after the end of their block, where the end or the statement came with the change."""
    rows = rows_of(language_of(file.path))
    fresh = [row.new for row in file.changed("right")]
    if rows is None or not rows.ends or not fresh:
        return
    parsed = change.once(Near).parsed("right", file)
    if parsed is None or parsed.root.has_error:
        return
    known = set(fresh)
    for node in _blocks_at(parsed.root, rows, fresh):
        dead = _after_end(parsed, node, rows)
        if dead is not None and not known.isdisjoint(one.start_point.row + 1 for one in dead):
            line = dead[1].start_point.row + 1
            message = "Nothing reaches this: what comes before it leaves the block."
            yield _finding("dead-code/unreachable", message, Anchor(file.path, "right", line, line))


def _blocks_at(root: Node, rows: Rows, lines: list[int]) -> Iterator[Node]:
    """Those that have one of these lines in them."""
    stack = [root]
    while stack:
        node = stack.pop()
        at = bisect_left(lines, node.start_point.row + 1)
        if at < len(lines) and lines[at] <= node.end_point.row + 1:
            if node.type in rows.blocks:
                yield node
            stack += reversed(node.named_children)


def _after_end(parsed: Parsed, block: Node, rows: Rows) -> tuple[Node, Node] | None:
    """The end of a block and the first statement after it that would run."""
    end: Node | None = None
    before: Node | None = None
    for child in block.named_children:
        if child.type in parsed.language.comments:
            continue
        if end is not None:
            if child.type.startswith("preproc") or child.type in ("labeled_statement", "attribute_item"):
                return None
            # `return; yield` makes a generator that is empty.
            is_empty_generator = parsed.language.name == "python" and parsed.text_of(child).startswith("yield")
            if child.type not in rows.declares and not is_empty_generator:
                return end, child
            if is_empty_generator:
                return None
            continue
        inner = child.named_children[0] if child.type == "expression_statement" and child.named_child_count else child
        is_panic = parsed.language.name == "go" and parsed.text_of(inner).startswith("panic(")
        is_marked = before is not None and before.type == "attribute_item"  # `#[cfg(…)]`: it may not be there
        end = child if (inner.type in rows.ends or is_panic) and not is_marked else None
        before = child
    return None


def _unnamed(change: Reviewed) -> Iterator[Finding]:
    """Private functions that come and that nothing names, and those whose last mention went."""
    definitions = change.once(Definitions)
    for one in definitions.come:
        if _is_private(change, one) and _is_alone(one, definitions.mentions.get(one.symbol.name, ())):
            line = one.symbol.span.start
            message = f"`{one.symbol.name}` comes with this change, and no code names it."
            yield _finding(
                "dead-code/unused", message, Anchor(one.file.path, "right", line, line), one.symbol.qualified
            )
    fresh = {(one.file.path, one.symbol.qualified) for one in definitions.come}
    for one, line in definitions.left:
        if (one.file.path, one.symbol.qualified) in fresh or not _is_private(change, one):
            continue
        if _is_alone(one, definitions.mentions.get(one.symbol.name, ())):
            message = f"This was the last that named `{one.symbol.name}`, which is still there."
            yield _finding("dead-code/left", message, Anchor(one.file.path, "left", line, line), one.symbol.qualified)


def _is_alone(one: Changed, found: Sequence[Mention]) -> bool:
    """Whether its own line is the only one of the project with the name. Where none is seen, nobody has looked."""
    return len(found) == 1 and found[0].path == one.file.new and found[0].line in one.symbol.span


def _is_private(change: Reviewed, one: Changed) -> bool:
    """Whether only its file may name it, by the rules of its language."""
    symbol = one.symbol
    if not may_be_private(symbol) or symbol.name.lower() in _ENTRIES or _is_marked(change, one):
        return False
    match ALSO.get(symbol.language, symbol.language):
        case "python":
            return not _is_made(change, one)
        case "javascript" | "typescript":
            return not _is_exported(change, one)
        case _:
            return True


def _is_marked(change: Reviewed, one: Changed) -> bool:
    """By a decorator, an attribute, an annotation: something else may know it by that."""
    lines = change.lines("right", one.file.new)
    first = one.symbol.span.start
    around = lines[max(0, first - 3) : first]
    return any(line.lstrip().startswith(("@", "#[", "//go:", "//export")) for line in around)


def _is_made(change: Reviewed, one: Changed) -> bool:
    """Whether its file finds names by putting them together."""
    return bool(_BY_NAME.search(change.text("right", one.file.new)))


def _is_exported(change: Reviewed, one: Changed) -> bool:
    lines = change.lines("right", one.file.new)
    first = lines[one.symbol.span.start - 1] if one.symbol.span.start <= len(lines) else "export"
    if re.match(r"\s*(?:export|declare|module\.|exports\.)", first):
        return True
    text = change.text("right", one.file.new)
    # A script without imports and exports shares what it has with the page that holds it.
    return not re.search(r"^\s*(?:import|export)\b|\brequire\(", text, re.MULTILINE)


def _finding(rule: str, message: str, anchor: Anchor, symbol: str = "") -> Finding:
    return Finding(
        rule=rule,
        severity=Severity.LOW,
        message=message,
        category="style",
        path=anchor.path,
        anchor=anchor,
        symbol=symbol,
        confidence=0.8,
    )
