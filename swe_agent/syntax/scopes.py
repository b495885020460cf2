"""Python's scopes: which names of a text are bound nowhere, and which are bound again before anyone used them.

    name_faults("a.py", "import os\\nprint(oz)\\n")  -> (NameFault(kind="undefined", name="oz", line=2),)

Statements are followed in the order in which they run: the bodies of functions and lambdas, quoted annotations and,
where the file says so, all annotations come when the module is done. A name that a star import may bring is not judged.
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from swe_agent.syntax.tree import Parsed, parse

if TYPE_CHECKING:
    from tree_sitter import Node

FaultKind = Literal["undefined", "redefined"]
BindingKind = Literal[
    "import", "future", "def", "class", "assignment", "loop", "other", "annotation", "deleted", "global"
]
ScopeKind = Literal["module", "class", "function", "comprehension", "type"]

BUILTINS = frozenset(dir(builtins)) | {
    "__annotations__", "__builtins__", "__class__", "__file__", "__path__", "__debug__", "WindowsError", "reveal_type",
    "reveal_locals", "ExceptionGroup", "BaseExceptionGroup", "EncodingWarning", "PythonFinalizationError", "aiter",
    "anext",
}  # fmt: skip
"""Also what other versions of Python and the module itself lend."""
_OF_CLASSES = frozenset({"__module__", "__qualname__"})
_DEFINITIONS = ("import", "def", "class", "assignment")
_NEVER_AGAIN = ("deleted", "annotation", "future", "global", "loop")
_DUMMY = re.compile(r"_+|_\w*[^\W_]")
"""Names that say themselves that nobody will ask for them."""
_GENERICS = frozenset(
    ["Optional", "Union", "List", "Dict", "Set", "FrozenSet", "Tuple", "Type", "Callable", "Sequence", "Iterable",
     "Iterator", "Mapping", "ClassVar", "Final", "Awaitable", "Coroutine", "Generator"]
)  # fmt: skip
"""Of these a quoted argument is code even where no annotation stands."""
_ONLY = {"attribute": "object", "keyword_argument": "value"}
"""Of these only one field is looked at: the other names something elsewhere."""
_SKIPPED = frozenset(
    ["comment", "integer", "float", "string_content", "pass_statement", "break_statement", "continue_statement",
     "string_start", "string_end", "type_conversion", "escape_sequence"]
)  # fmt: skip


@dataclass(frozen=True, slots=True, order=True)
class NameFault:
    line: int
    kind: FaultKind
    name: str


@dataclass(slots=True, eq=False)
class _Binding:
    name: str
    kind: BindingKind
    line: int
    branch: int
    module: str = ""
    """What an import means in full: `import a.b` binds `a` to less than it names."""
    overload: bool = False
    used: bool = False


@dataclass(slots=True, eq=False)
class _Scope:
    kind: ScopeKind
    parent: _Scope | None
    names: dict[str, _Binding] = field(default_factory=dict)
    star: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Scopes:
    """`faults` in order; `names` are what the module binds, None where that cannot be told (a star import, or a module
    that answers for any name)."""

    faults: tuple[NameFault, ...] = ()
    names: frozenset[str] | None = None


def read_scopes(path: str, text: str | bytes) -> Scopes:
    """What the scopes of a Python file come to; of any other file nothing."""
    parsed = parse(path, text)
    if parsed is None or parsed.language.name != "python":
        return Scopes()
    reader = _Reader(parsed)
    try:
        faults = reader.read()
    except RecursionError:  # code that nests so deep was made by a program
        return Scopes()
    names = reader.module.names
    return Scopes(faults=faults, names=None if reader.module.star or "__getattr__" in names else frozenset(names))


def name_faults(path: str, text: str | bytes) -> tuple[NameFault, ...]:
    """The names that are undefined or redefined while unused, in order; none for what is no Python."""
    return read_scopes(path, text).faults


class _Reader:
    """One reading of a file. Its state is where it stands: scope, branch, and what is put off to the end."""

    def __init__(self, parsed: Parsed) -> None:
        self.parsed = parsed
        self.module = self.scope = _Scope(kind="module", parent=None)
        self.branch = 0
        self.branches = self.forgiving = 0
        """Branches so far; and how many `try` around here catch NameError."""
        self.conditional = 0
        self.lines_from = 0
        """Set while a quoted annotation is read, which counts its own lines."""
        self.nonlocals = b"nonlocal" in parsed.data
        """Somewhere a function assigns to a name of another: what is only announced may be bound there."""
        self.late_annotations = parsed.path.endswith(".pyi")
        self.deferred: list[tuple[_Scope, int, int, Callable[[], None]]] = []
        self.unbound: list[NameFault] = []
        self.shadowed: list[tuple[_Binding, _Binding]] = []
        self.exported: set[str] = set()

    def read(self) -> tuple[NameFault, ...]:
        self.visit(self.parsed.root)
        for scope, branch, forgiving, rest in self.deferred:  # grows while it is walked
            self.scope, self.branch, self.forgiving, self.conditional = scope, branch, forgiving, 0
            rest()
        for name in self.exported:
            if bound := self.module.names.get(name):
                bound.used = True
        again = [NameFault(new.line, "redefined", new.name) for old, new in self.shadowed if not old.used]
        return tuple(sorted({*self.unbound, *again}))

    def text(self, node: Node) -> str:
        return self.parsed.text_of(node)

    def line(self, node: Node) -> int:
        return self.lines_from or node.start_point[0] + 1

    def later(self, rest: Callable[[], None]) -> None:
        self.deferred.append((self.scope, self.branch, self.forgiving, rest))

    def visit(self, *nodes: Node | None) -> None:
        stack = [node for node in reversed(nodes) if node is not None]
        while stack:
            current = stack.pop()
            kind = current.type
            if kind == "identifier":
                self.use(self.text(current), self.line(current))
            elif kind in _SKIPPED:
                continue
            elif only := _ONLY.get(kind):
                if (below := current.child_by_field_name(only)) is not None:
                    stack.append(below)
            elif handler := _HANDLERS.get(kind):
                handler(self, current)
            else:
                stack += reversed(current.named_children)

    # names

    def use(self, name: str, line: int) -> None:
        scope: _Scope | None = self.scope
        while scope is not None:
            # What a class binds is seen from its own body, and from the type parameters' scope around a method.
            if scope.kind != "class" or scope is self.scope or (
                self.scope.kind == "type" and scope is self.scope.parent
            ):  # fmt: skip
                bound = scope.names.get(name)
                if bound is not None and (bound.kind != "annotation" or self.nonlocals):
                    bound.used = True
                    if bound.kind == "deleted":
                        break
                    return
            scope = scope.parent
        if name in BUILTINS or self.module.star or self.forgiving:
            return
        if name in _OF_CLASSES and self.scope.kind == "class":
            return
        self.unbound.append(NameFault(line, "undefined", name))

    def bind(
        self, name: str, kind: BindingKind, node: Node, *, module: str = "", overload: bool = False,
        scope: _Scope | None = None, said: str = "",
    ) -> None:  # fmt: skip
        scope = scope or self.scope
        new = _Binding(said or name, kind, self.line(node), self.branch, module, overload)
        old = scope.names.get(name)
        if old is not None and old.kind == "global" and scope is not self.module:
            return  # assigned here, kept by the module
        if old is not None and kind == "annotation":
            return
        outer = old
        above = None if scope.kind == "class" else scope.parent
        while outer is None and above is not None:
            outer, above = above.names.get(name), above.parent
        if outer is not None and _redefines(new, outer) and (outer is old or outer.kind == "import"):
            self.shadowed.append((outer, new))
        if old is not None and old.kind != "deleted":
            new.used = old.used
        scope.names[name] = new

    def bind_target(self, node: Node | None, kind: BindingKind) -> None:
        if node is None:
            return
        if node.type == "identifier":
            self.bind(self.text(node), kind, node)
        elif node.type in ("attribute", "subscript", "call"):
            self.visit(node)
        else:
            for below in node.named_children:
                self.bind_target(below, kind)

    # statements

    def in_branch(self, *nodes: Node | None, conditional: bool = True) -> None:
        self.branches += 1
        before, self.branch = self.branch, self.branches
        self.conditional += conditional
        self.visit(*nodes)
        self.conditional -= conditional
        self.branch = before

    def if_statement(self, node: Node) -> None:
        self.visit(node.child_by_field_name("condition"))
        self.in_branch(node.child_by_field_name("consequence"))
        for other in node.children_by_field_name("alternative"):
            self.visit(other.child_by_field_name("condition"))
            self.in_branch(other.child_by_field_name("consequence") or other.child_by_field_name("body"))

    def try_statement(self, node: Node) -> None:
        clauses = node.named_children
        handlers = [clause for clause in clauses if clause.type in ("except_clause", "except_group_clause")]
        forgives = any("NameError" in self.text(clause).partition(":")[0] for clause in handlers)
        self.branches += 1
        before, own = self.branch, self.branches
        self.conditional += 1
        self.branch, self.forgiving = own, self.forgiving + forgives
        self.visit(node.child_by_field_name("body"))
        self.forgiving -= forgives
        self.branch = before
        for clause in handlers:
            self.in_branch(clause)
        for clause in clauses:
            if clause.type == "else_clause":
                # Runs after the body, so that the two are one way.
                self.branch = own
                self.visit(clause)
                self.branch = before
            elif clause.type == "finally_clause":
                self.visit(clause)
        self.conditional -= 1

    def except_clause(self, node: Node) -> None:
        alias = next((v for v in node.children_by_field_name("value") if v.type == "as_pattern"), None)
        if alias is None:
            self.visit(*node.named_children)
            return
        self.visit(alias.named_children[0])
        target = alias.child_by_field_name("alias")
        name = self.text(target) if target is not None else ""
        before = self.scope.names.get(name)
        if target is not None:
            self.bind(name, "other", target)
        self.visit(*(child for child in node.named_children if child != alias))
        bound = self.scope.names.get(name)
        if bound is not None:
            # The name ends with the clause; what it hid is there again only in another run.
            if before is not None:
                self.scope.names[name] = before
            else:
                bound.kind = "deleted"

    def loop(self, node: Node) -> None:
        self.visit(node.child_by_field_name("right"))
        self.bind_target(node.child_by_field_name("left"), "loop")
        self.visit(node.child_by_field_name("body"), node.child_by_field_name("alternative"))

    def while_statement(self, node: Node) -> None:
        self.conditional += 1
        self.visit(*node.named_children)
        self.conditional -= 1

    def with_statement(self, node: Node) -> None:
        self.visit(*node.named_children[:1])
        self.in_branch(node.child_by_field_name("body"), conditional=False)

    def as_pattern(self, node: Node) -> None:
        """Of `with`: the value, then its name."""
        self.visit(*(child for child in node.named_children if child.type != "as_pattern_target"))
        self.bind_target(node.child_by_field_name("alias"), "other")

    def assignment(self, node: Node) -> None:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        kind = node.child_by_field_name("type")
        if kind is not None:
            self.annotation(kind)
        self.visit(right)
        if left is not None and left.type == "identifier" and self.text(left) == "__all__" and right is not None:
            self.exported |= set(_strings(self.parsed, right))
        self.bind_target(left, "annotation" if kind is not None and right is None else "assignment")

    def augmented_assignment(self, node: Node) -> None:
        self.visit(node.child_by_field_name("left"))
        self.assignment(node)

    def named_expression(self, node: Node) -> None:
        self.visit(node.child_by_field_name("value"))
        name = node.child_by_field_name("name")
        scope = self.scope
        while scope.kind == "comprehension" and scope.parent is not None:
            scope = scope.parent
        if name is not None:
            self.bind(self.text(name), "assignment", name, scope=scope)

    def delete_statement(self, node: Node) -> None:
        for target in _leaves(node):
            if target.type != "identifier":
                self.visit(target)
                continue
            name = self.text(target)
            bound = self.scope.names.get(name)
            if self.conditional or bound is None or bound.kind == "global":
                self.use(name, self.line(target))
            else:
                bound.used = True
                self.scope.names[name] = _Binding(name, "deleted", self.line(target), self.branch)

    def global_statement(self, node: Node) -> None:
        for name in node.named_children:
            said = self.text(name)
            if self.scope is not self.module:
                self.scope.names[said] = _Binding(said, "global", self.line(name), self.branch, used=True)

    def global_names(self, body: Node) -> None:
        """What functions declare global is the module's as soon as they stand there."""
        stack = [body]
        while stack:
            current = stack.pop()
            if current.type == "global_statement":
                for name in current.named_children:
                    said = self.text(name)
                    bound = self.module.names.get(said)
                    if bound is None or bound.kind == "annotation":
                        self.module.names[said] = _Binding(said, "global", self.line(name), self.branch)
            elif current.type not in ("function_definition", "class_definition", "expression_statement"):
                stack += current.named_children

    def nonlocal_statement(self, node: Node) -> None:
        for name in node.named_children:
            self.scope.names[self.text(name)] = _Binding(
                self.text(name), "other", self.line(name), self.branch, used=True
            )

    def import_statement(self, node: Node) -> None:
        for name in node.children_by_field_name("name"):
            if name.type == "aliased_import":
                self._import(name, self.text(name.named_children[0]))
            else:
                self.bind(
                    self.text(name).partition(".")[0], "import", name, module=self.text(name), said=self.text(name)
                )

    def import_from_statement(self, node: Node) -> None:
        module = node.child_by_field_name("module_name")
        said = self.text(module) if module is not None else ""
        names = node.children_by_field_name("name")
        if any(child.type == "wildcard_import" for child in node.named_children):
            self.module.star = True
        for name in names:
            self._import(name, f"{said}.{self.text(name.named_children[0])}")

    def future_import_statement(self, node: Node) -> None:
        for name in node.children_by_field_name("name"):
            if b"annotations" in (name.text or b""):
                self.late_annotations = True
            bound = name.child_by_field_name("alias") or name
            self.bind(self.text(bound), "future", bound)

    def _import(self, node: Node, module: str) -> None:
        bound = node.child_by_field_name("alias") or node
        self.bind(self.text(bound), "import", bound, module=module)

    # definitions

    def decorated_definition(self, node: Node) -> None:
        decorators = [child for child in node.named_children if child.type == "decorator"]
        self.visit(*decorators)
        definition = node.child_by_field_name("definition")
        if definition is not None and definition.type == "function_definition":
            names = [self.text(each.named_children[0]) for each in decorators if each.named_children]
            self.function_definition(definition, overload=any(map(self._is_overload, names)))
        elif definition is not None:
            self.class_definition(definition)

    def _is_overload(self, name: str) -> bool:
        bound = self.module.names.get(name)
        return name.rpartition(".")[2] == "overload" or (bound is not None and bound.module.endswith(".overload"))

    def function_definition(self, node: Node, overload: bool = False) -> None:
        outer = self.scope
        self.type_parameters(node.child_by_field_name("type_parameters"))
        inner = _Scope(kind="function", parent=self.scope)
        bound = self.parameters(node.child_by_field_name("parameters"))
        if (returns := node.child_by_field_name("return_type")) is not None:
            self.annotation(returns)
        name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        self.scope, signature = outer, self.scope
        if name is not None:
            self.bind(self.text(name), "def", name, overload=overload)
        if body is not None and self.parsed.data.find(b"global", body.start_byte, body.end_byte) >= 0:
            self.global_names(body)
        self.scope = signature
        self.later(lambda: self._body(inner, bound, body))
        self.scope = outer

    def _body(self, scope: _Scope, parameters: list[Node], body: Node | None) -> None:
        self.scope = scope
        for parameter in parameters:
            self.bind(self.text(parameter), "other", parameter)
        self.visit(body)

    def lambda_expression(self, node: Node) -> None:
        bound = self.parameters(node.child_by_field_name("parameters"))
        inner = _Scope(kind="function", parent=self.scope)
        body = node.child_by_field_name("body")
        self.later(lambda: self._body(inner, bound, body))

    def parameters(self, node: Node | None) -> list[Node]:
        """Reads defaults and annotations, and gives back the names."""
        names: list[Node] = []
        for parameter in node.named_children if node is not None else ():
            kind = parameter.child_by_field_name("type")
            if kind is not None:
                self.annotation(kind)
            self.visit(parameter.child_by_field_name("value"))
            name = parameter.child_by_field_name("name")
            if name is None and parameter.type == "typed_parameter":
                name = parameter.named_children[0]
            names += _identifiers(name or parameter)
        return names

    def type_parameters(self, node: Node | None) -> None:
        """Opens their scope, which the caller leaves."""
        if node is None:
            return
        self.scope = _Scope(kind="type", parent=self.scope)
        for one in node.named_children:
            names = _identifiers(one)
            if names:
                self.bind(self.text(names[0]), "other", names[0])
        for one in node.named_children:
            self.annotation(one)

    def class_definition(self, node: Node) -> None:
        outer = self.scope
        self.type_parameters(node.child_by_field_name("type_parameters"))
        self.visit(node.child_by_field_name("superclasses"))
        self.scope = _Scope(kind="class", parent=self.scope)
        conditional, self.conditional = self.conditional, 0
        self.visit(node.child_by_field_name("body"))
        self.conditional = conditional
        self.scope = outer
        name = node.child_by_field_name("name")
        if name is not None:
            self.bind(self.text(name), "class", name)

    def type_alias_statement(self, node: Node) -> None:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        names = _identifiers(left) if left is not None else []
        outer = self.scope
        if names:
            self.bind(self.text(names[0]), "assignment", names[0])
        self.scope = _Scope(kind="type", parent=outer)
        for name in names[1:]:
            self.bind(self.text(name), "other", name)
        if right is not None:
            self.later(lambda: self.annotation(right))
        self.scope = outer

    # expressions

    def comprehension(self, node: Node) -> None:
        outer = self.scope
        clauses = [child for child in node.named_children if child.type in ("for_in_clause", "if_clause")]
        first = clauses[0].child_by_field_name("right") if clauses else None
        self.visit(first)
        self.scope = _Scope(kind="comprehension", parent=outer)
        for clause in clauses:
            if clause.type == "if_clause":
                self.visit(clause)
                continue
            rights = clause.children_by_field_name("right")
            self.visit(*(right for right in rights if right != first))
            self.bind_target(clause.child_by_field_name("left"), "other")
        self.visit(node.child_by_field_name("body"))
        self.scope = outer

    def conditional_expression(self, node: Node) -> None:
        """The condition comes first, wherever it stands."""
        body, *rest = [child for child in node.named_children if child.type != "comment"]
        self.visit(*rest[:1], body, *rest[1:])

    def string(self, node: Node) -> None:
        for child in node.named_children:
            if child.type == "interpolation":
                self.visit(*child.named_children)

    def call(self, node: Node) -> None:
        function, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
        self.visit(function)
        first = arguments.named_child(0) if arguments is not None and arguments.named_child_count else None
        if function is not None and first is not None and first.type == "string":
            if self.text(function) in ("cast", "typing.cast", "t.cast"):
                self.annotation(first)
            elif self.text(function).rpartition(".")[2] == "TypeVar" and arguments is not None:
                for argument in arguments.named_children:
                    if argument.type == "keyword_argument" and (value := argument.child_by_field_name("value")):
                        self._annotation(value)
                return
        self.visit(arguments)

    def subscript(self, node: Node) -> None:
        head = node.child_by_field_name("value")
        if head is not None and self.text(head).rpartition(".")[2] in _GENERICS:
            self._annotation(node)
        else:
            self.visit(*node.named_children)

    def case_clause(self, node: Node) -> None:
        self.branches += 1
        before, self.branch = self.branch, self.branches
        self.conditional += 1
        for child in node.named_children:
            if child.type == "case_pattern":
                self.pattern(child)
            else:
                self.visit(child)
        self.conditional -= 1
        self.branch = before

    def pattern(self, node: Node) -> None:
        kind, below = node.type, node.named_children
        if kind == "dotted_name":
            if len(below) == 1:
                self.bind(self.text(below[0]), "assignment", below[0])
            elif below:
                self.visit(below[0])
        elif kind == "class_pattern":
            self.visit(below[0].named_child(0))
            for child in below[1:]:
                self.pattern(child)
        elif kind == "keyword_pattern":
            for child in below[1:]:
                self.pattern(child)
        elif kind == "identifier":
            if self.text(node) != "_":
                self.bind(self.text(node), "assignment", node)
        else:
            for child in below:
                self.pattern(child)

    # annotations

    def annotation(self, node: Node) -> None:
        if self.late_annotations:
            self.later(lambda: self._annotation(node))
        else:
            self._annotation(node)

    def _annotation(self, node: Node) -> None:
        stack = [node]
        while stack:
            current = stack.pop()
            kind = current.type
            if kind == "string":
                self.quoted(current)
            elif kind in ("subscript", "generic_type"):
                head, *rest = current.named_children
                self.visit(head)
                said = self.text(head).rpartition(".")[2]
                if said == "Annotated" and rest:
                    arguments = rest if kind == "subscript" else rest[0].named_children
                    self.visit(*arguments[1:])
                    stack += arguments[:1]
                elif said != "Literal":
                    stack += reversed(rest)
            elif kind == "member_type":
                stack += current.named_children[:1]
            elif kind in ("identifier", "attribute", "call", "lambda", "keyword_argument"):
                self.visit(current)
            else:
                stack += reversed(current.named_children)

    def quoted(self, node: Node) -> None:
        """An annotation in quotes: read as code, when all the rest is known."""
        said = "".join(self.text(child) for child in node.named_children if child.type == "string_content").strip()
        line = self.line(node)
        if said.isidentifier():
            self.later(lambda: self.use(said, line))
        elif said and (inner := parse("annotation.py", f"({said})")) is not None and not inner.root.has_error:
            self.later(lambda: self._inner(inner, line))

    def _inner(self, inner: Parsed, line: int) -> None:
        outer, before = self.parsed, self.lines_from
        self.parsed, self.lines_from = inner, line
        self._annotation(inner.root)
        self.parsed, self.lines_from = outer, before


def _redefines(new: _Binding, old: _Binding) -> bool:
    if new.kind in _NEVER_AGAIN or old.kind not in _DEFINITIONS or new.branch != old.branch:
        return False
    if new.kind == old.kind == "assignment" or old.overload or _DUMMY.fullmatch(new.name):
        return False
    if new.kind == old.kind == "import" and "." in new.name + old.name:
        return new.module == old.module  # `import a.b` and `import a.c` go together
    return True


def _leaves(node: Node) -> Iterator[Node]:
    for child in node.named_children:
        if child.type in ("expression_list", "tuple", "list", "parenthesized_expression"):
            yield from _leaves(child)
        else:
            yield child


def _identifiers(node: Node) -> list[Node]:
    if node.type == "identifier":
        return [node]
    found: list[Node] = []
    for child in node.named_children:
        found += _identifiers(child)
    return found


def _strings(parsed: Parsed, node: Node) -> Iterator[str]:
    if node.type == "string_content":
        yield parsed.text_of(node)
    for child in node.named_children:
        yield from _strings(parsed, child)


_HANDLERS: dict[str, Callable[[_Reader, Node], None]] = {
    "if_statement": _Reader.if_statement,
    "try_statement": _Reader.try_statement,
    "except_clause": _Reader.except_clause,
    "except_group_clause": _Reader.except_clause,
    "for_statement": _Reader.loop,
    "while_statement": _Reader.while_statement,
    "with_statement": _Reader.with_statement,
    "as_pattern": _Reader.as_pattern,
    "assignment": _Reader.assignment,
    "augmented_assignment": _Reader.augmented_assignment,
    "named_expression": _Reader.named_expression,
    "delete_statement": _Reader.delete_statement,
    "global_statement": _Reader.global_statement,
    "nonlocal_statement": _Reader.nonlocal_statement,
    "import_statement": _Reader.import_statement,
    "import_from_statement": _Reader.import_from_statement,
    "future_import_statement": _Reader.future_import_statement,
    "decorated_definition": _Reader.decorated_definition,
    "function_definition": _Reader.function_definition,
    "class_definition": _Reader.class_definition,
    "type_alias_statement": _Reader.type_alias_statement,
    "list_comprehension": _Reader.comprehension,
    "set_comprehension": _Reader.comprehension,
    "dictionary_comprehension": _Reader.comprehension,
    "generator_expression": _Reader.comprehension,
    "lambda": _Reader.lambda_expression,
    "conditional_expression": _Reader.conditional_expression,
    "string": _Reader.string,
    "subscript": _Reader.subscript,
    "call": _Reader.call,
    "case_clause": _Reader.case_clause,
}
