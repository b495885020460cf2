"""What a module already says and a template may say again: functions, wrappers, keywords, decorators, exceptions.

Fixes are mostly made of what stands in the same file (Barr et al., "The Plastic Surgery Hypothesis", FSE 2014).
"""

from __future__ import annotations

import builtins
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from swe_agent.repair.facts import common
from swe_agent.repair.nodes import ancestor, callee_of, caught_by, given_to, is_called, is_load
from swe_agent.syntax.parse import Parsed

if TYPE_CHECKING:
    from tree_sitter import Node

NO_WRAPPERS = frozenset(
    ("print", "super", "type", "isinstance", "len", "range", "repr", "any", "all", "iter", "next", "hash", "id")
)
"""Called with one value as well, but rarely what a value lacks."""
BUILTINS = frozenset(dir(builtins)) | {"__file__", "__path__"}


@dataclass(frozen=True, kw_only=True)
class Ingredients:
    """Of one module. Not slotted: each is gathered when first asked for."""

    parsed: Parsed
    by_type: Mapping[str, list[Node]]

    @cached_property
    def wrappers(self) -> tuple[str, ...]:
        """What is called with one value, and its answer used, the commonest first."""
        return common(name for call in self._of("call") if (name := wrapper_of(self.parsed, call)))

    @cached_property
    def functions(self) -> tuple[str, ...]:
        """Names that are called or defined here to be called, methods aside."""
        called = (call.child_by_field_name("function") for call in self._of("call"))
        known = [node for node in called if node is not None and node.type == "identifier"]
        for node in (*self._of("function_definition"), *self._of("class_definition")):
            name = node.child_by_field_name("name")
            if name is not None and (node.type == "class_definition" or ancestor(node, "class_definition") is None):
                known.append(name)
        return common(map(self.parsed.text_of, known))

    @cached_property
    def methods(self) -> tuple[str, ...]:
        """Names of methods that are called or defined here."""
        called = (node.child_by_field_name("attribute") for node in self._of("attribute") if is_called(node))
        own = (node for node in self._of("function_definition") if ancestor(node, "class_definition") is not None)
        names = (*called, *(node.child_by_field_name("name") for node in own))
        return common(self.parsed.text_of(name) for name in names if name is not None)

    @cached_property
    def bare_methods(self) -> tuple[str, ...]:
        """Methods that are called with nothing, and their answer used."""
        return common(name for call in self._of("call") if (name := bare_method_of(self.parsed, call)))

    @cached_property
    def attributes(self) -> tuple[str, ...]:
        """Names of attributes that are not called, of whatever object."""
        names = (node.child_by_field_name("attribute") for node in self._of("attribute") if not is_called(node))
        return common(self.parsed.text_of(name) for name in names if name is not None)

    @cached_property
    def keywords(self) -> Mapping[str, tuple[str, ...]]:
        """By the last part of a function's name, the keywords that calls give it, as written."""
        found: dict[str, dict[str, None]] = {}
        for keyword in self._of("keyword_argument"):
            call = ancestor(keyword, "call", "class_definition")
            if call is not None and call.type == "call":
                found.setdefault(callee_of(self.parsed, call), {}).setdefault(self.parsed.text_of(keyword))
        return {name: tuple(texts) for name, texts in found.items()}

    def decorators(self, kind: str) -> tuple[str, ...]:
        """Of functions, methods or classes, with their `@`, the commonest first."""
        return self._decorators.get(kind, ())

    @cached_property
    def _decorators(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, list[str]] = {}
        for node in self._of("decorated_definition"):
            defined = node.child_by_field_name("definition")
            texts = [self.parsed.text_of(child) for child in node.named_children if child.type == "decorator"]
            if defined is not None:
                found.setdefault(kind_of(defined), []).extend(texts)
        return {kind: common(texts) for kind, texts in found.items()}

    @cached_property
    def exceptions(self) -> tuple[str, ...]:
        """As they are caught and raised here, then what is imported or defined under such a name."""
        spoken = [self.parsed.text_of(name) for clause in self._of("except_clause") for name in caught_by(clause)]
        for node in self._of("raise_statement"):
            raised = node.named_children[0] if node.named_children else None
            kind = raised.child_by_field_name("function") if raised is not None and raised.type == "call" else raised
            if kind is not None and self.parsed.text_of(kind).rsplit(".", 1)[-1][:1].isupper():
                spoken.append(self.parsed.text_of(kind))
        named = sorted(name for name in self.bound if name.endswith(("Error", "Exception", "Warning")))
        return tuple(dict.fromkeys((*common(spoken), *named)))

    @cached_property
    def bound(self) -> frozenset[str]:
        """Names that the module binds anywhere: imports, definitions, parameters, targets."""
        return frozenset(
            self.parsed.text_of(node)
            for node in self._of("identifier")
            if not is_load(node)
            and node.parent is not None
            and node.parent.type not in ("attribute", "keyword_argument")
        )

    @cached_property
    def globals(self) -> tuple[str, ...]:
        """What is assigned, imported or defined at the top of the module, in order."""
        found: dict[str, None] = {}
        for statement in self.parsed.root.named_children:
            for node in _bound_by(statement):
                found.setdefault(self.parsed.text_of(node))
        return tuple(found)

    def is_unknown(self, name: str) -> bool:
        """Whether nothing says what a name is. Of modules that import everything, nothing is unknown."""
        return name not in self.bound and name not in BUILTINS and not self._of("wildcard_import")

    def _of(self, kind: str) -> list[Node]:
        return self.by_type.get(kind, [])


def wrapper_of(parsed: Parsed, call: Node) -> str:
    """The name of what a call gives one value and nothing else; empty where it is no such call."""
    function, given = call.child_by_field_name("function"), given_to(call)
    if function is None or (call.parent is not None and call.parent.type == "expression_statement"):
        return ""
    alone = len(given) == 1 and given[0].type not in ("keyword_argument", "list_splat", "dictionary_splat")
    name = parsed.text_of(function) if alone else ""
    return name if name.replace(".", "").isidentifier() and name not in NO_WRAPPERS else ""


def bare_method_of(parsed: Parsed, call: Node) -> str:
    function, arguments = call.child_by_field_name("function"), call.child_by_field_name("arguments")
    if function is None or function.type != "attribute" or arguments is None or arguments.named_children:
        return ""
    name = function.child_by_field_name("attribute")
    used = call.parent is not None and call.parent.type != "expression_statement"
    return parsed.text_of(name) if name is not None and used else ""


def kind_of(definition: Node) -> str:
    """Class, method or function."""
    if definition.type == "class_definition":
        return "class"
    around = ancestor(definition, "class_definition", "function_definition")
    return "method" if around is not None and around.type == "class_definition" else "function"


def _bound_by(statement: Node) -> Iterable[Node]:
    """The names that a statement at the top of a module binds."""
    inner = statement.child_by_field_name("definition") if statement.type == "decorated_definition" else statement
    if inner is None:
        return
    if inner.type in ("function_definition", "class_definition"):
        name = inner.child_by_field_name("name")
        yield from (name,) if name is not None else ()
    elif inner.type in ("import_statement", "import_from_statement"):
        for child in inner.children_by_field_name("name"):
            last = child.child_by_field_name("alias") or child
            yield last.named_children[0] if last.type == "dotted_name" and last.named_children else last
    elif inner.type == "expression_statement" and inner.named_children and inner.named_children[0].type == "assignment":
        left = inner.named_children[0].child_by_field_name("left")
        if left is not None:
            yield from (left,) if left.type == "identifier" else ()
            yield from (child for child in left.named_children if child.type == "identifier")
