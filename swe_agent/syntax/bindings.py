"""What lines of a text define and what they use, by name: enough to tell which changes belong together.

    mentions("a.py", text, [(3, 5)])  -> Mentions(definitions=(...), uses=(...)) of lines 3 and 4, counted from 1

In which scope a name is meant is not asked here (`scopes.py` asks it of Python); instead a definition says whether it
is seen from elsewhere, and a use whether it may mean a definition of its own file. Where the table has rows of calls,
the parameters of functions are names too: `total(tax=)` for one that is given by name, `total#2` for two of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from swe_agent.syntax.language import BindingRows
from swe_agent.syntax.outline import outline
from swe_agent.syntax.tree import Parsed, found, parse, walk

if TYPE_CHECKING:
    from tree_sitter import Node

MAX_ARGUMENTS = 12
_NOT_BOUND = dict.fromkeys(("pair_pattern", "tuple_struct_pattern", "struct_pattern", "field_pattern"), ("key", "type"))
"""Of patterns, what names a place in the thing that is taken apart."""
Lines = tuple[int, int]
"""The first line, counted from 1, and the line after the last."""


@dataclass(frozen=True, slots=True, order=True)
class Mention:
    """`own` is, of a definition, one that only its file sees; of a use, one that only its file's imports and locals or
    any visible definition may answer. Uses that are not `own` (members, imported names) look for visible ones alone."""

    line: int
    name: str
    kind: str = ""
    """Of a definition: the word of the language's table, "import", "parameter", or "variable"."""
    own: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Mentions:
    definitions: tuple[Mention, ...] = ()
    uses: tuple[Mention, ...] = ()


def mentions(path: str, text: str | bytes, lines: Sequence[Lines]) -> Mentions:
    """The mentions on these lines, in order; none where the language has no grammar."""
    parsed = parse(path, text) if lines else None
    if parsed is None:
        return Mentions()
    symbols = {(symbol.name, line): symbol.kind for symbol in outline(path, text, told=False)
               for line in range(symbol.span.start, min(symbol.span.start + 5, symbol.span.end + 1))}  # fmt: skip
    imported = _imports(parsed)
    defined: set[Mention] = set()
    used: set[Mention] = set()
    rows = parsed.language.bindings
    named = {*parsed.language.references, *rows.names}
    for node in _touched(parsed, lines):
        if node.type in named:
            _sort(parsed, node, symbols, imported, defined, used)
        elif (fields := rows.calls.get(node.type)) and _touches_any(node, fields, lines):
            used |= set(_call(parsed, node, fields, lines))
        elif (fields := rows.signatures.get(node.type)) and _touches_any(node, fields, lines):
            defined |= set(_signature(parsed, node, fields, lines))
    for node in imported if rows.by_path else ():
        if _within(node, lines):
            defined |= set(_named_by_path(parsed, node, lines))
    return Mentions(definitions=tuple(sorted(defined)), uses=tuple(sorted(used)))


def _touched(parsed: Parsed, lines: Sequence[Lines]) -> Iterator[Node]:
    """All nodes that have a part in these lines."""
    stack = [parsed.root]
    while stack:
        node = stack.pop()
        if _within(node, lines):
            yield node
            stack += node.named_children


def _imports(parsed: Parsed) -> list[Node]:
    return found(parsed, "imports") if parsed.language.imports else []


def _sort(
    parsed: Parsed,
    node: Node,
    symbols: dict[tuple[str, int], str],
    imported: list[Node],
    defined: set[Mention],
    used: set[Mention],
) -> None:
    """Puts an identifier where it belongs."""
    name, line = parsed.text_of(node), node.start_point[0] + 1
    if any(each.start_byte <= node.start_byte < each.end_byte for each in imported):
        defined.add(Mention(line, name, "import", own=True))
        used.add(Mention(line, name))
        return
    rows = parsed.language.bindings
    member = _stands_in(node, rows.members)
    if (kind := symbols.get((name, line))) and not (member and not _is_bound(node, rows)):
        defined.add(Mention(line, name, kind))
    elif _is_bound(node, rows):
        defined.add(Mention(line, name, "attribute" if member else "variable", own=not member))
    else:
        used.add(Mention(line, name, own=not member))


def _is_bound(node: Node, rows: BindingRows) -> bool:
    """Whether a name comes to be here: it is, through patterns and as a member too, in a field that binds."""
    if _stands_in(node, _NOT_BOUND):
        return False
    if _stands_in(node, rows.binds):
        return True
    at = node.parent if _stands_in(node, rows.members) else node
    while at is not None and (parent := at.parent) is not None:
        if _stands_in(at, rows.binds):
            return True
        if parent.type not in rows.patterns or _stands_in(at, _NOT_BOUND):
            return False
        at = parent
    return False


def _stands_in(node: Node, fields: Mapping[str, tuple[str, ...]]) -> bool:
    parent = node.parent
    if parent is None or parent.type not in fields:
        return False
    named = fields[parent.type]
    if not named:  # any child
        return True
    return any(child == node for field in named for child in parent.children_by_field_name(field))


def _named_by_path(parsed: Parsed, node: Node, lines: Sequence[Lines]) -> Iterator[Mention]:
    """Go: `import "net/http"` makes `http`."""
    for below in walk(node):
        row = below.start_point[0] + 1
        if "string" in below.type and not below.named_children and any(start <= row < end for start, end in lines):
            parts = [part for part in parsed.text_of(below).strip("\"'`").split("/") if part]
            if len(parts) > 1 and parts[-1][:1] == "v" and parts[-1][1:].isdigit():
                parts.pop()
            if parts:
                yield Mention(row, parts[-1].removeprefix("go-").partition(".")[0], "import", own=True)


def _touches_any(node: Node, fields: tuple[str, ...], lines: Sequence[Lines]) -> bool:
    return any((child := node.child_by_field_name(field)) is not None and _within(child, lines) for field in fields)


def _within(node: Node, lines: Sequence[Lines]) -> bool:
    first, last = node.start_point[0] + 1, node.end_point[0] + 1
    return any(first < end and start <= last for start, end in lines)


def _first(node: Node, lines: Sequence[Lines]) -> int:
    """The first of these lines that the node has a part in."""
    first, last = node.start_point[0] + 1, node.end_point[0] + 1
    return min((max(first, start) for start, end in lines if first < end and start <= last), default=first)


def _call(parsed: Parsed, node: Node, fields: tuple[str, ...], lines: Sequence[Lines]) -> Iterator[Mention]:
    """How a function is called: the parameters by name, and how many there are in all."""
    name = _last_name(parsed, node.child_by_field_name(fields[0]))
    arguments = node.child_by_field_name(fields[1])
    if not name or arguments is None:
        return
    line, count = _first(node, lines), 0
    for argument in arguments.named_children:
        if argument.type in parsed.language.comments:
            continue
        if "splat" in argument.type or "spread" in argument.type or argument.type.startswith("variadic"):
            return
        count += 1
        named = argument.type == "keyword_argument" and _within(argument, lines)
        if named and (given := argument.child_by_field_name("name")) is not None:
            yield Mention(_first(argument, lines), f"{name}({parsed.text_of(given)}=)")
    yield Mention(line, f"{name}#{count}")


def _signature(parsed: Parsed, node: Node, fields: tuple[str, ...], lines: Sequence[Lines]) -> Iterator[Mention]:
    """How a function may be called."""
    name = _last_name(parsed, node.child_by_field_name(fields[0]))
    parameters = node.child_by_field_name(fields[1])
    if not name or parameters is None:
        return
    line = _first(node, lines)
    given = [each for each in parameters.named_children if each.type not in parsed.language.comments]
    if (around := _enclosing(parsed, node)) is not None and given and given[0].type == "identifier":
        given = given[1:]  # self or cls; a static method is the exception, which then takes one more than it says
        name = _last_name(parsed, around.child_by_field_name("name")) if name == "__init__" else name
    least = most = 0
    for each in given:
        if "separator" in each.type or each.type == "self_parameter":
            continue
        if "splat" in each.type or "spread" in each.type or "variadic" in each.type or "rest_pattern" in each.type:
            most = MAX_ARGUMENTS
            continue
        if each.type == "typed_parameter" and each.named_children[0].type.endswith("splat_pattern"):
            most = MAX_ARGUMENTS
            continue
        names = each.children_by_field_name("name")
        shown = names[0] if names else each.named_children[0] if each.named_children else each
        if _within(each, lines):
            yield Mention(_first(each, lines), f"{name}({parsed.text_of(shown)}=)", "parameter")
        width = max(1, len(names))
        most += width
        least += 0 if "default" in each.type or "optional" in each.type else width
    for count in range(least, min(most, MAX_ARGUMENTS) + 1):
        yield Mention(line, f"{name}#{count}", "signature")


def _enclosing(parsed: Parsed, node: Node) -> Node | None:
    """The class whose method this is, where that shows in its parameters."""
    if parsed.language.name != "python":
        return None
    at = node.parent
    if at is not None and at.type == "decorated_definition":
        at = at.parent
    around = at.parent if at is not None else None
    return around if around is not None and around.type == "class_definition" else None


def _last_name(parsed: Parsed, node: Node | None) -> str:
    """`a.b` is called by the name of `b`."""
    while node is not None and node.named_child_count:
        node = node.named_children[-1]
    return parsed.text_of(node) if node is not None else ""
