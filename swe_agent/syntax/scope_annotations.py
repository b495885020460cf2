"""Annotations of Python, in quotes or not, and the expressions that hold some."""

from __future__ import annotations

from typing import TYPE_CHECKING

from swe_agent.syntax.scope_reader import Reader
from swe_agent.syntax.tree import Parsed, parse

if TYPE_CHECKING:
    from tree_sitter import Node

_GENERICS = frozenset(
    ["Optional", "Union", "List", "Dict", "Set", "FrozenSet", "Tuple", "Type", "Callable", "Sequence", "Iterable",
     "Iterator", "Mapping", "ClassVar", "Final", "Awaitable", "Coroutine", "Generator"]
)  # fmt: skip
"""Of these a quoted argument is code even where no annotation stands."""


def conditional_expression(reader: Reader, node: Node) -> None:
    """The condition comes first, wherever it stands."""
    body, *rest = [child for child in node.named_children if child.type != "comment"]
    reader.visit(*rest[:1], body, *rest[1:])


def string(reader: Reader, node: Node) -> None:
    for child in node.named_children:
        if child.type == "interpolation":
            reader.visit(*child.named_children)


def call(reader: Reader, node: Node) -> None:
    function, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
    reader.visit(function)
    first = arguments.named_child(0) if arguments is not None and arguments.named_child_count else None
    if function is not None and first is not None and first.type == "string":
        if reader.text(function) in ("cast", "typing.cast", "t.cast"):
            annotation(reader, first)
        elif reader.text(function).rpartition(".")[2] == "TypeVar" and arguments is not None:
            for argument in arguments.named_children:
                if argument.type == "keyword_argument" and (value := argument.child_by_field_name("value")):
                    annotation_now(reader, value)
            return
    reader.visit(arguments)


def subscript(reader: Reader, node: Node) -> None:
    head = node.child_by_field_name("value")
    if head is not None and reader.text(head).rpartition(".")[2] in _GENERICS:
        annotation_now(reader, node)
    else:
        reader.visit(*node.named_children)


def annotation(reader: Reader, node: Node) -> None:
    if reader.late_annotations:
        reader.later(lambda: annotation_now(reader, node))
    else:
        annotation_now(reader, node)


def annotation_now(reader: Reader, node: Node) -> None:
    stack = [node]
    while stack:
        current = stack.pop()
        kind = current.type
        if kind == "string":
            quoted(reader, current)
        elif kind in ("subscript", "generic_type"):
            head, *rest = current.named_children
            reader.visit(head)
            said = reader.text(head).rpartition(".")[2]
            if said == "Annotated" and rest:
                arguments = rest if kind == "subscript" else rest[0].named_children
                reader.visit(*arguments[1:])
                stack += arguments[:1]
            elif said != "Literal":
                stack += reversed(rest)
        elif kind == "member_type":
            stack += current.named_children[:1]
        elif kind in ("identifier", "attribute", "call", "lambda", "keyword_argument"):
            reader.visit(current)
        else:
            stack += reversed(current.named_children)


def quoted(reader: Reader, node: Node) -> None:
    """An annotation in quotes: read as code, when all the rest is known."""
    said = "".join(reader.text(child) for child in node.named_children if child.type == "string_content").strip()
    line = reader.line(node)
    if said.isidentifier():
        reader.later(lambda: reader.use(said, line))
    elif said and (inner := parse("annotation.py", f"({said})")) is not None and not inner.root.has_error:
        reader.later(lambda: quoted_code(reader, inner, line))


def quoted_code(reader: Reader, inner: Parsed, line: int) -> None:
    outer, before = reader.parsed, reader.lines_from
    reader.parsed, reader.lines_from = inner, line
    annotation_now(reader, inner.root)
    reader.parsed, reader.lines_from = outer, before
