"""What branches, loops and patterns do to the names of Python's scopes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from swe_agent.syntax.scope_reader import Reader

if TYPE_CHECKING:
    from tree_sitter import Node


def if_statement(reader: Reader, node: Node) -> None:
    reader.visit(node.child_by_field_name("condition"))
    reader.in_branch(node.child_by_field_name("consequence"))
    for other in node.children_by_field_name("alternative"):
        reader.visit(other.child_by_field_name("condition"))
        reader.in_branch(other.child_by_field_name("consequence") or other.child_by_field_name("body"))


def try_statement(reader: Reader, node: Node) -> None:
    clauses = node.named_children
    handlers = [clause for clause in clauses if clause.type in ("except_clause", "except_group_clause")]
    forgives = any("NameError" in reader.text(clause).partition(":")[0] for clause in handlers)
    reader.branches += 1
    before, own = reader.branch, reader.branches
    reader.conditional += 1
    reader.branch, reader.forgiving = own, reader.forgiving + forgives
    reader.visit(node.child_by_field_name("body"))
    reader.forgiving -= forgives
    reader.branch = before
    for clause in handlers:
        reader.in_branch(clause)
    for clause in clauses:
        if clause.type == "else_clause":
            # Runs after the body, so that the two are one way.
            reader.branch = own
            reader.visit(clause)
            reader.branch = before
        elif clause.type == "finally_clause":
            reader.visit(clause)
    reader.conditional -= 1


def except_clause(reader: Reader, node: Node) -> None:
    alias = next((v for v in node.children_by_field_name("value") if v.type == "as_pattern"), None)
    if alias is None:
        reader.visit(*node.named_children)
        return
    reader.visit(alias.named_children[0])
    target = alias.child_by_field_name("alias")
    name = reader.text(target) if target is not None else ""
    before = reader.scope.names.get(name)
    if target is not None:
        reader.bind(name, "other", target)
    reader.visit(*(child for child in node.named_children if child != alias))
    bound = reader.scope.names.get(name)
    if bound is not None:
        # The name ends with the clause; what it hid is there again only in another run.
        if before is not None:
            reader.scope.names[name] = before
        else:
            bound.kind = "deleted"


def loop(reader: Reader, node: Node) -> None:
    reader.visit(node.child_by_field_name("right"))
    reader.bind_target(node.child_by_field_name("left"), "loop")
    reader.visit(node.child_by_field_name("body"), node.child_by_field_name("alternative"))


def while_statement(reader: Reader, node: Node) -> None:
    reader.conditional += 1
    reader.visit(*node.named_children)
    reader.conditional -= 1


def with_statement(reader: Reader, node: Node) -> None:
    reader.visit(*node.named_children[:1])
    reader.in_branch(node.child_by_field_name("body"), conditional=False)


def as_pattern(reader: Reader, node: Node) -> None:
    """Of `with`: the value, then its name."""
    reader.visit(*(child for child in node.named_children if child.type != "as_pattern_target"))
    reader.bind_target(node.child_by_field_name("alias"), "other")


def case_clause(reader: Reader, node: Node) -> None:
    reader.branches += 1
    before, reader.branch = reader.branch, reader.branches
    reader.conditional += 1
    for child in node.named_children:
        if child.type == "case_pattern":
            pattern(reader, child)
        else:
            reader.visit(child)
    reader.conditional -= 1
    reader.branch = before


def pattern(reader: Reader, node: Node) -> None:
    kind, below = node.type, node.named_children
    if kind == "dotted_name":
        if len(below) == 1:
            reader.bind(reader.text(below[0]), "assignment", below[0])
        elif below:
            reader.visit(below[0])
    elif kind == "class_pattern":
        reader.visit(below[0].named_child(0))
        for child in below[1:]:
            pattern(reader, child)
    elif kind == "keyword_pattern":
        for child in below[1:]:
            pattern(reader, child)
    elif kind == "identifier":
        if reader.text(node) != "_":
            reader.bind(reader.text(node), "assignment", node)
    else:
        for child in below:
            pattern(reader, child)
