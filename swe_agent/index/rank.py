"""Which files, and which definitions in them, a task is about: features, weighed by constants that were fitted.

`weights.toml` says how the constants came about.
"""

from __future__ import annotations

import math
import re
import tomllib
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from swe_agent.core.source import Span, Symbol
from swe_agent.index.features import SIGNALS, Features, features
from swe_agent.index.mentions import uses
from swe_agent.index.task_text import TaskText, read_task
from swe_agent.index.tree import Tree
from swe_agent.index.words import terms_of

if TYPE_CHECKING:
    from swe_agent.index.index import Index
    from swe_agent.index.pool import Pool

MOST = 1.5
"""A test may fit better than the best file of the code, but not count for ever more."""
PARSED = 25
"""The best files, whose definitions are ranked."""
CALLERS, MANY_CALLED = 40, 6
Row = dict[str, float]
"""Features by name; what is not there is 0."""
Outlines = Mapping[str, Sequence[Symbol]]
"""Of the best files, the best first."""
Said = Callable[[str], tuple[float, float]]
_CALL = re.compile(rb"([A-Za-z_]\w*)\s*\(")


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedSymbol:
    path: str
    symbol: Symbol
    score: float
    why: Mapping[str, float] = field(default_factory=dict)

    @property
    def qualified(self) -> str:
        return self.symbol.qualified

    @property
    def kind(self) -> str:
        return self.symbol.kind

    @property
    def span(self) -> Span:
        return self.symbol.span


@dataclass(frozen=True, slots=True, kw_only=True)
class Pools:
    """All candidates with their features, as the weights are fitted on them: files by path, functions by
    `path::Qual.name`."""

    files: tuple[tuple[str, Mapping[str, float]], ...]
    functions: tuple[tuple[str, Mapping[str, float]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """`score` is comparable within one ranking only. `why` says what each feature added to it."""

    path: str
    score: float
    why: Mapping[str, float]
    symbols: tuple[Symbol, ...] = ()
    """Definitions of the file that fit, the best first; of the best files only."""

    named: tuple[str, ...] = ()
    """The ways in which the task names it outright."""

    @property
    def reasons(self) -> tuple[str, ...]:
        """How the task names it, then the features that added most."""
        most = sorted((name for name in self.why if self.why[name] > 0.05), key=lambda name: -self.why[name])
        said = [_WORDS.get(name.removesuffix("_rank"), "") for name in (*self.named, *most)]
        return tuple(dict.fromkeys(filter(None, said)))[:4]


NAMED_BY = ("path", "frame", "module", "defines")
_WORDS = {
    "words": "its words",
    "title_words": "words of the title",
    "title_piece": "words of the title in a definition",
    "path_words": "its path",
    "piece": "words of a definition",
    "pieces": "words of definitions",
    "path": "named by path",
    "frame": "in the traceback",
    "module": "named as a module",
    "defines": "defines what is named",
    "title_defines": "defines what the title names",
    "refers": "uses what is named",
    "errors": "spells its error messages",
    "near_words": "near files that fit",
    "near_best": "near files that fit",
    "tests": "tests that fit import it",
    "commits": "changed for such words before",
    "together": "changed together with the best",
    "recent": "changed often of late",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Localised:
    files: tuple[Ranked, ...]
    functions: tuple[RankedSymbol, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    files: Mapping[str, float]
    functions: Mapping[str, float]


@cache
def shipped_weights() -> Weights:
    table = tomllib.loads(Path(__file__).with_name("weights.toml").read_text("utf-8"))
    return Weights(files=table["files"], functions=table["functions"])


def vectors(found: Features, tree: Tree) -> dict[int, dict[str, float]]:
    """Of each candidate its features as numbers that mean the same in every ranking: the share of what the best source
    file has, and a value for the place in that order."""
    rows: dict[int, dict[str, float]] = {entry: {} for entry in found.pool}
    sources = [entry for entry in found.pool if tree.code[entry] and not tree.tests[entry]]
    for name in SIGNALS:
        scores = found.raw[name]
        best = max((scores.get(entry, 0.0) for entry in sources), default=0.0)
        if best <= 0:
            continue
        placed = {e: n for n, e in enumerate(sorted(sources, key=lambda e: -scores.get(e, 0.0)))}
        for entry, row in rows.items():
            if (score := scores.get(entry, 0.0)) > 0:
                row[name] = min(score / best, MOST)
                row[f"{name}_rank"] = 1 / (1 + placed.get(entry, len(sources)) / 4)
    for name, scores in found.flags.items():
        for entry, value in scores.items():
            if entry in rows:
                rows[entry][name] = value
    return rows


def localise(
    index: Index, text: str, *, limit: int, weights: Weights | None = None, pool: Pool | None = None
) -> Localised:
    """At most `limit` files and as many functions, best first; equal scores in order of their paths. `pool` is for
    parsing."""
    weights = weights or shipped_weights()
    task = read_task(text)
    tree = index.tree
    found = features(tree, task, index.read, index.history)
    rows = vectors(found, tree)
    why = {entry: _weighed(row, weights.files) for entry, row in rows.items()}
    score, order = _ordered(tree, why)
    outlines = index.outlines([tree.paths[entry] for entry in order[:PARSED]], pool)
    functions = _functions(index, task, found, score, outlines, weights)
    order = order[:limit]
    by_path: dict[str, list[Symbol]] = {}
    for one in functions:
        by_path.setdefault(one.path, []).append(one.symbol)
    ranked = tuple(
        Ranked(
            path=p,
            score=score[e],
            why=why[e],
            symbols=tuple(by_path.get(p, ())),
            named=tuple(name for name in NAMED_BY if rows[e].get(name)),
        )
        for e in order
        for p in (tree.paths[e],)
    )
    only = tuple(one for one in functions if one.symbol.kind in CALLABLE)
    return Localised(files=ranked, functions=only[:limit])


CALLABLE = ("function", "method", "constructor", "macro")


def pools(index: Index, text: str) -> Pools:
    task = read_task(text)
    found = features(index.tree, task, index.read, index.history)
    rows = vectors(found, index.tree)
    weights = shipped_weights().files
    score, order = _ordered(index.tree, {entry: _weighed(row, weights) for entry, row in rows.items()})
    outlines = index.outlines([index.tree.paths[entry] for entry in order[:PARSED]])
    symbols = symbol_vectors(index, task, found, score, outlines)
    return Pools(
        files=tuple((index.tree.paths[entry], rows[entry]) for entry in order),
        functions=tuple((f"{path}::{s.qualified}", row) for path, s, row in symbols if s.kind in CALLABLE),
    )


def _ordered(tree: Tree, why: Mapping[int, Mapping[str, float]]) -> tuple[dict[int, float], list[int]]:
    score = {entry: sum(parts.values()) for entry, parts in why.items()}
    return score, sorted(score, key=lambda entry: (-round(score[entry], 9), tree.paths[entry]))


def _weighed(row: Mapping[str, float], weights: Mapping[str, float]) -> dict[str, float]:
    return {name: value * weight for name, value in row.items() if value and (weight := weights.get(name))}


# ---- definitions


def _functions(
    index: Index,
    task: TaskText,
    found: Features,
    score: Mapping[int, float],
    outlines: Outlines,
    weights: Weights,
) -> tuple[RankedSymbol, ...]:
    rows = symbol_vectors(index, task, found, score, outlines)
    ranked = []
    for path, symbol, row in rows:
        parts = _weighed(row, weights.functions)
        ranked.append(RankedSymbol(path=path, symbol=symbol, score=sum(parts.values()), why=parts))
    return tuple(sorted(ranked, key=lambda one: (-round(one.score, 9), one.path, one.symbol.span.start)))


def symbol_vectors(
    index: Index, task: TaskText, found: Features, score: Mapping[int, float], outlines: Outlines
) -> list[tuple[str, Symbol, Row]]:
    """The definitions of the best files, each with its features."""
    tree = index.tree
    order = [tree.number_of[path] for path in outlines]
    top = score[order[0]] if order else 0.0
    used, said = uses(tree, task), cache(partial(_said, task))
    rows: list[tuple[str, Symbol, Row]] = []
    for place, entry in enumerate(order):
        path = tree.paths[entry]
        where = tree.entries[entry]
        segment, pieces = tree.segments[where.segment], found.pieces[where.segment]
        titled, saying = found.titled[where.segment], used[where.segment]
        numbers = segment.pieces(where.document)
        starts = [segment.lines[piece] for piece in numbers]
        scores = [(pieces[p], titled[p], saying.get(p, 0.0)) for p in numbers]
        for symbol in outlines[path]:
            span = symbol.span
            row = _of_symbol(symbol, scores[bisect_left(starts, span.start) : bisect_right(starts, span.end)])
            row["file"], row["file_rank"] = score[entry] - top, 1 / (1 + place)
            row |= _named(symbol, task, tree, found.mentions.functions.get((entry, symbol.name), 0.0), said)
            rows.append((path, symbol, row))
    _place_within_files(rows)
    _pass_on(rows, dict(zip(outlines, index.read(list(outlines)), strict=True)))
    for name in ("words", "inside", "title_words", "uses", "called_by", "calls", "class_words"):
        values = [row.get(name, 0.0) for _, _, row in rows]
        placed = sorted(set(values), reverse=True)
        rank = {value: 1 / (1 + number / 4) for number, value in enumerate(placed)}
        for value, (_, _, row) in zip(values, rows, strict=True):
            if value:
                row[name], row[f"{name}_rank"] = value / placed[0], rank[value]
    return rows


def _place_within_files(rows: Sequence[tuple[str, Symbol, Row]]) -> None:
    """What stands out in its file may be what is meant, however little it is in others."""
    best: dict[str, float] = {}
    for path, _, row in rows:
        best[path] = max(best.get(path, 0.0), row["words"])
    for path, _, row in rows:
        row["of_its_file"] = row["words"] / best[path] if best[path] else 0.0
    owners: dict[tuple[str, str], float] = {}
    for path, symbol, row in rows:
        if "." in symbol.qualified:
            owner = (path, symbol.qualified.rsplit(".", 1)[0])
            owners[owner] = max(owners.get(owner, 0.0), row["words"])
    for path, symbol, row in rows:
        if "." in symbol.qualified:
            most = owners[path, symbol.qualified.rsplit(".", 1)[0]]
            row["class_words"] = most
            row["of_its_class"] = row["words"] / most if most else 0.0


def _pass_on(rows: Sequence[tuple[str, Symbol, Row]], texts: Mapping[str, bytes]) -> None:
    """What definitions that fit call, and what calls them: the change is often made one call further."""
    named: dict[str, list[int]] = {}
    for number, (_, symbol, _) in enumerate(rows):
        if symbol.kind in CALLABLE:
            named.setdefault(symbol.name, []).append(number)
    most = max((row["words"] for _, _, row in rows), default=0.0) or 1.0
    fit = [math.exp(row["file"]) * (row["words"] / most + row["of_its_file"]) for _, _, row in rows]
    lines = {path: text.split(b"\n") for path, text in texts.items()}
    order = sorted((n for n, (_, s, _) in enumerate(rows) if s.kind in CALLABLE), key=lambda n: (-fit[n], n))
    for number in order[:CALLERS]:
        path, symbol, row = rows[number]
        body = b"\n".join(lines[path][symbol.span.start : symbol.span.end])
        for name in set(_CALL.findall(body)):
            targets = named.get(name.decode("utf-8", "replace"), [])
            near = [target for target in targets if rows[target][0] == path] or targets
            for target in near if len(near) <= MANY_CALLED else ():
                if target != number:
                    called = rows[target][2]
                    called["called_by"] = called.get("called_by", 0.0) + fit[number] / len(near)
                    row["calls"] = row.get("calls", 0.0) + fit[target] / len(near)


def _of_symbol(symbol: Symbol, parts: Sequence[tuple[float, float, float]]) -> dict[str, float]:
    """`parts` are the scores of the pieces that begin within it: by words, by those of the title, by what they say."""
    words, title_words, said = parts[0] if parts else (0.0, 0.0, 0.0)
    inside = words
    for some, _, more in parts[1:]:
        inside, said = max(inside, some), max(said, more)
    length = symbol.span.end - symbol.span.start + 1
    row = {"words": words, "inside": inside, "title_words": title_words, "uses": said, "long": min(length, 200) / 200}
    if length <= 3:
        row["short"] = 1.0
    if symbol.kind in _TYPES:
        row["type"] = 1.0
    elif symbol.kind in _VALUES:
        row["value"] = 1.0
    if symbol.name.startswith("__"):
        row["special"] = 1.0
    if "." in symbol.qualified:
        row["member"] = 1.0
        if symbol.kind == "function":
            row["nested"] = 1.0
    return row


_TYPES = frozenset({"class", "struct", "interface", "trait", "enum", "type", "module"})
_VALUES = frozenset({"constant", "variable", "attribute", "field", "property"})


def _named(symbol: Symbol, task: TaskText, tree: Tree, frame: float, said: Said) -> Row:
    """`said` tells of a name which share of its words the task says, and its title."""
    name = symbol.name
    row: Row = {}
    row["name_said"], row["name_title"] = said(name)
    if frame:
        row["frame"] = frame
    weight = task.names.get(name, 0.0)
    if weight:
        row["named"] = weight * (len(tree.definers(name)) or 1) ** -0.5
    if name in task.title and len(name) > 3:
        row["titled"] = 1.0
    *_, owner, _ = ("", *symbol.qualified.split("."))
    if owner:
        row["owner_said"], row["owner_title"] = said(owner)
        if outer := task.names.get(owner, 0.0):
            row["owner_named"] = outer * (len(tree.definers(owner)) or 1) ** -0.5
            row["both_named"] = row["owner_named"] if weight else 0.0
        if f"{owner}.{name}" in task.text:
            row["spelt_out"] = 1.0
    return row


def _said(task: TaskText, name: str) -> tuple[float, float]:
    """Which share of the words that a name is made of the task says, and its title."""
    words = [term for term in terms_of(name) if term != name.lower()] or list(terms_of(name))
    if not words:
        return 0.0, 0.0
    return (
        sum(word in task.weights for word in words) / len(words),
        sum(word in task.title_weights for word in words) / len(words),
    )
