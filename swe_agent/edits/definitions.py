"""Edits that name a definition instead of quoting it: where it stands in a file, by its syntax tree.

A definition is whole lines. What stands right above it and belongs to it (comments, decorators, attributes) stays as it
is, unless the new text begins with such lines itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

from swe_agent.core.edit import SymbolEdit
from swe_agent.core.source import Symbol
from swe_agent.edits.indents import indent_of
from swe_agent.edits.lines import Lines, Splice
from swe_agent.edits.nearest import region_at
from swe_agent.edits.refusal import Reason, Refused
from swe_agent.syntax.parse import Parsed, outline, parse
from swe_agent.syntax.tree import encode

_MARKS = {
    "decorator", "attribute_item", "attribute_list", "attribute_group", "attribute_declaration",
    "annotation", "marker_annotation",
}  # fmt: skip
_NEAR = 8
_Lead = Literal["comment", "mark"]
"""Marks are decorators, attributes and annotations."""


def symbols_of(path: str, text: str) -> tuple[Symbol, ...]:
    """The definitions of a file, by name and place alone."""
    return outline(path, text, told=False)


def splice_of(edit: SymbolEdit, text: str, lines: Lines, symbols: Sequence[Symbol]) -> Splice | Refused:
    """What it comes to on the lines of the file, whose definitions are `symbols`."""
    found = definition(edit.path, text, edit.symbol, symbols)
    parsed = parse(edit.path, text)
    if isinstance(found, Refused) or parsed is None:
        assert isinstance(found, Refused), "what defines something was parsed"
        return found
    texts = lines.texts
    head, last = found.symbol.span.start, found.symbol.span.end
    if found.crowd:
        said = f"{edit.symbol} shares a line with {found.crowd}"
        return Refused(reason=Reason.AMBIGUOUS, said=said, do=_OTHER)
    lead = _lead(parsed, head, last)
    first = min(lead, default=head)
    if edit.what == "delete":
        return _without(texts, first, last)
    new = _moved(edit.text, indent_of(texts[head - 1]))
    if not new:
        return Refused(reason=Reason.NO_CHANGE, said="it brings no line", do="`delete` removes a definition")
    blank = _blank_lines(texts, first, last)
    if edit.what == "before":
        return Splice(first - 1, 0, (*new, *blank))
    if edit.what == "after":
        return Splice(last, 0, (*blank, *new))
    renewed = parse(edit.path, "\n".join(new))
    start = _begin(lead, head, _kind_of(renewed, 1) if renewed else None)
    return Splice(start - 1, last - start + 1, new)


@dataclass(frozen=True, slots=True)
class Found:
    """`crowd` is another definition that has a line in common with this one, and is neither in it nor around it."""

    symbol: Symbol
    crowd: str


def definition(path: str, text: str, name: str, symbols: Sequence[Symbol]) -> Found | Refused:
    """The one definition of a name; of a qualified name's end where only one definition has it."""
    if parse(path, text) is None:
        return Refused(
            reason=Reason.MISSING_SYMBOL, said=f"{path} is in no language whose definitions can be told", do=_OTHER
        )
    wanted = re.sub(r"::|->|(?<=\w)#", ".", name).removesuffix("()")  # a name in JavaScript may begin with `#`
    found = [one for one in symbols if one.qualified == wanted] or [
        one for one in symbols if f".{one.qualified}".endswith(f".{wanted}")
    ]
    if len(found) == 1:
        (symbol,) = found
        span, inside = symbol.span, f"{symbol.qualified}."
        crowd = (
            one.qualified
            for one in symbols
            if one is not symbol
            and one.span.start <= span.end
            and span.start <= one.span.end
            and not one.qualified.startswith(inside)
            and not symbol.qualified.startswith(f"{one.qualified}.")
        )
        return Found(symbol, next(crowd, ""))
    texts = Lines.of(text).texts
    if found:
        at = ", ".join(str(one.span.start) for one in found)
        return Refused(
            reason=Reason.AMBIGUOUS,
            said=f"{len(found)} definitions are called {name}, at lines {at}",
            do="qualify it, such as `Cart.total`, or quote the lines in another format",
            places=tuple(region_at(texts, one.span.start) for one in found),
        )
    names = list(dict.fromkeys(one.qualified for one in symbols))
    last = wanted.rpartition(".")[2]
    near = [one for one in names if one.rpartition(".")[2] == last] or get_close_matches(wanted, names, n=_NEAR)
    return Refused(
        reason=Reason.MISSING_SYMBOL,
        said=f"{path} defines no {name}",
        do=f"it defines {', '.join((near or names)[:_NEAR])}" if names else "it defines nothing; " + _OTHER,
    )


_OTHER = "quote the lines in another format"


def _kind_of(parsed: Parsed, line: int) -> _Lead | None:
    """What a line (from 1) holds, where it is nothing but a part of comments, decorators or attributes."""
    text = encode(parsed.line_at(line - 1))
    start, end = len(text) - len(text.lstrip()), len(text.rstrip())
    if start >= end:
        return None
    node = parsed.root.descendant_for_point_range((line - 1, start), (line - 1, end))
    while node is not None:
        if "comment" in node.type:
            return "comment"
        if node.type in _MARKS:
            return "mark"
        node = node.parent
    return None


def _lead(parsed: Parsed, head: int, end: int) -> Mapping[int, _Lead]:
    """The lines that belong to the definition and stand before its own first: above its node, or in it."""
    rows: dict[int, _Lead] = {}
    above, inner = head - 1, head
    while above and (kind := _kind_of(parsed, above)):
        rows[above] = kind
        above -= 1
    while inner < end and (kind := _kind_of(parsed, inner)):
        rows[inner] = kind
        inner += 1
    return rows


def _begin(lead: Mapping[int, _Lead], head: int, begins_with: _Lead | None) -> int:
    """Where the lines begin that new text takes the place of."""
    if begins_with == "comment":
        return min(lead, default=head)
    start = max(lead, default=head - 1) + 1
    while begins_with == "mark" and lead.get(start - 1) == "mark":
        start -= 1
    return start


def _moved(text: str, indent: str) -> tuple[str, ...]:
    """New lines, the first of them indented as the definition is and the others along with it."""
    new = list(Lines.of(text).texts)
    while new and not new[0].strip():
        new.pop(0)
    while new and not new[-1].strip():
        new.pop()
    if not new:
        return ()
    own = indent_of(new[0])
    if own == indent or any(line.strip() and not line.startswith(own) for line in new):
        return tuple(new)
    return tuple(indent + line[len(own) :] if line.strip() else line for line in new)


def _blank_lines(texts: Sequence[str], first: int, last: int) -> tuple[str, ...]:
    """What keeps the definition apart from its nearest neighbour: as many blank lines as there are, else one."""
    above, below = 0, 0
    while first - 2 - above >= 0 and not texts[first - 2 - above].strip():
        above += 1
    while last + below < len(texts) and not texts[last + below].strip():
        below += 1
    if first - 1 - above <= 0:
        above = 0
    if last + below >= len(texts):
        below = 0
    return ("",) * min((count for count in (above, below) if count), default=1)


def _without(texts: Sequence[str], first: int, last: int) -> Splice:
    """The definition and the blank lines that kept it apart from the next."""
    start, end = first - 1, last
    while end < len(texts) and not texts[end].strip():
        end += 1
    if end == len(texts):  # it was the last one: the lines above it go
        while start and not texts[start - 1].strip():
            start -= 1
        end = last
        while end < len(texts):
            end += 1
    return Splice(start, end - start, ())
