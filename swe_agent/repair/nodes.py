"""What a node of Python's syntax tree is to those around it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node

    from swe_agent.syntax.parse import Parsed

SIMPLE_STATEMENTS = frozenset(
    ("expression_statement", "return_statement", "assert_statement", "raise_statement", "delete_statement")
)
STATEMENTS = SIMPLE_STATEMENTS | frozenset(
    ("if_statement", "for_statement", "while_statement", "with_statement", "try_statement", "pass_statement")
)
CONDITIONED = frozenset(
    ("if_statement", "elif_clause", "while_statement", "conditional_expression", "if_clause", "assert_statement")
)
"""What asks a condition: see `condition_of`."""


def ancestor(node: Node, *types: str) -> Node | None:
    at = node.parent
    while at is not None and at.type not in types:
        at = at.parent
    return at


def scope_of(node: Node) -> Node | None:
    """The function around a node; None at the top of the module."""
    return ancestor(node, "function_definition")


def statement_of(node: Node) -> Node:
    """The statement around a node, or the node itself where it is none's."""
    at: Node | None = node
    while at is not None:
        if at.type in STATEMENTS or at.type in ("elif_clause", "function_definition", "class_definition"):
            return at
        at = at.parent
    return node


def is_called(node: Node) -> bool:
    """Whether the node is what a call calls."""
    parent = node.parent
    return parent is not None and parent.type == "call" and parent.child_by_field_name("function") == node


def is_docstring(node: Node) -> bool:
    string = node.parent if node.type == "string_content" else node
    return string is not None and string.parent is not None and string.parent.type == "expression_statement"


def is_load(node: Node) -> bool:
    """Whether an identifier is read: not an attribute's name, a keyword, a parameter, a target or a definition."""
    parent = node.parent
    if node.type != "identifier" or parent is None:
        return False
    if parent.type == "attribute":
        return parent.child_by_field_name("object") == node
    if parent.type in ("keyword_argument", "default_parameter", "typed_default_parameter"):
        return parent.child_by_field_name("value") == node
    if parent.type in ("assignment", "for_statement", "for_in_clause", "named_expression"):
        return parent.child_by_field_name("left") != node and parent.child_by_field_name("name") != node
    return parent.type not in (
        "parameters", "lambda_parameters", "typed_parameter", "function_definition", "class_definition", "type",
        "pattern_list", "tuple_pattern", "list_splat_pattern", "dictionary_splat_pattern", "as_pattern_target",
        "import_from_statement", "dotted_name", "aliased_import", "global_statement", "nonlocal_statement",
    )  # fmt: skip


def condition_of(node: Node) -> Node | None:
    """What a statement, an expression or a comprehension asks before it goes on."""
    if node.type == "conditional_expression":
        return node.named_children[1] if len(node.named_children) == 3 else None
    if node.type in ("if_clause", "assert_statement"):
        return node.named_children[0] if node.named_children else None
    return node.child_by_field_name("condition")


def given_to(call: Node) -> list[Node]:
    """The arguments of a call; none where it is given a generator alone."""
    arguments = call.child_by_field_name("arguments")
    if arguments is None or arguments.type != "argument_list":
        return []
    return [child for child in arguments.named_children if child.type != "comment"]


def callee_of(parsed: Parsed, call: Node) -> str:
    """The last part of the name of what is called."""
    function = call.child_by_field_name("function")
    return parsed.text_of(function).rsplit(".", 1)[-1] if function is not None else ""


def caught_by(clause: Node) -> list[Node]:
    """The exceptions of an `except`, one by one; none of a bare one."""
    value = clause.child_by_field_name("value")
    if value is not None and value.type == "as_pattern":
        value = value.named_children[0]
    if value is None:
        return []
    return [child for child in value.named_children if child.type != "comment"] if value.type == "tuple" else [value]


def is_given(node: Node) -> bool:
    """Whether the value of an expression is handed on: an argument, what is assigned or returned."""
    parent = node.parent
    if parent is None or is_called(node):
        return False
    if parent.type in ("assignment", "keyword_argument"):
        return node in (parent.child_by_field_name("right"), parent.child_by_field_name("value"))
    return parent.type in ("argument_list", "return_statement", "expression_list")


def is_read(node: Node) -> bool:
    """Whether an identifier, attribute, subscript or call stands for its value, and no call calls it."""
    parent = node.parent
    if parent is None or is_called(node) or parent.type in ("delete_statement", "decorator", "type"):
        return False
    if node.type == "identifier":
        return is_load(node)
    if parent.type in ("assignment", "augmented_assignment", "for_statement", "for_in_clause"):
        return parent.child_by_field_name("left") != node
    return parent.type not in ("pattern_list", "tuple_pattern", "as_pattern_target", "with_item", "list_splat_pattern")


def starts_line(node: Node, indent: str) -> bool:
    """Whether a statement stands on lines of its own, so that others can be put before it."""
    return node.start_point.column == len(indent.encode())


def targets_of(node: Node) -> Iterable[Node]:
    if node.type in ("assignment", "for_statement", "named_expression", "for_in_clause"):
        left = node.child_by_field_name("left") or node.child_by_field_name("name")
        if left is not None and node.type != "for_in_clause":
            yield from _names_in(left)
    elif node.type == "as_pattern_target":
        yield from _names_in(node)


def _names_in(target: Node) -> Iterable[Node]:
    if target.type == "identifier":
        yield target
    elif target.type in ("pattern_list", "tuple_pattern", "list_pattern", "as_pattern_target"):
        for child in target.named_children:
            yield from _names_in(child)
