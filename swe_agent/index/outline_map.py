"""The repository map: the best files with the symbols that fit, within a budget of tokens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from swe_agent.core.context import RepoMap
from swe_agent.core.source import Symbol
from swe_agent.index.rank import Ranked
from swe_agent.index.symbols import IndexedFile

SYMBOLS_OF_THE_BEST, SYMBOLS_OF_OTHERS = 24, 8
BEST = 5
MAX_SIGNATURE = 120


def draw(ranked: Sequence[Ranked], files: Mapping[str, IndexedFile], tokens: int) -> RepoMap:
    """Files in order of rank, symbols in order of lines. A file that does not fit gets fewer symbols, then none."""
    left = 4 * tokens
    parts: list[str] = []
    for place, entry in enumerate(ranked):
        if (file := files.get(entry.path)) is None:
            continue
        most = SYMBOLS_OF_THE_BEST if place < BEST else SYMBOLS_OF_OTHERS
        part = _fitting(file, entry, most, left)
        if not part:
            break
        parts.append(part)
        left -= len(part)
    text = "".join(parts)
    return RepoMap(text=text, files=len(parts), tokens=(len(text) + 3) // 4)


def _fitting(file: IndexedFile, entry: Ranked, most: int, room: int) -> str:
    while True:
        text = _section(file, entry, most)
        if len(text) <= room:
            return text
        if most == 0:
            return ""
        most //= 2


def _section(file: IndexedFile, entry: Ranked, most: int) -> str:
    chosen = {id(symbol): symbol for symbol in entry.symbols[:most]}
    # What the words do not reach is filled up with the outer definitions, in order.
    for symbol in sorted(file.symbols, key=lambda s: (s.qualified.count("."), s.span.start)):
        if len(chosen) >= most:
            break
        chosen.setdefault(id(symbol), symbol)
    shown = sorted(chosen.values(), key=lambda s: (s.span.start, -s.span.end))
    return "".join([f"{file.path}\n", *(_line(symbol, shown) for symbol in shown)])


def _line(symbol: Symbol, shown: Sequence[Symbol]) -> str:
    outer = {other.qualified for other in shown}
    parts = symbol.qualified.split(".")
    depth = sum(".".join(parts[:end]) in outer for end in range(1, len(parts)))
    return f"{'  ' * (depth + 1)}{symbol.span.start}: {symbol.signature[:MAX_SIGNATURE]}\n"
