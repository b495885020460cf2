"""Which files a task is about: BM25 over three fields, what the task names literally, and the neighbours of both.

Damped weights of query terms and the title's bonus carry most of it (measured on issue texts of public projects); the
graph is a tie-breaker.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from swe_agent.core.source import Symbol
from swe_agent.index.graph import Graph
from swe_agent.index.symbols import IndexedFile
from swe_agent.index.words import NAME, terms_of

K1 = 1.2
FIELDS = (("path_terms", 4.0, 0.3), ("symbol_terms", 3.0, 0.4), ("terms", 1.0, 0.6))
"""Field, its weight, and how much its length counts (BM25's b)."""
MAX_TERM_WEIGHT = 3.0
TITLE_WEIGHT = 2.0
PATH_BONUS, MODULE_BONUS, SYMBOL_BONUS = 1.0, 0.6, 0.5
NEIGHBOUR_SHARE = 0.15
SEEDS = 10
MAX_SYMBOLS = 12
_PATH = re.compile(r"[\w.\-/]*\w\.[A-Za-z]\w{0,5}")
_DOTTED = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+")
_CODE_NAME = re.compile(
    r"`([A-Za-z_]\w*)[^`]*`|\b([A-Za-z_]\w*)\(|\b(\w+_\w+|[A-Za-z][a-z0-9]+[A-Z]\w*|[A-Z][a-z]\w+)\b"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """`score` is comparable within one ranking only. `symbols` are those of the file that fit, best first."""

    path: str
    score: float
    reasons: tuple[str, ...]
    symbols: tuple[Symbol, ...]


def rank(files: Sequence[IndexedFile], graph: Graph, query: str, *, limit: int) -> tuple[Ranked, ...]:
    """At most `limit` files, best first; equal scores in order of their paths. What nothing speaks for is left out."""
    weights = query_weights(query)
    idf = _idf(files, weights)
    scores = _bm25(files, weights, idf)
    reasons: list[list[str]] = [["words"] if score else [] for score in scores]
    named = _mentions(files, query)
    for number, bonuses in named.items():
        for bonus, reason in bonuses:
            scores[number] += bonus
            reasons[number].append(reason)
    _spread(graph, scores, reasons)
    final = [
        score * _demotion(file, number in named) for number, (file, score) in enumerate(zip(files, scores, strict=True))
    ]
    order = sorted((n for n in range(len(files)) if final[n] > 0), key=lambda n: (-round(final[n], 9), files[n].path))
    return tuple(
        Ranked(
            path=files[n].path,
            score=final[n],
            reasons=tuple(reasons[n]),
            symbols=_best_symbols(files[n], query, weights, idf),
        )
        for n in order[:limit]
    )


def query_weights(query: str) -> dict[str, float]:
    """min(3, 1 + ln tf) for the whole text, plus 2 for each time the first line says it."""
    title, _, _ = query.strip().partition("\n")
    counts = Counter(term for name in NAME.findall(query) for term in terms_of(name))
    titled = Counter(term for name in NAME.findall(title) for term in terms_of(name))
    return {
        term: min(MAX_TERM_WEIGHT, 1 + math.log(times)) + TITLE_WEIGHT * titled[term]
        for term, times in sorted(counts.items())
    }


def _idf(files: Sequence[IndexedFile], weights: dict[str, float]) -> dict[str, float]:
    total = len(files)
    idf = {}
    for term in weights:
        holding = sum(1 for file in files if term in file.terms or term in file.path_terms)
        idf[term] = math.log(1 + (total - holding + 0.5) / (holding + 0.5)) if holding else 0.0
    return idf


def _bm25(files: Sequence[IndexedFile], weights: dict[str, float], idf: dict[str, float]) -> list[float]:
    """Scores from 0 to 1: the best file has 1."""
    scores = [0.0] * len(files)
    frequency: list[dict[str, float]] = [{} for _ in files]
    for name, weight, b in FIELDS:
        fields: list[dict[str, int]] = [getattr(file, name) for file in files]
        lengths = [sum(field.values()) for field in fields]
        average = sum(lengths) / max(1, len(lengths)) or 1.0
        for number, field in enumerate(fields):
            scale = weight / (1 - b + b * lengths[number] / average)
            for term in weights.keys() & field.keys():
                frequency[number][term] = frequency[number].get(term, 0.0) + scale * field[term]
    for number, terms in enumerate(frequency):
        scores[number] = sum(weights[t] * idf[t] * terms[t] / (K1 + terms[t]) for t in sorted(terms))
    best = max(scores, default=0.0)
    return [score / best for score in scores] if best else scores


def _mentions(files: Sequence[IndexedFile], query: str) -> dict[int, list[tuple[float, str]]]:
    """Files that the query names: by path or its end, by dotted module, by a symbol that few files define."""
    found: dict[int, list[tuple[float, str]]] = {}
    paths = sorted({match.lstrip("./") for match in _PATH.findall(query)} - {""})
    modules = sorted({match.replace(".", "/") for match in _DOTTED.findall(query)})
    for number, file in enumerate(files):
        slashed = f"/{file.path}"
        for path in paths:
            if slashed.endswith(f"/{path}") or (path.count("/") > 1 and path.endswith(slashed)):
                found.setdefault(number, []).append((PATH_BONUS, f"named: {path}"))
                break
        stem = slashed.rsplit(".", 1)[0]
        for module in modules:
            if file.record.language and any(stem.endswith(f"/{part}") for part in _beginnings(module)):
                found.setdefault(number, []).append((MODULE_BONUS, f"module: {module.replace('/', '.')}"))
                break
    for name, places in _named_symbols(files, query).items():
        for number in places:
            found.setdefault(number, []).append((SYMBOL_BONUS / math.sqrt(len(places)), f"defines {name}"))
    return found


def _beginnings(module: str) -> list[str]:
    """a/b/c: itself and a/b, because the last part may be a name within the module."""
    parts = module.split("/")
    return ["/".join(parts[:end]) for end in (len(parts), len(parts) - 1) if end > 1]


def _named_symbols(files: Sequence[IndexedFile], query: str) -> dict[str, list[int]]:
    names = code_names(query)
    places: dict[str, list[int]] = {}
    for number, file in enumerate(files):
        for name in sorted(names & {symbol.name for symbol in file.record.symbols}):
            places.setdefault(name, []).append(number)
    return {name: at for name, at in sorted(places.items()) if len(at) <= 5}


def code_names(query: str) -> set[str]:
    """Words of the query that are written as code: quoted, called, snake or camel case, dotted."""
    names = {part for match in _CODE_NAME.finditer(query) for part in match.groups() if part}
    return names | {part for match in _DOTTED.findall(query) for part in match.split(".")}


def _spread(graph: Graph, scores: list[float], reasons: list[list[str]]) -> None:
    """A share of the best files' scores goes to their neighbours."""
    seeds = sorted((n for n in range(len(scores)) if scores[n] > 0), key=lambda n: (-scores[n], n))[:SEEDS]
    gains: dict[int, float] = {}
    for seed in seeds:
        total = sum(graph[seed].values())
        for neighbour, weight in graph[seed].items():
            gains[neighbour] = gains.get(neighbour, 0.0) + scores[seed] * weight / total
    best = max(gains.values(), default=0.0)
    for number, gain in sorted(gains.items()):
        scores[number] += NEIGHBOUR_SHARE * gain / best
        if gain / best > 0.3:
            reasons[number].append("near the best")


def _demotion(file: IndexedFile, named: bool) -> float:
    if named and not (file.vendored or file.generated):
        return 0.7 if file.test else 1.0
    share = 0.35 if file.test else 1.0
    share *= 0.2 if file.vendored else 1.0
    share *= 0.3 if file.generated else 1.0
    return share if file.record.language else share * 0.4


def _best_symbols(
    file: IndexedFile, query: str, weights: dict[str, float], idf: dict[str, float]
) -> tuple[Symbol, ...]:
    named = code_names(query)
    scored = []
    for symbol in file.symbols:
        own = set(terms_of(symbol.name))
        around = {
            term
            for name in NAME.findall(f"{symbol.qualified} {symbol.doc} {symbol.signature}")
            for term in terms_of(name)
        }
        score = sum(weights[t] * idf[t] * (1.0 if t in own else 0.3) for t in sorted(weights.keys() & (own | around)))
        score += 10.0 if symbol.name in named else 0.0
        if score > 0:
            scored.append((-round(score, 9), symbol.span.start, symbol))
    return tuple(symbol for _, _, symbol in sorted(scored, key=lambda row: row[:2])[:MAX_SYMBOLS])
