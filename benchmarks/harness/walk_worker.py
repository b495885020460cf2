#!/usr/bin/env python3
"""What parsing alone costs: tree-sitter over the listed files in two processes, with a walk over definitions.

    python benchmarks/harness/walk_worker.py TREE PATHS

PATHS is a file with one path a line. Nothing is kept and nothing is ranked: the least that any index of symbols has to
do. Prints how many it met.
"""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

from tree_sitter import Language, Parser

DEFINITIONS = (
    "function_definition",
    "class_definition",
    "function_declaration",
    "class_declaration",
    "abstract_class_declaration",
    "method_definition",
    "interface_declaration",
    "enum_declaration",
    "type_alias_declaration",
)
BODIES = ("block", "class_body", "decorated_definition", "export_statement", "statement_block", "interface_body")


@cache
def parser_of(extension: str) -> Parser:
    import tree_sitter_javascript
    import tree_sitter_python
    import tree_sitter_typescript

    if extension == ".py":
        return Parser(Language(tree_sitter_python.language()))
    if extension in (".ts", ".mts", ".cts"):
        return Parser(Language(tree_sitter_typescript.language_typescript()))
    if extension == ".tsx":
        return Parser(Language(tree_sitter_typescript.language_tsx()))
    return Parser(Language(tree_sitter_javascript.language()))


def walk(node: Any) -> int:
    found = 0
    for child in node.named_children:
        if child.type in DEFINITIONS:
            found += 1
            body = child.child_by_field_name("body")
            found += walk(body) if body is not None else 0
        elif child.type in BODIES:
            found += walk(child)
    return found


def count(path: str) -> int:
    file = Path(path)
    return walk(parser_of(file.suffix).parse(file.read_bytes()).root_node)


def main() -> None:
    tree, listed = sys.argv[1:]
    paths = [f"{tree}/{line}" for line in Path(listed).read_text(encoding="utf-8").splitlines()]
    with ProcessPoolExecutor(2) as pool:
        print(sum(pool.map(count, paths, chunksize=64)))


if __name__ == "__main__":
    main()
