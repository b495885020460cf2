"""What speaks for a file: every number that ranking weighs, each with a name, for a pool of candidates."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from swe_agent.index import near
from swe_agent.index.history import History
from swe_agent.index.lexical import Lexical, Pieces, lexical, look_up, norms_of, piece_norms, score_bodies, score_pieces
from swe_agent.index.mentions import Mentions, Scores, mentions
from swe_agent.index.paths import is_aside
from swe_agent.index.task_text import TaskText
from swe_agent.index.tree import Read, Tree
from swe_agent.syntax.made_paths import is_vendored

POOL, TESTS, PROSE, SEEDS = 220, 40, 25, 25
"""Candidates; the tests and the prose among them; where the walk over imports begins."""
VOTERS, TOGETHER = 15, 8
SIGNALS = (
    "words", "body", "path_words", "piece", "pieces", "path", "whole_path", "frame", "module", "member", "defines",
    "refers", "title_words", "title_piece", "title_defines", "errors", "near_words",
    "near_best", "tests", "commits", "together", "recent",
)  # fmt: skip
"""Features that are divided by the best non-test candidate's."""


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


def features(tree: Tree, task: TaskText, read: Read, history: History | None = None) -> Features:
    norms = norms_of(tree)
    hits = look_up(tree, task.weights)  # the words of the title are among them
    words = lexical(tree, hits, task.weights, norms)
    titled = lexical(tree, hits, task.title_weights, norms)
    named = mentions(tree, task)
    commits, recent = history.scores(tree, task.weights) if history else ({}, {})
    pool = _pool(tree, words, named, commits)
    sizes = piece_norms(tree, pool)
    pieces = score_pieces(tree, hits, task.weights, sizes)
    titled_pieces = score_pieces(tree, hits, task.title_weights, sizes)
    best, three = _best_pieces(tree, pieces, pool)
    edges = near.edges_within(tree, pool)
    sources = [entry for entry in pool if tree.code[entry] and not tree.tests[entry]]
    by_words = {e: words.files[e] for e in sources[:SEEDS]}
    both = _together(by_words, named, sources)
    together = history.together(tree, dict(list(both.items())[:TOGETHER])) if history else {}
    raw: dict[str, Scores] = {
        "words": {e: words.files[e] for e in pool},
        "body": score_bodies(tree, hits, norms, pool),
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
        "title_words": {e: titled.files[e] for e in pool},
        "title_piece": _best_pieces(tree, titled_pieces, pool)[0],
        "title_defines": _title_defines(tree, task),
        "errors": _errors(tree, task, read, pool),
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


def _errors(tree: Tree, task: TaskText, read: Read, entries: Sequence[int]) -> Scores:
    """Files that spell parts of the task's error messages; those that few spell count most."""
    if not task.errors:
        return {}
    wanted = [part.encode("utf-8", "surrogateescape") for part in task.errors]
    holding: dict[bytes, list[int]] = {}
    for entry, data in zip(entries, read([tree.paths[entry] for entry in entries]), strict=True):
        for part in wanted:
            if part in data:
                holding.setdefault(part, []).append(entry)
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
        "prose": {e: 1.0 for e in pool if not tree.code[e]},
        "made": {e: 1.0 for e in pool if tree.generated(e) or is_vendored(paths[e])},
        "size": {e: math.log1p(tree.lengths[e]) / 8 for e in pool},
        "imported": {e: math.log1p(n) / 5 for e, n in imported.items()},
    }
