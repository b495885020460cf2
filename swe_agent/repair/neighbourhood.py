"""What modules tell of each other: the parameters of functions, the fields of classes, and what is usual among them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from swe_agent.repair.naturalness import Naturalness
from swe_agent.syntax.parse import Parsed, walk

if TYPE_CHECKING:
    from tree_sitter import Node

Signature = tuple[str, ...]
"""Names of parameters in order, without self and cls."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbourhood:
    """What other modules tell: parameters of functions by name, and fields of classes with their annotations.

    Only names that are defined once count: of others nobody knows which is meant.
    """

    functions: Mapping[str, Signature] = field(default_factory=dict)
    classes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    usual: Naturalness = field(default_factory=Naturalness)


def parameters_of(parsed: Parsed, function: Node) -> Signature:
    parameters = function.child_by_field_name("parameters")
    names = []
    for child in parameters.named_children if parameters else ():
        name = child if child.type == "identifier" else child.child_by_field_name("name")
        if name is None and child.named_children and child.type == "typed_parameter":
            name = child.named_children[0]
        if name is not None and name.type == "identifier":
            names.append(parsed.text_of(name))
    return tuple(name for name in names if name not in ("self", "cls"))


def neighbourhood(modules: Iterable[Parsed]) -> Neighbourhood:
    """Functions and classes of all modules whose names are defined once."""
    functions: dict[str, list[Signature]] = {}
    classes: dict[str, list[dict[str, str]]] = {}
    for parsed in modules:
        for node in walk(parsed.root):
            name = node.child_by_field_name("name") if node.type.endswith("_definition") else None
            if name is None:
                continue
            if node.type == "function_definition":
                functions.setdefault(parsed.text_of(name), []).append(parameters_of(parsed, node))
            elif node.type == "class_definition":
                classes.setdefault(parsed.text_of(name), []).append(_fields(parsed, node))
    # A class is called to make one of it: its fields in order, as a dataclass takes them.
    for made, versions in classes.items():
        if len(versions) == 1 and made not in functions and versions[0]:
            functions[made] = [tuple(versions[0])]
    return Neighbourhood(
        functions={name: found[0] for name, found in functions.items() if len(found) == 1},
        classes={name: found[0] for name, found in classes.items() if len(found) == 1},
    )


def _fields(parsed: Parsed, node: Node) -> dict[str, str]:
    """Annotated names of a class's body, then attributes that its methods set on self."""
    body = node.child_by_field_name("body")
    fields: dict[str, str] = {}
    for statement in body.named_children if body else ():
        assignment = statement.named_children[0] if statement.named_children else None
        if statement.type == "expression_statement" and assignment is not None and assignment.type == "assignment":
            left, kind = assignment.child_by_field_name("left"), assignment.child_by_field_name("type")
            if left is not None and left.type == "identifier":
                fields[parsed.text_of(left)] = parsed.text_of(kind) if kind else ""
    for below in walk(node):
        left = below.child_by_field_name("left") if below.type == "assignment" else None
        if left is not None and left.type == "attribute" and parsed.text_of(left).startswith("self."):
            kind = below.child_by_field_name("type")
            fields.setdefault(parsed.text_of(left)[5:], parsed.text_of(kind) if kind else "")
    return fields
