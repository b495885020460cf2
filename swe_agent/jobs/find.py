"""Questions about names: who defines, uses, calls or implements one. Answers come in order of path and line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from swe_agent.core.source import Reference, Symbol
from swe_agent.index.index import Index

TYPES = frozenset({"class", "struct", "interface", "trait", "enum", "object", "protocol", "record", "type", "impl"})
_BASES = re.compile(r"\(([^)]*)\)|(?:extends|implements|<|:)\s*([^{]*)|\bfor\s+(\S+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """A line that uses a name, and the definition that it stands in, if any."""

    path: str
    line: int
    text: str
    inside: str


def uses(index: Index, name: str) -> tuple[Use, ...]:
    return tuple(_with_surroundings(index, index.references_to(_last(name))))


def _last(name: str) -> str:
    return re.split(r"\.|::|#", name)[-1]


def callers(index: Index, name: str) -> tuple[Use, ...]:
    """Uses that are calls, by the parenthesis after the name, without imports and comments."""
    call = re.compile(rf"\b{re.escape(_last(name))}\s*(?:<[^<>()]*>|\[[^\[\]]*\]|!)?\s*\(")
    return tuple(use for use in uses(index, name) if call.search(use.text))


def implementations(index: Index, name: str) -> tuple[Symbol, ...]:
    """Types that name this one as their base, directly or through another; of a method `Base.run`, the methods of that
    name in such types."""
    owner, _, method = name.rpartition(".")
    base = owner or name
    found: dict[str, Symbol] = {}
    waiting, seen = [base.rsplit(".", 1)[-1]], set()
    while waiting:
        wanted = waiting.pop()
        if wanted in seen:
            continue
        seen.add(wanted)
        for symbol in _derived(index, wanted):
            found[f"{symbol.path}:{symbol.span.start}"] = symbol
            waiting.append(symbol.name)
    types = sorted(found.values(), key=lambda symbol: (symbol.path, symbol.span.start))
    if not owner:
        return tuple(types)
    wanted_names = {(symbol.path, f"{symbol.qualified}.{method}") for symbol in types}
    paths = dict.fromkeys(symbol.path for symbol in types)
    return tuple(s for path in paths for s in index.outline(path) if (s.path, s.qualified) in wanted_names)


def _derived(index: Index, base: str) -> Iterator[Symbol]:
    """Types whose first line names `base` beside their own name."""
    lines = {(use.path, use.line) for use in index.references_to(base)}
    word = re.compile(rf"\b{re.escape(base)}\b")
    for path in dict.fromkeys(path for path, _ in sorted(lines)):
        for symbol in index.outline(path):
            if symbol.kind in TYPES and symbol.name != base:
                bases = " ".join(part for match in _BASES.findall(symbol.signature) for part in match)
                if word.search(bases):
                    yield symbol


def _with_surroundings(index: Index, references: tuple[Reference, ...]) -> Iterator[Use]:
    texts: dict[str, list[str]] = {}
    told: set[tuple[str, int]] = set()
    for reference in references:
        if (place := (reference.path, reference.line)) in told:
            continue
        told.add(place)
        if reference.path not in texts:
            texts[reference.path] = index.text(reference.path).split("\n")
        around = [symbol for symbol in index.outline(reference.path) if reference.line in symbol.span]
        inside = min(around, key=lambda symbol: symbol.span.end - symbol.span.start).qualified if around else ""
        text = texts[reference.path][reference.line - 1].strip()
        yield Use(path=reference.path, line=reference.line, text=text, inside=inside)
