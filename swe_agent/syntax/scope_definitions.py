"""Functions, classes, lambdas, comprehensions: what opens a scope in Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

from swe_agent.syntax.scope_annotations import annotation
from swe_agent.syntax.scope_names import global_names
from swe_agent.syntax.scope_reader import Reader, Scope, identifiers_in

if TYPE_CHECKING:
    from tree_sitter import Node


def decorated_definition(reader: Reader, node: Node) -> None:
    decorators = [child for child in node.named_children if child.type == "decorator"]
    reader.visit(*decorators)
    definition = node.child_by_field_name("definition")
    if definition is not None and definition.type == "function_definition":
        names = [reader.text(each.named_children[0]) for each in decorators if each.named_children]
        function_definition(reader, definition, overload=any(_is_overload(reader, name) for name in names))
    elif definition is not None:
        class_definition(reader, definition)


def _is_overload(reader: Reader, name: str) -> bool:
    bound = reader.module.names.get(name)
    return name.rpartition(".")[2] == "overload" or (bound is not None and bound.module.endswith(".overload"))


def function_definition(reader: Reader, node: Node, overload: bool = False) -> None:
    outer = reader.scope
    type_parameters(reader, node.child_by_field_name("type_parameters"))
    inner = Scope(kind="function", parent=reader.scope)
    bound = parameters(reader, node.child_by_field_name("parameters"))
    if (returns := node.child_by_field_name("return_type")) is not None:
        annotation(reader, returns)
    name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
    reader.scope, signature = outer, reader.scope
    if name is not None:
        reader.bind(reader.text(name), "def", name, overload=overload)
    if body is not None and reader.parsed.data.find(b"global", body.start_byte, body.end_byte) >= 0:
        global_names(reader, body)
    reader.scope = signature
    reader.later(lambda: body_of(reader, inner, bound, body))
    reader.scope = outer


def body_of(reader: Reader, scope: Scope, parameters: list[Node], body: Node | None) -> None:
    reader.scope = scope
    for parameter in parameters:
        reader.bind(reader.text(parameter), "other", parameter)
    reader.visit(body)


def lambda_expression(reader: Reader, node: Node) -> None:
    bound = parameters(reader, node.child_by_field_name("parameters"))
    inner = Scope(kind="function", parent=reader.scope)
    body = node.child_by_field_name("body")
    reader.later(lambda: body_of(reader, inner, bound, body))


def parameters(reader: Reader, node: Node | None) -> list[Node]:
    """Reads defaults and annotations, and gives back the names."""
    names: list[Node] = []
    for parameter in node.named_children if node is not None else ():
        kind = parameter.child_by_field_name("type")
        if kind is not None:
            annotation(reader, kind)
        reader.visit(parameter.child_by_field_name("value"))
        name = parameter.child_by_field_name("name")
        if name is None and parameter.type == "typed_parameter":
            name = parameter.named_children[0]
        names += identifiers_in(name or parameter)
    return names


def type_parameters(reader: Reader, node: Node | None) -> None:
    """Opens their scope, which the caller leaves."""
    if node is None:
        return
    reader.scope = Scope(kind="type", parent=reader.scope)
    for one in node.named_children:
        names = identifiers_in(one)
        if names:
            reader.bind(reader.text(names[0]), "other", names[0])
    for one in node.named_children:
        annotation(reader, one)


def class_definition(reader: Reader, node: Node) -> None:
    outer = reader.scope
    type_parameters(reader, node.child_by_field_name("type_parameters"))
    reader.visit(node.child_by_field_name("superclasses"))
    reader.scope = Scope(kind="class", parent=reader.scope)
    conditional, reader.conditional = reader.conditional, 0
    reader.visit(node.child_by_field_name("body"))
    reader.conditional = conditional
    reader.scope = outer
    name = node.child_by_field_name("name")
    if name is not None:
        reader.bind(reader.text(name), "class", name)


def type_alias_statement(reader: Reader, node: Node) -> None:
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    names = identifiers_in(left) if left is not None else []
    outer = reader.scope
    if names:
        reader.bind(reader.text(names[0]), "assignment", names[0])
    reader.scope = Scope(kind="type", parent=outer)
    for name in names[1:]:
        reader.bind(reader.text(name), "other", name)
    if right is not None:
        reader.later(lambda: annotation(reader, right))
    reader.scope = outer


def comprehension(reader: Reader, node: Node) -> None:
    outer = reader.scope
    clauses = [child for child in node.named_children if child.type in ("for_in_clause", "if_clause")]
    first = clauses[0].child_by_field_name("right") if clauses else None
    reader.visit(first)
    reader.scope = Scope(kind="comprehension", parent=outer)
    for clause in clauses:
        if clause.type == "if_clause":
            reader.visit(clause)
            continue
        rights = clause.children_by_field_name("right")
        reader.visit(*(right for right in rights if right != first))
        reader.bind_target(clause.child_by_field_name("left"), "other")
    reader.visit(node.child_by_field_name("body"))
    reader.scope = outer
