"""The bookkeeping of Python's scopes: what is bound where, in which branch, and what is put off to the end.

Knows names and where they are looked up; what the statements do to them stand in the `scope_*` modules beside it, as
functions by node type, which a reader is given.
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from swe_agent.syntax.tree import Parsed

if TYPE_CHECKING:
    from tree_sitter import Node

FaultKind = Literal["undefined", "redefined"]
BindingKind = Literal[
    "import", "future", "def", "class", "assignment", "loop", "other", "annotation", "deleted", "global"
]
ScopeKind = Literal["module", "class", "function", "comprehension", "type"]

BUILTINS = frozenset(dir(builtins)) | {
    "__annotations__", "__builtins__", "__class__", "__file__", "__path__", "__debug__", "WindowsError",
    "ExceptionGroup", "BaseExceptionGroup", "EncodingWarning", "PythonFinalizationError", "aiter", "anext",
}  # fmt: skip
"""Also what other versions of Python and the module itself lend."""
_OF_CLASSES = frozenset({"__module__", "__qualname__"})
_DEFINITIONS = ("import", "def", "class", "assignment")
_NEVER_AGAIN = ("deleted", "annotation", "future", "global", "loop")
_DUMMY = re.compile(r"_+|_\w*[^\W_]")
"""Names that say themselves that nobody will ask for them."""
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
class Binding:
    name: str
    kind: BindingKind
    line: int
    branch: int
    module: str = ""
    """What an import means in full: `import a.b` binds `a` to less than it names."""
    overload: bool = False
    used: bool = False


@dataclass(slots=True, eq=False)
class Scope:
    kind: ScopeKind
    parent: Scope | None
    names: dict[str, Binding] = field(default_factory=dict)


class Reader:
    """One reading of a file. Its state is where it stands: scope, branch, and what is put off to the end."""

    def __init__(self, parsed: Parsed, handlers: Mapping[str, Handler]) -> None:
        self.parsed = parsed
        self.handlers = handlers
        self.star = False
        """A star import may bring any name."""
        self.module = self.scope = Scope(kind="module", parent=None)
        self.branch = 0
        self.branches = self.forgiving = 0
        """Branches so far; and how many `try` around here catch NameError."""
        self.conditional = 0
        self.lines_from = 0
        """Set while a quoted annotation is read, which counts its own lines."""
        self.nonlocals = b"nonlocal" in parsed.data
        """Somewhere a function assigns to a name of another: what is only announced may be bound there."""
        self.late_annotations = parsed.path.endswith(".pyi")
        self.deferred: list[tuple[Scope, int, int, Callable[[], None]]] = []
        self.unbound: list[NameFault] = []
        self.shadowed: list[tuple[Binding, Binding]] = []
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
            elif handler := self.handlers.get(kind):
                handler(self, current)
            else:
                stack += reversed(current.named_children)

    def use(self, name: str, line: int) -> None:
        scope: Scope | None = self.scope
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
        if name in BUILTINS or self.star or self.forgiving:
            return
        if name in _OF_CLASSES and self.scope.kind == "class":
            return
        self.unbound.append(NameFault(line, "undefined", name))

    def bind(
        self, name: str, kind: BindingKind, node: Node, *, module: str = "", overload: bool = False,
        scope: Scope | None = None, said: str = "",
    ) -> None:  # fmt: skip
        scope = scope or self.scope
        new = Binding(said or name, kind, self.line(node), self.branch, module, overload)
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

    def in_branch(self, *nodes: Node | None, conditional: bool = True) -> None:
        self.branches += 1
        before, self.branch = self.branch, self.branches
        self.conditional += conditional
        self.visit(*nodes)
        self.conditional -= conditional
        self.branch = before


Handler = Callable[[Reader, "Node"], None]


def _redefines(new: Binding, old: Binding) -> bool:
    if new.kind in _NEVER_AGAIN or old.kind not in _DEFINITIONS or new.branch != old.branch:
        return False
    if new.kind == old.kind == "assignment" or old.overload:
        return False
    if old.kind != "import" and _DUMMY.fullmatch(new.name):
        return False
    if new.kind == old.kind == "import" and "." in new.name + old.name:
        return new.module == old.module  # `import a.b` and `import a.c` go together
    return True


def identifiers_in(node: Node) -> list[Node]:
    if node.type == "identifier":
        return [node]
    found: list[Node] = []
    for child in node.named_children:
        found += identifiers_in(child)
    return found
