"""With how many arguments a function may be called, and with how many a line calls it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from swe_agent.core.source import Symbol
from swe_agent.review.change import Mention, Reviewed
from swe_agent.review.diff_index import FileDiff, Side
from swe_agent.review.signals.grammar import Rows, rows_of
from swe_agent.review.signals.near import Near
from swe_agent.syntax.parse import Parsed, parse, walk
from swe_agent.syntax.tree import found

if TYPE_CHECKING:
    from tree_sitter import Node

SAME = frozenset(
    (
        *("staticmethod", "classmethod", "cache", "lru_cache", "functools.cache", "functools.lru_cache", "override"),
        *("typing.override", "contextmanager", "contextlib.contextmanager", "abstractmethod", "abc.abstractmethod"),
    )
)
"""Decorators that leave the arguments as they are."""
ANY = 1_000
LINES = 25
"""Of a call, at most."""
_REST = ("splat", "spread", "variadic", "rest_pattern")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """`least` and `most` by place. The rest is Python's: names that may be given by name, those that must be given, and
    whether any other may be."""

    least: int
    most: int
    names: frozenset[str] = frozenset()
    places: tuple[str, ...] = ()
    needed: frozenset[str] = frozenset()
    any_name: bool = False

    def fit(self, call: Call) -> bool:
        if call.count > self.most or (not self.any_name and not call.names <= self.names):
            return False
        if not self.names and not call.names:
            return call.count >= self.least
        return self.needed <= call.names | set(self.places[: call.count])


@dataclass(frozen=True, slots=True)
class Call:
    count: int
    names: frozenset[str] = frozenset()


def parameters(change: Reviewed, side: Side, file: FileDiff, symbol: Symbol) -> Parameters | None:
    """None where it cannot be told: a decorator that may change them, a pattern, a language without rows."""
    parsed = change.once(Near).parsed(side, file)
    if parsed is None or rows_of(symbol.language) is None:
        return None
    node = _definition(parsed, symbol)
    given = _field(node, "parameters") if node is not None else None
    if node is None or given is None:
        return None
    if parsed.language.name == "python":
        return _python(parsed, node, given)
    least = most = 0
    for each in given.named_children:
        if each.type in parsed.language.comments or each.type in ("self_parameter", "attribute_item"):
            continue
        said = parsed.text_of(each)
        if any(word in each.type for word in _REST) or said.startswith("..."):
            most = ANY
            continue
        if said.startswith("this:"):
            continue
        width = max(1, len(each.children_by_field_name("name")))
        is_optional = "optional" in each.type or "default" in each.type or each.child_by_field_name("value") is not None
        most += width
        least += 0 if is_optional or each.type == "assignment_pattern" else width
    return Parameters(least=least, most=most)


def _definition(parsed: Parsed, symbol: Symbol) -> Node | None:
    for node in found(parsed, "definitions"):
        if not symbol.span.start <= node.start_point.row + 1 <= symbol.span.end:
            continue
        name = node.child_by_field_name("name")
        if name is not None and parsed.text_of(name) == symbol.name and _field(node, "parameters") is not None:
            return node
    return None


def _field(node: Node, name: str) -> Node | None:
    """Its own, or that of the function that it is given."""
    own = node.child_by_field_name(name)
    value = node.child_by_field_name("value") if own is None else None
    return value.child_by_field_name(name) if value is not None else own


def _python(parsed: Parsed, node: Node, given: Node) -> Parameters | None:
    parent = node.parent
    wraps = parent if parent is not None and parent.type == "decorated_definition" else None
    marks = [parsed.text_of(one).lstrip("@").partition("(")[0].strip()
             for one in (wraps.named_children if wraps is not None else ()) if one.type == "decorator"]  # fmt: skip
    if any(mark not in SAME for mark in marks):
        return None
    block = (wraps or node).parent
    is_method = block is not None and block.parent is not None and block.parent.type == "class_definition"
    places: list[str] = []
    by_name: list[str] = []
    needed: list[str] = []
    only_places = 0
    most, any_name, by_place = 0, False, True
    for each in given.named_children:
        kind = each.type if each.type != "typed_parameter" else each.named_children[0].type
        if kind == "positional_separator":
            only_places = len(places)
        elif kind == "keyword_separator":
            by_place = False
        elif kind == "list_splat_pattern":
            most, by_place = ANY, False
        elif kind == "dictionary_splat_pattern":
            any_name = True
        elif kind in ("identifier", "default_parameter", "typed_default_parameter"):
            named = each.child_by_field_name("name") or (each.named_children[0] if each.named_children else each)
            name = parsed.text_of(named)
            (places if by_place else by_name).append(name)
            needed += [name] if "default" not in kind else []
        elif kind != "comment":
            return None
    if is_method and "staticmethod" not in marks:
        if not places:
            return None
        needed = [name for name in needed if name != places[0]]
        places, only_places = places[1:], max(0, only_places - 1)
    names = {*places[only_places:], *by_name}
    return Parameters(
        least=len([name for name in places if name in needed]),
        most=most or len(places),
        names=frozenset(names),
        places=tuple(places),
        needed=frozenset(needed),
        any_name=any_name,
    )


def call_at(change: Reviewed, mention: Mention, name: str) -> Call | None:
    """The call of the name that begins on this line; None where there is none, or it cannot be told."""
    lines = change.lines("right", mention.path)
    text = "\n".join(lines[mention.line - 1 : mention.line - 1 + LINES]) if lines else mention.text
    at = _start(text, name)
    if at is None:
        return None
    parsed = next(_whole(mention.path, text[at:]), None)
    if parsed is None:
        return None
    return _counted(parsed, name)


def _start(text: str, name: str) -> int | None:
    at = text.find(name)
    while at >= 0:
        end = at + len(name)
        if not (text[at - 1 : at].isidentifier() or text[at - 1 : at].isdigit()) and text[end : end + 1] in ("(", "<"):
            return at
        at = text.find(name, end)
    return None


def _whole(path: str, text: str) -> Iterator[Parsed]:
    """The shortest beginning of the text that ends with a bracket and parses."""
    language = _language(path)
    rows = rows_of(language)
    if rows is None:
        return
    before, after = rows.wrap
    tries = 0
    for end, sign in enumerate(text):
        if sign != ")":
            continue
        said = text[: end + 1]
        if said.count("(") > said.count(")"):
            continue
        tries += 1
        parsed = parse(f"call.{path.rpartition('.')[2]}", before + said + after)
        if parsed is not None and not parsed.root.has_error:
            yield parsed
        if tries > 3:
            return


def _language(path: str) -> str:
    parsed = parse(path, b"")
    return parsed.language.name if parsed else ""


def _counted(parsed: Parsed, name: str) -> Call | None:
    rows: Rows | None = rows_of(parsed.language.name)
    if rows is None:
        return None
    for node in walk(parsed.root):
        fields = rows.calls.get(node.type)
        if fields is None:
            continue
        target, given = (node.child_by_field_name(field) for field in fields)
        if target is None or given is None or parsed.text_of(target).partition("<")[0] != name:
            continue
        count, names = 0, []
        for each in given.named_children:
            if each.type in parsed.language.comments:
                continue
            if any(word in each.type for word in _REST) or "..." in parsed.text_of(each)[-3:]:
                return None
            if each.type == "keyword_argument":
                named = each.child_by_field_name("name")
                names.append(parsed.text_of(named) if named is not None else "")
            elif each.type in ("for_in_clause", "generator_expression") or given.type == "generator_expression":
                return Call(1)
            else:
                count += 1
        return Call(count, frozenset(names))
    return None
