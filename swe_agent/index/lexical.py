"""How well the words of a task fit files and the pieces of files: BM25 over three fields.

BM25F after Robertson and Zaragoza, "The Probabilistic Relevance Framework" (2009), section 3.6. Terms are looked up
once, files are scored by all of them, and pieces only of the files that are candidates.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from swe_agent.index.segment import MAX_TF, TF_BITS
from swe_agent.index.tree import Tree

K1 = 1.2
PATH, DEFS, BODY = 4.0, 3.0, 1.0
PATH_B, DEFS_B, BODY_B, PIECE_B = 0.3, 0.4, 0.6, 0.7


@dataclass(frozen=True, slots=True)
class Hits:
    """Where a term stands: by entry how often, in each field."""

    body: dict[int, int]
    defs: dict[int, int]
    path: dict[int, int]
    postings: Sequence[Sequence[int]]
    """Of each segment, by piece."""


@dataclass(frozen=True, kw_only=True)
class Lexical:
    """Of each entry, all fields together, and the path by itself."""

    files: list[float]
    paths: list[float]


Pieces = Sequence[Sequence[float]]
"""Of each segment the score of each piece; 0 where no word fits it, or its file is no candidate."""


def look_up(tree: Tree, terms: Iterable[str]) -> dict[str, Hits]:
    """Terms that stand anywhere."""
    found = {}
    for term in terms:
        postings = tree.postings(term)
        hits = Hits(_in_bodies(tree, postings), _in_definitions(tree, term), tree.by_path.holding(term), postings)
        if hits.body or hits.defs or hits.path:
            found[term] = hits
    return found


def lexical(tree: Tree, hits: Mapping[str, Hits], weights: Mapping[str, float], norms: Norms) -> Lexical:
    count = len(tree.entries)
    files, paths = [0.0] * count, [0.0] * count
    code = tree.code
    programs = sum(code)
    for term, weight in weights.items():
        if term not in hits:
            continue
        hit = hits[term]
        norm = norms.body
        fields = {entry: BODY * times * norm[entry] for entry, times in hit.body.items()}
        for entry, times in hit.defs.items():
            fields[entry] = fields.get(entry, 0.0) + DEFS * times * norms.defs[entry]
        for entry, times in hit.path.items():
            fields[entry] = fields.get(entry, 0.0) + PATH * times * norms.path[entry]
        gain = weight * idf(_count(fields, code), programs) * (K1 + 1)
        for entry, frequency in fields.items():
            files[entry] += gain * frequency / (frequency + K1)
        gain = weight * idf(_count(hit.path, code), programs)
        for entry in hit.path:
            paths[entry] += gain * norms.path_root[entry]
    return Lexical(files=files, paths=paths)


def score_bodies(tree: Tree, hits: Mapping[str, Hits], norms: Norms, pool: Collection[int]) -> dict[int, float]:
    """The bodies of the files in `pool` by plain BM25, every term counting as much as it is rare."""
    scores = dict.fromkeys(pool, 0.0)
    code, programs = tree.code, sum(tree.code)
    for hit in hits.values():
        if within := scores.keys() & hit.body.keys():
            gain = idf(_count(hit.body, code), programs) * (K1 + 1)
            for entry in within:
                times = hit.body[entry]
                scores[entry] += gain * times / (times + norms.plain[entry])
    return scores


def score_pieces(
    tree: Tree, hits: Mapping[str, Hits], weights: Mapping[str, float], norms: Sequence[Sequence[float]]
) -> Pieces:
    """The pieces of the candidates by BM25, each a document of its own; `norms` are those of `piece_norms`."""
    scores = [[0.0] * len(sizes) for sizes in norms]
    for term, weight in weights.items():
        if term not in hits:
            continue
        postings = hits[term].postings
        gain = weight * idf(sum(map(len, postings)), tree.live_pieces) * (K1 + 1)
        for found, sizes, values in zip(scores, norms, postings, strict=True):
            for value in values:
                if size := sizes[value >> TF_BITS]:
                    times = value & MAX_TF
                    found[value >> TF_BITS] += gain * times / (times + size)
    return scores


def piece_norms(tree: Tree, pool: Collection[int]) -> list[list[float]]:
    """Of each segment what the length of a piece takes off; 0 for those of files that are not in the pool."""
    average = tree.average_piece
    norms = [[0.0] * len(segment.lengths) for segment in tree.segments]
    for entry in pool:
        where = tree.entries[entry]
        segment, own = tree.segments[where.segment], norms[where.segment]
        for piece in segment.pieces(where.document):
            own[piece] = K1 * (1 - PIECE_B + PIECE_B * segment.lengths[piece] / average)
    return norms


def _in_bodies(tree: Tree, postings: Sequence[Sequence[int]]) -> dict[int, int]:
    """How often a term occurs in each entry."""
    found: dict[int, int] = {}
    for owners, values in zip(tree.of_piece, postings, strict=True):
        last, total = -1, 0
        for value in values:  # those of one file come one after another
            entry = owners[value >> TF_BITS]
            if entry == last:
                total += value & MAX_TF
            else:
                found[last] = total
                last, total = entry, value & MAX_TF
        found[last] = total
    found.pop(-1, None)
    return _with_twins(tree, found)


def _in_definitions(tree: Tree, term: str) -> dict[int, int]:
    found: dict[int, int] = {}
    for segment, entries in zip(tree.segments, tree.of_document, strict=True):
        for value in segment.defining(term):
            found[entries[value >> TF_BITS]] = value & MAX_TF
    found.pop(-1, None)
    return _with_twins(tree, found)


def _with_twins(tree: Tree, found: dict[int, int]) -> dict[int, int]:
    for entry in tree.twins.keys() & found:
        found |= dict.fromkeys(tree.twins[entry], found[entry])
    return found


def _count(entries: Iterable[int], code: Sequence[bool]) -> int:
    return sum(map(code.__getitem__, entries))


def idf(holding: int, total: int) -> float:
    return math.log(1 + (max(total, holding) - holding + 0.5) / (holding + 0.5))


def _mean(values: Sequence[int], code: Sequence[bool]) -> float:
    of_code = [value for value, is_code in zip(values, code, strict=True) if is_code] or values
    return sum(of_code) / max(1, len(of_code)) or 1.0


@dataclass(frozen=True, kw_only=True)
class Norms:
    """What the length of a field takes off, by entry."""

    body: list[float]
    defs: list[float]
    path: list[float]
    path_root: list[float]
    plain: list[float]


def norms_of(tree: Tree) -> Norms:
    lengths = tree.lengths
    defined = [tree.segments[e.segment].definitions[e.document] for e in tree.entries]
    parts = tree.by_path.lengths
    body, defs, path = (_mean(values, tree.code) for values in (lengths, defined, parts))
    return Norms(
        body=[1 / (1 - BODY_B + BODY_B * n / body) for n in lengths],
        defs=[1 / (1 - DEFS_B + DEFS_B * n / defs) for n in defined],
        path=[1 / (1 - PATH_B + PATH_B * n / path) for n in parts],
        path_root=[1 / math.sqrt(1 + n) for n in parts],
        plain=[K1 * (0.25 + 0.75 * n / body) for n in lengths],
    )
