"""Facts of one JavaScript or TypeScript file that templates ask for; what `module.py` is for Python.

Static and approximate: a template may propose nonsense, the tests will say so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from swe_agent.repair.facts import FileFacts, common
from swe_agent.repair.neighbourhood import Neighbourhood, Signature
from swe_agent.repair.nodes import ancestor
from swe_agent.syntax.parse import Parsed, walk

if TYPE_CHECKING:
    from tree_sitter import Node

FUNCTIONS = frozenset(
    (
        "function_declaration",
        "function_expression",
        "generator_function_declaration",
        "generator_function",
        "arrow_function",
        "method_definition",
    )
)
LOOPS = frozenset(("for_statement", "for_in_statement", "while_statement", "do_statement"))
DECLARATIONS = frozenset(("lexical_declaration", "variable_declaration"))
SIMPLE_STATEMENTS = DECLARATIONS | frozenset(("expression_statement", "return_statement", "throw_statement"))
STATEMENTS = (
    SIMPLE_STATEMENTS
    | LOOPS
    | frozenset(
        (
            "if_statement",
            "switch_statement",
            "switch_case",
            "try_statement",
            "break_statement",
            "continue_statement",
            "class_declaration",
            "function_declaration",
            "generator_function_declaration",
            "method_definition",
        )
    )
)
TABLE = 1.5
"""A declaration at the top has few candidates, and is suspected more than what runs in many lines."""
BLOCKS = frozenset(("statement_block", "program", "switch_case", "switch_default"))
OPERATIONS = frozenset(("binary_expression", "ternary_expression", "arrow_function", "assignment_expression"))
"""What needs brackets before something can be written around it."""


@dataclass(frozen=True, kw_only=True)
class Script(FileFacts):
    """A parsed file of JavaScript or TypeScript."""

    @cached_property
    def end(self) -> str:
        """What statements of this file end with."""
        ends = [self.text(node).endswith(";") for node in self.of_type(*SIMPLE_STATEMENTS)]
        return ";" if 2 * sum(ends) > len(ends) else ""

    @cached_property
    def step(self) -> str:
        """One level of indentation, as the first indented statement of a block at the margin has it."""
        for node in self.of_type("statement_block"):
            if node.named_children and node.parent is not None and not self.indent_of(node.parent):
                indent = self.indent_of(node.named_children[0])
                if indent:
                    return indent
        return "  "

    def operator_of(self, node: Node) -> str:
        operator = node.child_by_field_name("operator")
        return self.text(operator) if operator is not None else ""

    @cached_property
    def numbers(self) -> tuple[str, ...]:
        """Literal numbers of the file, the commonest first."""
        return common(self.text(node) for node in self.of_type("number"))

    @cached_property
    def strings(self) -> tuple[str, ...]:
        """Contents of plain string literals."""
        return common(
            self.text(node)
            for node in self.of_type("string_fragment")
            if node.parent is not None and node.parent.type == "string"
        )

    @cached_property
    def constants(self) -> tuple[str, ...]:
        """Upper-case names that the file uses or defines."""
        return common(
            text for node in self.of_type("identifier") if (text := self.text(node)).isupper() and len(text) > 1
        )

    @cached_property
    def members(self) -> Mapping[str, tuple[str, ...]]:
        """For each object as written: the properties that are read or set on it, calls left out, the commonest first;
        those of object literals and patterns under ""."""
        found: dict[str, Counter[str]] = {"": Counter()}
        for node in self.nodes:
            if node.type == "member_expression" and not is_called(node):
                owner, name = node.child_by_field_name("object"), node.child_by_field_name("property")
                if owner is not None and name is not None:
                    found.setdefault(self.text(owner), Counter())[self.text(name)] += 1
            elif node.type == "pair":
                key = node.child_by_field_name("key")
                if key is not None and key.type == "property_identifier":
                    found[""][self.text(key)] += 1
        return {owner: tuple(sorted(names, key=lambda n: (-names[n], n))) for owner, names in found.items()}

    def facts_of(self, function: Node) -> FunctionFacts:
        if function.start_byte not in self._facts:
            self._facts[function.start_byte] = FunctionFacts(script=self, node=function)
        return self._facts[function.start_byte]

    @cached_property
    def _facts(self) -> dict[int, FunctionFacts]:
        return {}

    def in_scope(self, at: Node) -> tuple[str, ...]:
        """Names of the functions around a node, those of the innermost first, that are bound before it."""
        names: list[str] = []
        function = scope_of(at)
        while function is not None:
            names += self.facts_of(function).in_scope(at)
            function = scope_of(function)
        return tuple(dict.fromkeys(names))


@dataclass(frozen=True, kw_only=True)
class FunctionFacts:
    script: Script
    node: Node

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        return parameters_of(self.script.parsed, self.node)

    @cached_property
    def locals(self) -> Mapping[str, int]:
        """Names bound in the body → byte where each is first bound; those of functions within are left out."""
        bound: dict[str, int] = {}
        for node in walk(self.node):
            if scope_of(node) != self.node:
                continue
            target = node.child_by_field_name("name") if node.type == "variable_declarator" else None
            if node.type == "for_in_statement":
                target = node.child_by_field_name("left")
            for name in _names_in(target) if target is not None else ():
                bound.setdefault(self.script.text(name), name.start_byte)
        return bound

    @cached_property
    def uses(self) -> Counter[str]:
        return Counter(self.script.text(node) for node in walk(self.node) if is_load(node))

    @cached_property
    def unused_parameters(self) -> frozenset[str]:
        return frozenset(name for name in self.parameters if not self.uses[name])

    def in_scope(self, at: Node) -> tuple[str, ...]:
        return (*self.parameters, *(name for name, start in self.locals.items() if start < at.start_byte))

    @cached_property
    def returned(self) -> tuple[str, ...]:
        """What the function's own returns give where they give a ready-made value."""
        values = [
            node.named_children[0]
            for node in walk(self.node)
            if node.type == "return_statement" and node.named_children and scope_of(node) == self.node
        ]
        return common(self.script.text(value) for value in values if is_ready_made(self.script, value))


def parameters_of(parsed: Parsed, function: Node) -> Signature:
    single = function.child_by_field_name("parameter")
    if single is not None:
        return tuple(parsed.text_of(name) for name in _names_in(single))
    parameters = function.child_by_field_name("parameters")
    return tuple(
        parsed.text_of(name)
        for child in (parameters.named_children if parameters is not None else ())
        for name in _names_in(child)
    )


def neighbourhood(files: Iterable[Parsed]) -> Neighbourhood:
    """Functions and methods of all files whose names are defined once, with their parameters."""
    functions: dict[str, list[Signature]] = {}
    for parsed in files:
        for node in walk(parsed.root):
            if node.type in FUNCTIONS and (name := name_of(parsed, node)):
                functions.setdefault(name, []).append(parameters_of(parsed, node))
    return Neighbourhood(functions={name: found[0] for name, found in functions.items() if len(found) == 1})


def name_of(parsed: Parsed, function: Node) -> str:
    """A function's own name, or that of what it is assigned to."""
    name = function.child_by_field_name("name")
    parent = function.parent
    if name is None and parent is not None:
        if parent.type == "variable_declarator":
            name = parent.child_by_field_name("name")
        elif parent.type == "pair":
            name = parent.child_by_field_name("key")
        elif parent.type == "assignment_expression":
            left = parent.child_by_field_name("left")
            name = left.child_by_field_name("property") if left is not None else None
    return parsed.text_of(name) if name is not None else ""


def definitions(parsed: Parsed, used: Mapping[str, float]) -> Iterator[tuple[int, float]]:
    """What is declared at the top and used by suspects, and all lines of such a table."""
    for statement in parsed.root.named_children:
        inner = statement.child_by_field_name("declaration") if statement.type == "export_statement" else statement
        for declarator in inner.named_children if inner is not None and inner.type in DECLARATIONS else ():
            name, value = declarator.child_by_field_name("name"), declarator.child_by_field_name("value")
            if name is None or value is None or value.type in FUNCTIONS or parsed.text_of(name) not in used:
                continue
            for row in range(declarator.start_point.row, declarator.end_point.row + 1):
                yield row + 1, TABLE * used[parsed.text_of(name)]


def defaults(parsed: Parsed, scores: Mapping[tuple[str, int], float]) -> Iterator[tuple[int, float]]:
    for node in walk(parsed.root):
        parameters = node.child_by_field_name("parameters") if node.type in FUNCTIONS else None
        if parameters is None or not parameters.named_children:
            continue
        rows = range(node.start_point.row + 1, node.end_point.row + 2)
        best = max((scores.get((parsed.path, row), 0.0) for row in rows), default=0.0)
        if best:
            yield node.start_point.row + 1, best


def scope_of(node: Node) -> Node | None:
    """The function around a node; None at the top of the file."""
    return ancestor(node, *FUNCTIONS)


def statement_of(node: Node) -> Node:
    """The statement around a node, or the node itself where it is none's."""
    at: Node | None = node
    while at is not None:
        if at.type in STATEMENTS:
            return at
        at = at.parent
    return node


def is_called(node: Node) -> bool:
    """Whether the node is what a call calls."""
    parent = node.parent
    if parent is None or parent.type not in ("call_expression", "new_expression"):
        return False
    return node in (parent.child_by_field_name("function"), parent.child_by_field_name("constructor"))


def is_written(node: Node) -> bool:
    """Whether the node is the target of an assignment."""
    parent = node.parent
    if parent is None:
        return False
    if parent.type == "update_expression":
        return True
    kinds = ("assignment_expression", "augmented_assignment_expression", "for_in_statement")
    return parent.type in kinds and parent.child_by_field_name("left") == node


def is_load(node: Node) -> bool:
    """Whether an identifier is read: no declaration, parameter, label or target."""
    parent = node.parent
    if node.type != "identifier" or parent is None or is_written(node):
        return node.type == "shorthand_property_identifier"
    if parent.type == "variable_declarator":
        return parent.child_by_field_name("value") == node
    if parent.type in ("required_parameter", "optional_parameter"):
        return parent.child_by_field_name("value") == node
    if parent.type in ("assignment_pattern", "object_assignment_pattern"):
        return parent.child_by_field_name("right") == node
    if parent.type == "arrow_function":
        return parent.child_by_field_name("body") == node
    return parent.type not in FUNCTIONS and parent.type not in (
        "formal_parameters", "rest_pattern", "array_pattern", "class_declaration", "import_specifier", "import_clause",
        "namespace_import", "export_specifier", "catch_clause", "pair_pattern",
    )  # fmt: skip


def is_ready_made(script: Script, node: Node) -> bool:
    """A literal, an empty container or an upper-case name."""
    if node.type in ("number", "string", "null", "undefined", "true", "false"):
        return True
    if node.type in ("array", "object"):
        return not node.named_children
    return node.type == "identifier" and script.text(node).isupper()


def bare(node: Node | None) -> Node | None:
    """What stands in brackets."""
    while node is not None and node.type == "parenthesized_expression" and node.named_children:
        node = node.named_children[0]
    return node


def grouped(script: Script, node: Node) -> str:
    """The text of a node, so that an operator may be written beside it."""
    text = script.text(node)
    return f"({text})" if node.type in OPERATIONS else text


def _names_in(target: Node) -> Iterator[Node]:
    """Names that a pattern binds."""
    if target.type in ("identifier", "shorthand_property_identifier_pattern"):
        yield target
    elif target.type in ("assignment_pattern", "object_assignment_pattern"):
        left = target.child_by_field_name("left")
        yield from _names_in(left) if left is not None else ()
    elif target.type in ("required_parameter", "optional_parameter"):
        pattern = target.child_by_field_name("pattern")
        yield from _names_in(pattern) if pattern is not None else ()
    elif target.type == "pair_pattern":
        value = target.child_by_field_name("value")
        yield from _names_in(value) if value is not None else ()
    elif target.type in ("object_pattern", "array_pattern", "rest_pattern"):
        for child in target.named_children:
            yield from _names_in(child)
