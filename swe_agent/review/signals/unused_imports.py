"""Imports that a change brings, and whose name its file has in no other place, not even in a comment.

Where an import alone may do something (Go, which asks for a blank name; Rust's traits; `import "x"`) nothing is said.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from swe_agent.review.change import Reviewed
from swe_agent.review.diff_index import FileDiff
from swe_agent.review.findings import Anchor, Finding, Severity
from swe_agent.review.signals.definitions import WORD
from swe_agent.review.signals.grammar import ALSO
from swe_agent.review.signals.near import Near
from swe_agent.syntax.language import is_test_file, language_of
from swe_agent.syntax.parse import Parsed

if TYPE_CHECKING:
    from tree_sitter import Node

_KEPT = re.compile(r"#\s*noqa|eslint-disable|@ts-|pylint|type: ignore|isort|biome-ignore|noinspection", re.IGNORECASE)
_PUBLIC = ("__init__.py", "conftest.py", "__main__.py")
_PRAGMAS = ("React", "h", "jsx", "Fragment")


def findings(change: Reviewed) -> Iterator[Finding]:
    for file in change.written:
        language = ALSO.get(language_of(file.path), language_of(file.path))
        name = file.path.rpartition("/")[2]
        if language not in _READERS or is_test_file(file.path) or name in _PUBLIC or name.endswith((".d.ts", ".pyi")):
            continue
        fresh = {row.new: row.text for row in file.changed("right")}
        if any("import" in text for text in fresh.values()):
            yield from _unused(change, file, language, fresh)


def _unused(change: Reviewed, file: FileDiff, language: str, fresh: dict[int, str]) -> Iterator[Finding]:
    """One for a file."""
    parsed = change.once(Near).parsed("right", file)
    if parsed is None or parsed.root.has_error:
        return
    names = [(name, line) for node in parsed.root.named_children for name, line in _READERS[language](parsed, node)]
    wanted = [(name, line) for name, line in names if line in fresh and not _KEPT.search(fresh[line])]
    if not wanted:
        return
    seen = Counter(WORD.findall(change.text("right", file.new)))
    found = [(name, line) for name, line in wanted if seen[name] == 1 and name not in _PRAGMAS]
    if found:
        name, line = found[0]
        others = ", ".join(f"`{other}` in line {at}" for other, at in found[1:])
        yield Finding(
            rule="dead-code/import",
            severity=Severity.LOW,
            message=f"`{name}` is imported here, and the file does not use it.",
            detail=f"The same is true of {others}." if others else "",
            category="style",
            path=file.path,
            anchor=Anchor(file.path, "right", line, line),
            symbol=name,
            confidence=0.9,
        )


def _python(parsed: Parsed, node: Node) -> Iterator[tuple[str, int]]:
    """Names with their lines. What is imported with dots binds a package, and is often imported for its effects."""
    if node.type not in ("import_statement", "import_from_statement"):
        return
    for child in node.children_by_field_name("name"):
        name = child.child_by_field_name("alias") if child.type == "aliased_import" else child
        original = child.child_by_field_name("name") if child.type == "aliased_import" else None
        if name is None or (original is not None and parsed.text_of(original) == parsed.text_of(name)):
            continue
        if "." not in parsed.text_of(name):
            yield parsed.text_of(name), name.start_point.row + 1


def _script(parsed: Parsed, node: Node) -> Iterator[tuple[str, int]]:
    if node.type != "import_statement":
        return
    clauses = [child for child in node.named_children if child.type == "import_clause"]
    for clause in clauses:
        for child in clause.named_children:
            below = child.named_children if child.type in ("named_imports", "namespace_import") else [child]
            for one in below:
                name = one
                if one.type == "import_specifier":
                    name = one.child_by_field_name("alias") or one.child_by_field_name("name") or one
                yield parsed.text_of(name), name.start_point.row + 1


def _java(parsed: Parsed, node: Node) -> Iterator[tuple[str, int]]:
    if node.type == "import_declaration" and not any(child.type == "asterisk" for child in node.named_children):
        path = next((child for child in node.named_children if child.type == "scoped_identifier"), None)
        name = path.child_by_field_name("name") if path is not None else None
        if name is not None:
            yield parsed.text_of(name), node.start_point.row + 1


_READERS = {"python": _python, "javascript": _script, "typescript": _script, "java": _java}
