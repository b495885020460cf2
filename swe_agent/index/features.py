"""What speaks for a file: every number that ranking weighs, each with a name, for a pool of candidates."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from swe_agent.index import near
from swe_agent.index.history import History
from swe_agent.index.lexical import Lexical, Pieces, lexical, look_up, norms_of, score_pieces
from swe_agent.index.mentions import Mentions, mentions
from swe_agent.index.task_text import TaskText
from swe_agent.index.tree import Read, Tree, is_aside, is_vendored, stands_for_folder
from swe_agent.index.words import NAME

POOL, TESTS, PROSE, READ, SEEDS = 220, 40, 25, 60, 25
"""Candidates; the tests and the prose among them; how many of the best are read; where the walk over imports begins."""
VOTERS, TOGETHER, CALLERS = 15, 8, 12
SIGNALS = (
    "words", "body", "path_words", "piece", "pieces", "path", "whole_path", "frame", "module", "member", "defines",
    "refers", "title_words", "title_piece", "title_defines", "called", "piece_name", "lines", "near_words",
    "near_best", "tests", "commits", "together", "recent",
)  # fmt: skip
"""Features that are divided by the best non-test candidate's."""
Scores = dict[int, float]


@dataclass(frozen=True, kw_only=True)
class Features:
    pool: tuple[int, ...]
    """Entries, the best by words first."""
    raw: Mapping[str, Scores]
    """Of each signal, by entry, before they are made comparable."""
    flags: Mapping[str, Scores]
    pieces: Pieces
    titled: Pieces
    mentions: Mentions
    called: Mapping[str, float]
    """Names that the best definitions use, with how much speaks for those."""


def features(tree: Tree, task: TaskText, read: Read, history: History | None = None) -> Features:
    norms = norms_of(tree)
    hits = look_up(tree, task.weights)  # the words of the title are among them
    words = lexical(tree, hits, task.weights, norms)
    titled = lexical(tree, hits, task.title_weights, norms)
    named = mentions(tree, task)
    commits, recent = history.scores(tree, task.weights) if history else ({}, {})
    pool = _pool(tree, words, named, commits)
    pieces = score_pieces(tree, hits, task.weights, pool)
    titled_pieces = score_pieces(tree, hits, task.title_weights, pool)
    called, called_names = _called(tree, pieces, read, pool)
    best, three = _best_pieces(tree, pieces, pool)
    edges = near.edges_within(tree, pool)
    sources = [entry for entry in pool if tree.code[entry] and not tree.tests[entry]]
    by_words = {e: words.files[e] for e in sources[:SEEDS]}
    both = _together(by_words, named, sources)
    together = history.together(tree, dict(list(both.items())[:TOGETHER])) if history else {}
    raw: dict[str, Scores] = {
        "words": {e: words.files[e] for e in pool},
        "body": {e: words.bodies[e] for e in pool},
        "path_words": {e: words.paths[e] for e in pool},
        "piece": best,
        "pieces": three,
        "path": named.path,
        "whole_path": named.whole_path,
        "frame": named.frame,
        "module": named.module,
        "member": named.member,
        "defines": named.defines,
        "refers": named.refers,
        "piece_name": _piece_names(tree, task, pool),
        "title_words": {e: titled.files[e] for e in pool},
        "title_piece": _best_pieces(tree, titled_pieces, pool)[0],
        "title_defines": _title_defines(tree, task),
        "called": called,
        "lines": _lines(tree, task, read, sorted(pool, key=lambda e: -words.files[e])[:READ]),
        "near_words": near.walk(edges, by_words),
        "near_best": near.walk(edges, both),
        "tests": near.test_votes(tree, edges, words.files, VOTERS),
        "together": together,
        "commits": commits,
        "recent": recent,
    }
    return Features(
        pool=tuple(pool),
        raw=raw,
        flags=_flags(tree, pool, edges),
        pieces=pieces,
        titled=titled_pieces,
        mentions=named,
        called=called_names,
    )


def _pool(tree: Tree, words: Lexical, named: Mentions, commits: Scores) -> list[int]:
    order = sorted((e for e in range(len(tree.entries)) if words.files[e] > 0), key=lambda e: (-words.files[e], e))
    sources = [e for e in order if tree.code[e] and not tree.tests[e]]
    prose = [e for e in order if not tree.code[e]]
    chosen = dict.fromkeys(
        [*sources[:POOL], *[e for e in order if tree.code[e] and tree.tests[e]][:TESTS], *prose[:PROSE]]
    )
    for scores, most in ((named.path, 20), (named.frame, 20), (named.defines, 30), (named.member, 20), (commits, 30)):
        chosen |= dict.fromkeys(sorted(scores, key=lambda e: (-scores[e], e))[:most])
    return sorted(chosen, key=lambda e: (-words.files[e], e))


def _piece_names(tree: Tree, task: TaskText, pool: Sequence[int]) -> Scores:
    """The best name of a piece that the task says."""
    said: Scores = {}
    for entry in pool:
        names = [task.names[n] / len(tree.definers(n)) ** 0.5 for n in piece_names(tree, entry) if n in task.names]
        if names:
            said[entry] = max(names)
    return said


def _best_pieces(tree: Tree, pieces: Pieces, pool: Sequence[int]) -> tuple[Scores, Scores]:
    """Of each file the best piece, and the mean of the best three."""
    best: Scores = {}
    three: Scores = {}
    for entry in pool:
        where = tree.entries[entry]
        segment, scores = tree.segments[where.segment], pieces[where.segment]
        own = sorted([scores[piece] for piece in segment.pieces(where.document)], reverse=True)
        if own and own[0] > 0:
            best[entry], three[entry] = own[0], sum(own[:3]) / 3
    return best, three


def _title_defines(tree: Tree, task: TaskText) -> Scores:
    """What the title names as code, and few files define."""
    found: Scores = {}
    for name, weight in task.title_names.items():
        places = [entry for entry in tree.definers(name) if not tree.tests[entry]]
        for entry in places if len(places) <= 5 else ():
            found[entry] = found.get(entry, 0.0) + weight / len(places)
    return found


def _called(tree: Tree, pieces: Pieces, read: Read, pool: Sequence[int]) -> tuple[Scores, dict[str, float]]:
    """Files that define what the best definitions use, and what that is: a cause is often one call away from its
    symptom."""
    scored = []
    for entry in pool:
        if tree.tests[entry]:
            continue
        where = tree.entries[entry]
        scores = pieces[where.segment]
        for piece in tree.segments[where.segment].pieces(where.document):
            if score := scores[piece]:
                scored.append((-score, entry, piece))
    best = sorted(scored)[:CALLERS]
    entries = list(dict.fromkeys(entry for _, entry, _ in best))
    texts = dict(zip(entries, read([tree.paths[entry] for entry in entries]), strict=True))
    found: Scores = {}
    used: dict[str, float] = {}
    for negative, entry, piece in best:
        where = tree.entries[entry]
        segment = tree.segments[where.segment]
        last = piece + 1 == segment.first_piece[where.document + 1]
        lines = texts[entry].split(b"\n", segment.lines[piece + 1] if not last else -1)
        body = b"\n".join(lines[segment.lines[piece] - 1 : segment.lines[piece + 1] - 1 if not last else None])
        for name in sorted(set(NAME.findall(body.decode("utf-8", "replace")))):
            places = [e for e in tree.definers(name) if not tree.tests[e]]
            if 0 < len(places) <= 3:
                used[name] = used.get(name, 0.0) + negative / best[0][0] / len(places)
                for place in places:
                    if place != entry:
                        found[place] = found.get(place, 0.0) - negative / len(places)
    return found, used


def piece_names(tree: Tree, entry: int) -> list[str]:
    where = tree.entries[entry]
    return tree.segments[where.segment].defined(where.document)


def _together(by_words: Scores, named: Mentions, sources: Sequence[int]) -> Scores:
    """Words and what is named outright, as seeds."""
    total: Scores = {}
    for scores, weight in ((by_words, 1.0), (named.defines, 0.7), (named.path, 1.0), (named.frame, 0.7)):
        best = max((scores.get(e, 0.0) for e in sources), default=0.0)
        for entry in sources if best > 0 else ():
            if value := scores.get(entry, 0.0):
                total[entry] = total.get(entry, 0.0) + weight * value / best
    ordered = sorted(total, key=lambda e: (-total[e], e))[:SEEDS]
    return {entry: total[entry] ** 2 for entry in ordered}


def _lines(tree: Tree, task: TaskText, read: Read, entries: Sequence[int]) -> Scores:
    """Lines of the task that stand in a file as they are; those that few files have count most."""
    if not task.lines:
        return {}
    wanted = [line.encode("utf-8", "surrogateescape") for line in task.lines]
    holding: dict[bytes, list[int]] = {}
    for entry, data in zip(entries, read([tree.paths[entry] for entry in entries]), strict=True):
        for line in wanted:
            if line in data:
                holding.setdefault(line, []).append(entry)
    found: Scores = {}
    for places in holding.values():
        if len(places) <= 6:
            for entry in places:
                found[entry] = found.get(entry, 0.0) + 1 / len(places)
    return found


def _flags(tree: Tree, pool: Sequence[int], edges: Mapping[int, set[int]]) -> dict[str, Scores]:
    imported: Scores = {}
    for targets in edges.values():
        for target in targets:
            imported[target] = imported.get(target, 0.0) + 1
    paths = tree.paths
    return {
        "test": {e: 1.0 for e in pool if tree.tests[e]},
        "aside": {e: 1.0 for e in pool if is_aside(paths[e])},
        "index": {e: 1.0 for e in pool if stands_for_folder(paths[e])},
        "prose": {e: 1.0 for e in pool if not tree.code[e]},
        "made": {e: 1.0 for e in pool if tree.generated(e) or is_vendored(paths[e])},
        "size": {e: math.log1p(tree.lengths[e]) / 8 for e in pool},
        "imported": {e: math.log1p(n) / 5 for e, n in imported.items()},
    }
