"""Facts of one Python module that templates ask for: what is in scope, what is used elsewhere, who calls what.

Static and approximate: a template may propose nonsense, the tests will say so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from swe_agent.repair.facts import FileFacts, common
from swe_agent.repair.ingredients import Ingredients, wrapper_of
from swe_agent.repair.neighbourhood import parameters_of
from swe_agent.repair.nodes import CONDITIONED, ancestor, condition_of, is_called, is_docstring, is_load, targets_of
from swe_agent.syntax.parse import walk

if TYPE_CHECKING:
    from tree_sitter import Node

TOLD = frozenset(("subscript", "call", "attribute", "expression_statement"))
"""Kinds of nodes whose texts templates ask a function for."""
LOOSE = frozenset(("conditional_expression", "lambda", "named_expression"))
"""What `and` and `or` would tear apart."""
MANY = 20
"""Operators of a module: of fewer, it says nothing that one stands there once."""
SCOPES = frozenset(("function_definition", "lambda", "module"))


@dataclass(frozen=True, kw_only=True)
class Module(FileFacts):
    """A parsed module."""

    def is_alone(self, token: Node) -> bool:
        """Whether an operator stands nowhere else in a module that has many."""
        return self._tokens[self.text(token)] == 1 and self._tokens.total() >= MANY

    @cached_property
    def _tokens(self) -> Counter[str]:
        holders = self.of_type("comparison_operator", "binary_operator", "augmented_assignment")
        return Counter(self.text(child) for node in holders for child in node.children if not child.is_named)

    @cached_property
    def ingredients(self) -> Ingredients:
        return Ingredients(parsed=self.parsed, by_type=self._by_type)

    @cached_property
    def numbers(self) -> tuple[str, ...]:
        """Literal numbers of the module, the commonest first."""
        return common(self.text(node) for node in self.of_type("integer", "float"))

    @cached_property
    def strings(self) -> tuple[str, ...]:
        """Contents of plain string literals, without docstrings."""
        return common(self.text(node) for node in self.of_type("string_content") if not is_docstring(node))

    @cached_property
    def constants(self) -> tuple[str, ...]:
        """Upper-case names that the module uses or defines."""
        return common(
            text for node in self.of_type("identifier") if (text := self.text(node)).isupper() and len(text) > 1
        )

    @cached_property
    def literal_calls(self) -> tuple[str, ...]:
        """Calls of literals alone, as `Decimal("0")`: ready-made values."""
        return common(self.text(node) for node in self.of_type("call") if _all_literal(node))

    def facts_of(self, function: Node) -> FunctionFacts:
        if function.start_byte not in self._facts:
            self._facts[function.start_byte] = FunctionFacts(module=self, node=function)
        return self._facts[function.start_byte]

    @cached_property
    def _facts(self) -> dict[int, FunctionFacts]:
        return {}

    @cached_property
    def attributes(self) -> Mapping[str, tuple[str, ...]]:
        """For each object as written (`self`, `line`): the attributes that are read or set on it, calls left out."""
        found: dict[str, Counter[str]] = {}
        for node in self.of_type("attribute"):
            value, name = node.child_by_field_name("object"), node.child_by_field_name("attribute")
            if value is not None and name is not None and not is_called(node):
                found.setdefault(self.text(value), Counter())[self.text(name)] += 1
        return {owner: tuple(sorted(names, key=lambda n: (-names[n], n))) for owner, names in found.items()}

    def siblings_of(self, owner: str, attribute: str, within: Node) -> tuple[str, ...]:
        """Other attributes that the same object may have: seen on it, or fields of the one class that has this one."""
        seen = [name for name in self.attributes.get(owner, ()) if name != attribute]
        for fields in self._classes_with(owner, attribute, within):
            kind = fields[attribute]
            seen += [name for name in fields if name != attribute and (fields[name] == kind or not kind)]
            return tuple(dict.fromkeys(seen))
        return tuple(seen)

    def _classes_with(self, owner: str, attribute: str, within: Node) -> list[Mapping[str, str]]:
        if owner == "self":
            around = ancestor(within, "class_definition")
            name = around.child_by_field_name("name") if around else None
            fields = self.around.classes.get(self.text(name)) if name else None
            return [fields] if fields and attribute in fields else []
        having = [fields for fields in self.around.classes.values() if attribute in fields]
        return having if len(having) == 1 else []


@dataclass(frozen=True, kw_only=True)
class FunctionFacts:
    """What is in scope within one function (or at the top of the module)."""

    module: Module
    node: Node

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        return parameters_of(self.module.parsed, self.node)

    @cached_property
    def annotations(self) -> Mapping[str, str]:
        found = {}
        parameters = self.node.child_by_field_name("parameters")
        for child in parameters.named_children if parameters else ():
            kind = child.child_by_field_name("type")
            name = child.child_by_field_name("name") or (child.named_children[0] if child.named_children else None)
            if kind is not None and name is not None:
                found[self.module.text(name)] = self.module.text(kind)
        return found

    @cached_property
    def locals(self) -> Mapping[str, int]:
        """Names bound in the body → byte where each is first bound."""
        bound: dict[str, int] = {}
        for node in walk(self.node):
            for target in targets_of(node):
                bound.setdefault(self.module.text(target), target.start_byte)
        return bound

    @cached_property
    def uses(self) -> Counter[str]:
        return Counter(self.module.text(node) for node in walk(self.node) if is_load(node))

    @cached_property
    def parents(self) -> Mapping[str, frozenset[str]]:
        """Of each name, the kinds of nodes that it stands directly in."""
        found: dict[str, set[str]] = {}
        for node in self.nodes:
            if node.type == "identifier" and node.parent is not None:
                found.setdefault(self.module.text(node), set()).add(node.parent.type)
        return {name: frozenset(kinds) for name, kinds in found.items()}

    @cached_property
    def last(self) -> frozenset[str]:
        """Names that are the last argument of a call."""
        lists = (node.named_children for node in self.nodes if node.type == "argument_list")
        return frozenset(self.module.text(given[-1]) for given in lists if given and given[-1].type == "identifier")

    @cached_property
    def measured(self) -> frozenset[str]:
        """Names in an assignment of a length, a sum or a whole number."""
        found = set()
        for node in self.nodes:
            right = node.child_by_field_name("right") if node.type == "assignment" else None
            if right is not None and self.module.text(right).startswith(("len(", "sum(", "int(")):
                found |= {self.module.text(child) for child in node.children if child.type == "identifier"}
        return frozenset(found)

    @cached_property
    def texts(self) -> Mapping[str, tuple[str, ...]]:
        """By kind of node, how each is written, in order and once."""
        return self._texts(self.nodes)

    @cached_property
    def uncalled(self) -> Mapping[str, tuple[str, ...]]:
        """The same of those that no call calls."""
        return self._texts(node for node in self.nodes if not is_called(node))

    def _texts(self, nodes: Iterable[Node]) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, dict[str, None]] = {}
        for node in nodes:
            if node.type in TOLD:
                found.setdefault(node.type, {}).setdefault(self.module.text(node))
        return {kind: tuple(texts) for kind, texts in found.items()}

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        return tuple(walk(self.node))

    @cached_property
    def named(self) -> frozenset[str]:
        """Names and calls, as written."""
        return frozenset(self.module.text(node) for node in self.nodes if node.type in ("identifier", "call"))

    @cached_property
    def wrappers(self) -> tuple[str, ...]:
        """As the module's: those of this function first."""
        here = (name for call in self.nodes if call.type == "call" and (name := wrapper_of(self.module.parsed, call)))
        return tuple(dict.fromkeys([*here, *self.module.ingredients.wrappers]))

    @cached_property
    def keywords(self) -> tuple[str, ...]:
        """Keywords of its calls, as written."""
        return tuple(dict.fromkeys(self.module.text(node) for node in self.nodes if node.type == "keyword_argument"))

    @cached_property
    def conditions(self) -> tuple[str, ...]:
        """What its conditions ask, taken apart at `and` and `or`."""
        asked = (condition_of(node) for node in self.nodes if node.type in CONDITIONED)
        parts = (part for condition in asked if condition is not None for part in _parts(condition))
        return tuple(dict.fromkeys(self.module.text(part) for part in parts))

    @cached_property
    def unused_parameters(self) -> frozenset[str]:
        return frozenset(name for name in self.parameters if not self.uses[name])

    def in_scope(self, at: Node) -> tuple[str, ...]:
        """Parameters, and local names bound before a node."""
        before = [name for name, start in self.locals.items() if start < at.start_byte]
        return tuple(dict.fromkeys([*self.parameters, *before]))

    @cached_property
    def returned_literals(self) -> tuple[str, ...]:
        """What the function's own returns give where they give a ready-made value."""
        values = [
            node.named_children[0]
            for node in walk(self.node)
            if node.type == "return_statement" and node.named_children
        ]
        return common(self.module.text(value) for value in values if is_ready_made(self.module, value))


def _parts(condition: Node) -> Iterable[Node]:
    if condition.type not in ("boolean_operator", "parenthesized_expression"):
        if condition.type not in LOOSE:
            yield condition
        return
    for child in condition.named_children:
        yield from _parts(child)


def is_ready_made(module: Module, node: Node) -> bool:
    """A literal, an empty container, an upper-case name or a call of literals."""
    if node.type in ("integer", "float", "none", "true", "false", "string"):
        return True
    if node.type in ("list", "dictionary", "tuple", "set"):
        return not node.named_children
    if node.type == "identifier":
        return module.text(node).isupper()
    return node.type == "call" and _all_literal(node)


def _all_literal(call: Node) -> bool:
    function, arguments = call.child_by_field_name("function"), call.child_by_field_name("arguments")
    if function is None or function.type != "identifier" or arguments is None:
        return False
    return all(child.type in ("integer", "float", "string", "none") for child in arguments.named_children) and (
        bool(arguments.named_children)
    )
