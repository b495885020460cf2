"""A case that nobody thought of: nothing is there, or it is None."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swe_agent.repair.module import Module
from swe_agent.repair.nodes import SIMPLE_STATEMENTS, ancestor, is_called, is_load, scope_of
from swe_agent.repair.templates.base import Change, Template, insert_before, replace_node
from swe_agent.syntax.parse import walk

if TYPE_CHECKING:
    from tree_sitter import Node

MOST_NAMES, MOST_DEFAULTS = 4, 5
BY_ANNOTATION = {
    "int": "0",
    "float": "0.0",
    "str": '""',
    "bool": "False",
    "list": "[]",
    "List": "[]",
    "dict": "{}",
    "Dict": "{}",
    "tuple": "()",
    "set": "set()",
    "Optional": "None",
    "None": "None",
}
CONDITIONED = frozenset(("if_statement", "elif_clause", "while_statement"))


def _propose(module: Module, node: Node) -> Iterator[Change]:
    function = scope_of(node)
    if function is None:
        return
    if node.type in CONDITIONED:
        yield from _condition(module, node)
    if node.type == "elif_clause":
        return
    indent, newline = module.indent_of(node), module.newline
    if node.start_point.column != len(indent.encode()):
        return
    step = "\t" if indent.startswith("\t") else "    "
    exits = [(f"return {default}".rstrip(), cost) for default, cost in _defaults(module, node, function)]
    if ancestor(node, "for_statement", "while_statement", "function_definition") != function:
        exits.insert(0, ("continue", 0.1))
    for place, name in enumerate(doubtful(module, node)):
        for condition, more in ((f"not {name}", 0.0), (f"{name} is None", 0.15)):
            for leave, cost in exits:
                text = f"if {condition}:{newline}{indent}{step}{leave}{newline}{indent}"
                yield insert_before(node, text, more + cost + 0.2 * place)
    yield from _or_default(module, node)


def doubtful(module: Module, node: Node) -> list[str]:
    """What the statement divides by, looks into, calls or counts: names and attributes as written, likeliest first."""
    found: dict[str, float] = {}

    def add(at: Node | None, weight: float) -> None:
        if at is not None and at.type in ("identifier", "attribute", "call", "subscript"):
            text = module.text(at)
            if len(text) <= 40 and "\n" not in text and text not in ("self", "cls"):
                found[text] = max(found.get(text, 0.0), weight)

    for below in walk(_head(node)):
        if below.type == "binary_operator":
            operator = below.child_by_field_name("operator")
            divides = operator is not None and module.text(operator) in ("/", "//", "%")
            add(below.child_by_field_name("right"), 3.0 if divides else 0.5)
        elif below.type in ("attribute", "subscript"):
            add(below.child_by_field_name("object") or below.child_by_field_name("value"), 2.0)
        elif below.type == "argument_list" and below.named_children:
            add(below.named_children[0], 1.5)
        elif below.type in ("for_statement", "for_in_clause"):
            add(below.child_by_field_name("right"), 1.5)
        elif is_load(below) and not is_called(below):
            add(below, 0.3)
    # `len(x)` is asked of x itself.
    for text in [text for text in found if text.startswith("len(") and text.endswith(")")]:
        inner = text[4:-1]
        found[inner] = max(found.get(inner, 0.0), found.pop(text) + 0.1)
    quiet = [text for text in found if not text.endswith(")") and not text[:1].isupper()]
    return sorted(quiet, key=lambda text: (-found[text], text))[:MOST_NAMES]


def _head(node: Node) -> Node:
    """Of a compound statement only what it evaluates itself."""
    if node.type == "for_statement":
        return node.child_by_field_name("right") or node
    return node.child_by_field_name("condition") or node if node.type in CONDITIONED else node


def _defaults(module: Module, node: Node, function: Node) -> list[tuple[str, float]]:
    """Values to return, the likeliest first: seen in this function, fit for its annotation, seen in the module."""
    facts = module.facts_of(function)
    inside = facts.named
    ranked: dict[str, float] = {}

    def add(values: list[str] | tuple[str, ...], cost: float) -> None:
        for place, value in enumerate(values):
            ranked.setdefault(value, cost + 0.05 * place)

    kind = function.child_by_field_name("return_type")
    name = module.text(kind).split("[", 1)[0].strip("\"'") if kind else ""
    add(facts.returned_literals, 0.0)
    add([value for value in (*module.constants, *module.literal_calls) if value in inside], 0.1)
    add([BY_ANNOTATION[name]] if name in BY_ANNOTATION else [], 0.05)
    add(_given_by_likes(module, function, name), 0.1)
    add([value for value in module.literal_calls if name and value.startswith(f"{name}(")], 0.15)
    add(_shaped(module, node), 0.3)
    add(["None", "0"], 0.5)
    return sorted(ranked.items(), key=lambda item: (item[1], item[0]))[:MOST_DEFAULTS]


def _given_by_likes(module: Module, function: Node, kind: str) -> list[str]:
    """Constants that other functions of the module use which return the same kind of value."""
    found = []
    for other in module.of_type("function_definition") if kind else ():
        annotation = other.child_by_field_name("return_type")
        if other != function and annotation is not None and module.text(annotation) == kind:
            inside = module.facts_of(other).named
            found += [name for name in module.constants if name in inside]
    return list(dict.fromkeys(found))


def _shaped(module: Module, node: Node) -> list[str]:
    """An empty value of the kind that the statement returns."""
    if node.type != "return_statement" or not node.named_children:
        return []
    value = node.named_children[0]
    if value.type == "binary_operator" and any(below.type == "string" for below in walk(value)):
        return ['""']
    by_type = {
        "binary_operator": "0",
        "list_comprehension": "[]",
        "list": "[]",
        "dictionary": "{}",
        "dictionary_comprehension": "{}",
        "string": '""',
        "comparison_operator": "False",
        "boolean_operator": "False",
    }
    return [by_type[value.type]] if value.type in by_type else []


def _condition(module: Module, node: Node) -> Iterator[Change]:
    """`x and …` before a condition that looks into x."""
    condition = node.child_by_field_name("condition")
    if condition is None:
        return
    text = module.text(condition)
    inner = f"({text})" if condition.type == "boolean_operator" else text
    for place, name in enumerate(doubtful(module, condition)[:2]):
        yield replace_node(condition, f"{name} and {inner}", 0.3 + 0.2 * place)
        yield replace_node(condition, f"{name} is not None and {inner}", 0.4 + 0.2 * place)


def _or_default(module: Module, node: Node) -> Iterator[Change]:
    """`x` as `(x or 0)` where it is an operand or an argument."""
    for below in walk(_head(node)):
        parent = below.parent
        if below.type not in ("identifier", "attribute") or parent is None or is_called(below):
            continue
        if below.type == "identifier" and not is_load(below):
            continue
        if parent.type == "binary_operator":
            yield replace_node(below, f"({module.text(below)} or 0)", 0.6)
        elif parent.type == "for_in_clause" or (parent.type == "argument_list" and parent.parent is not None):
            yield replace_node(below, f"{module.text(below)} or []", 0.7)


TEMPLATE = Template(
    name="guard",
    nodes=SIMPLE_STATEMENTS | CONDITIONED | frozenset(("for_statement", "with_statement")),
    cost=2.2,
    propose=_propose,
    answers=frozenset(
        (
            "ZeroDivisionError",
            "InvalidOperation",
            "DivisionByZero",
            "AttributeError",
            "TypeError",
            "IndexError",
            "KeyError",
            "ValueError",
            "StatisticsError",
        )
    ),
)
