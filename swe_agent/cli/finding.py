"""Answers of `find`, made alike."""

from __future__ import annotations

from collections.abc import Sequence

from swe_agent.core.errors import UsageError
from swe_agent.core.source import Symbol
from swe_agent.core.task import within
from swe_agent.index.index import Index
from swe_agent.index.search import BadPattern
from swe_agent.jobs.find import Use, callers, implementations, uses
from swe_agent.ui.code import Place

MOST = 10_000


def answer(index: Index, kind: str, what: str, under: Sequence[str]) -> list[Place]:
    match kind:
        case "symbol":
            found = [_of_symbol(symbol) for symbol in index.symbols_named(what)]
        case "text" | "regex":
            found = _lines(index, what, regex=kind == "regex")
        case "references":
            found = [_of_use(use) for use in uses(index, what)]
        case "callers":
            found = [_of_use(use) for use in callers(index, what)]
        case _:
            found = [_of_symbol(symbol) for symbol in implementations(index, what)]
    return [place for place in found if not under or within(place.path, tuple(part.rstrip("/") for part in under))]


def _lines(index: Index, pattern: str, *, regex: bool) -> list[Place]:
    try:
        found = index.search(pattern, regex=regex, limit=MOST).found
    except BadPattern as error:
        raise UsageError(str(error), hint="`find text` takes it as it is") from error
    return [Place(path=match.path, line=match.line, text=match.text.strip()) for match in found]


def _of_symbol(symbol: Symbol) -> Place:
    return Place(
        path=symbol.path, line=symbol.span.start, text=symbol.signature, name=symbol.qualified, kind=symbol.kind
    )


def _of_use(use: Use) -> Place:
    return Place(path=use.path, line=use.line, text=use.text, name=use.inside, kind="in" if use.inside else "")
