"""A definition renamed with the references to it that an index knows of.

An index goes by names. It is believed where one definition has the name; where several have it, which of them a
reference means is not known, and nothing is renamed. That an attribute of the same name belongs to something outside
the tree cannot be told either: the desk shows each place.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Protocol

from swe_agent.core.edit import Rename
from swe_agent.core.source import Reference, Symbol
from swe_agent.edits.definitions import definition, symbols_of
from swe_agent.edits.lines import Span
from swe_agent.edits.refusal import Reason, Refused
from swe_agent.syntax.identifiers import identifiers

_NAME = re.compile(r"[^\W\d]\w*[?!]?")


class Names(Protocol):
    """What an index knows of a name."""

    def symbols_named(self, name: str) -> Sequence[Symbol]: ...

    def references_to(self, name: str) -> Sequence[Reference]: ...


class NamesOf:
    """An index that is made when a reply renames something, which few do."""

    def __init__(self, make: Callable[[], Names]) -> None:
        self._names = cache(make)

    def symbols_named(self, name: str) -> Sequence[Symbol]:
        return self._names().symbols_named(name)

    def references_to(self, name: str) -> Sequence[Reference]:
        return self._names().references_to(name)


def spans_of(edit: Rename, read: Callable[[str], str | None], names: Names) -> Mapping[str, Sequence[Span]] | Refused:
    """What changes in each file."""
    text = read(edit.path)
    if text is None:
        return Refused(reason=Reason.MISSING_FILE, said=f"there is no file {edit.path}", path=edit.path)
    defined = definition(edit.path, text, edit.symbol, symbols_of(edit.path, text))
    if isinstance(defined, Refused):
        return defined
    symbol = defined.symbol
    if not _NAME.fullmatch(edit.to) or edit.to == symbol.name:
        return _refused(edit, Reason.MALFORMED, f"`{edit.to}` is no other name", "give the new name alone")
    here = (symbol.path, symbol.span, symbol.name)
    namesakes = (one for one in names.symbols_named(symbol.name) if one.name == symbol.name)
    others = [one for one in namesakes if (one.path, one.span, one.name) != here]
    if others:
        where = ", ".join(f"{one.path}:{one.span.start}" for one in others[:8])
        said = f"{symbol.name} is defined elsewhere too ({where}), and which of them a reference means is not known"
        return _refused(edit, Reason.AMBIGUOUS, said, "edit the lines one by one")
    lines: dict[str, set[int]] = defaultdict(set)
    for reference in names.references_to(symbol.name):
        lines[reference.path].add(reference.line)
    own = [one for one in identifiers(edit.path, text, symbol.name) if one.line in symbol.span]
    lines[edit.path] |= {one.line for one in own[:1]}
    spans: dict[str, list[Span]] = {}
    for path, at in sorted(lines.items()):
        content = read(path)
        if content is None:
            continue
        if taken := identifiers(path, content, edit.to):
            said = f"{path} names {edit.to} already, at line {taken[0].line}"
            return _refused(edit, Reason.EXISTS, said, "choose another name")
        found = [one for one in identifiers(path, content, symbol.name) if one.line in at]
        spans[path] = [Span(one.start, one.end, edit.to) for one in found]
    return spans


def _refused(edit: Rename, reason: Reason, said: str, do: str) -> Refused:
    return Refused(reason=reason, said=said, do=do, path=edit.path, operation=f"rename {edit.symbol}")
