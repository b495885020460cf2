"""How statements and expressions of Python bind names, take them away and bring them from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swe_agent.syntax.scope_annotations import annotation
from swe_agent.syntax.scope_reader import Binding, Reader
from swe_agent.syntax.tree import Parsed

if TYPE_CHECKING:
    from tree_sitter import Node


def assignment(reader: Reader, node: Node) -> None:
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    kind = node.child_by_field_name("type")
    if kind is not None:
        annotation(reader, kind)
    reader.visit(right)
    if left is not None and left.type == "identifier" and reader.text(left) == "__all__" and right is not None:
        reader.exported |= set(_strings(reader.parsed, right))
    reader.bind_target(left, "annotation" if kind is not None and right is None else "assignment")


def augmented_assignment(reader: Reader, node: Node) -> None:
    reader.visit(node.child_by_field_name("left"))
    assignment(reader, node)


def named_expression(reader: Reader, node: Node) -> None:
    reader.visit(node.child_by_field_name("value"))
    name = node.child_by_field_name("name")
    scope = reader.scope
    while scope.kind == "comprehension" and scope.parent is not None:
        scope = scope.parent
    if name is not None:
        reader.bind(reader.text(name), "assignment", name, scope=scope)


def delete_statement(reader: Reader, node: Node) -> None:
    for target in _leaves(node):
        if target.type != "identifier":
            reader.visit(target)
            continue
        name = reader.text(target)
        bound = reader.scope.names.get(name)
        if reader.conditional or bound is None or bound.kind == "global":
            reader.use(name, reader.line(target))
        else:
            bound.used = True
            reader.scope.names[name] = Binding(name, "deleted", reader.line(target), reader.branch)


def global_statement(reader: Reader, node: Node) -> None:
    for name in node.named_children:
        said = reader.text(name)
        if reader.scope is not reader.module:
            reader.scope.names[said] = Binding(said, "global", reader.line(name), reader.branch, used=True)


def global_names(reader: Reader, body: Node) -> None:
    """What functions declare global is the module's as soon as they stand there."""
    stack = [body]
    while stack:
        current = stack.pop()
        if current.type == "global_statement":
            for name in current.named_children:
                said = reader.text(name)
                bound = reader.module.names.get(said)
                if bound is None or bound.kind == "annotation":
                    reader.module.names[said] = Binding(said, "global", reader.line(name), reader.branch)
        elif current.type not in ("function_definition", "class_definition", "expression_statement"):
            stack += current.named_children


def nonlocal_statement(reader: Reader, node: Node) -> None:
    for name in node.named_children:
        reader.scope.names[reader.text(name)] = Binding(
            reader.text(name), "other", reader.line(name), reader.branch, used=True
        )


def import_statement(reader: Reader, node: Node) -> None:
    for name in node.children_by_field_name("name"):
        if name.type == "aliased_import":
            import_one(reader, name, reader.text(name.named_children[0]))
        else:
            reader.bind(
                reader.text(name).partition(".")[0], "import", name, module=reader.text(name), said=reader.text(name)
            )


def import_from_statement(reader: Reader, node: Node) -> None:
    module = node.child_by_field_name("module_name")
    said = reader.text(module) if module is not None else ""
    names = node.children_by_field_name("name")
    if any(child.type == "wildcard_import" for child in node.named_children):
        reader.star = True
    for name in names:
        import_one(reader, name, f"{said}.{reader.text(name.named_children[0])}")


def future_import_statement(reader: Reader, node: Node) -> None:
    for name in node.children_by_field_name("name"):
        if b"annotations" in (name.text or b""):
            reader.late_annotations = True
        bound = name.child_by_field_name("alias") or name
        reader.bind(reader.text(bound), "future", bound)


def import_one(reader: Reader, node: Node, module: str) -> None:
    bound = node.child_by_field_name("alias") or node
    reader.bind(reader.text(bound), "import", bound, module=module)


def _leaves(node: Node) -> Iterator[Node]:
    for child in node.named_children:
        if child.type in ("expression_list", "tuple", "list", "parenthesized_expression"):
            yield from _leaves(child)
        else:
            yield child


def _strings(parsed: Parsed, node: Node) -> Iterator[str]:
    if node.type == "string_content":
        yield parsed.text_of(node)
    for child in node.named_children:
        yield from _strings(parsed, child)
