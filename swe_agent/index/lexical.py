"""How well the words of a task fit files and the pieces of files: BM25 over three fields, in one walk over postings.

BM25F after Robertson and Zaragoza, "The Probabilistic Relevance Framework" (2009), section 3.6.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from swe_agent.index.segment import DEFINED, MAX_TF, TF_BITS
from swe_agent.index.tree import Tree

K1 = 1.2
PATH, DEFS, BODY = 4.0, 3.0, 1.0
PATH_B, DEFS_B, BODY_B, PIECE_B = 0.3, 0.4, 0.6, 0.7


@dataclass(frozen=True, kw_only=True)
class Lexical:
    files: list[float]
    """Of each entry, all fields together."""
    bodies: list[float]
    paths: list[float]
    pieces: tuple[dict[int, float], ...]
    """Of each segment: score of each piece that any word fits."""


def lexical(tree: Tree, weights: Mapping[str, float], norms: Norms) -> Lexical:
    count = len(tree.entries)
    files, bodies, paths = [0.0] * count, [0.0] * count, [0.0] * count
    pieces: tuple[dict[int, float], ...] = tuple({} for _ in tree.segments)
    code = tree.code
    programs = sum(code)
    for term, weight in weights.items():
        postings = tree.postings(term)
        body = _in_bodies(tree, postings)
        fields = {entry: BODY * times * norms.body[entry] for entry, times in body.items()}
        for entry, times in _in_definitions(tree, term):
            fields[entry] = fields.get(entry, 0.0) + DEFS * times * norms.defs[entry]
        named = tree.path_postings(term)
        for entry, times in named.items():
            fields[entry] = fields.get(entry, 0.0) + PATH * times * norms.path[entry]
        if not fields:
            continue
        gain = weight * _idf(_count(fields, code), programs) * (K1 + 1)
        for entry, frequency in fields.items():
            files[entry] += gain * frequency / (frequency + K1)
        gain = _idf(_count(body, code), programs) * (K1 + 1)
        for entry, times in body.items():
            bodies[entry] += gain * times / (times + norms.plain[entry])
        gain = weight * _idf(_count(named, code), programs)
        for entry in named:
            paths[entry] += gain * norms.path_root[entry]
        _score_pieces(tree, postings, weight, norms.pieces, pieces)
    return Lexical(files=files, bodies=bodies, paths=paths, pieces=pieces)


def _in_bodies(tree: Tree, postings: Sequence[array[int]]) -> dict[int, int]:
    """How often a term occurs in each entry."""
    found: dict[int, int] = {}
    for number, segment in enumerate(tree.segments):
        at, owner = tree.at[number], segment.document_of
        times: dict[int, int] = {}
        for value in postings[number]:
            document = owner[value >> TF_BITS]
            times[document] = times.get(document, 0) + (value & MAX_TF)
        for document, frequency in times.items():
            for entry in at.get(document, ()):
                found[entry] = frequency
    return found


def _in_definitions(tree: Tree, term: str) -> Iterator[tuple[int, int]]:
    for number, segment in enumerate(tree.segments):
        at = tree.at[number]
        for value in segment.postings(DEFINED + term):
            for entry in at.get(value >> TF_BITS, ()):
                yield entry, value & MAX_TF


def _score_pieces(
    tree: Tree,
    postings: Sequence[array[int]],
    weight: float,
    norms: Sequence[Sequence[float]],
    pieces: Sequence[dict[int, float]],
) -> None:
    gain = weight * _idf(sum(map(len, postings)), tree.live_pieces) * (K1 + 1)
    for number, values in enumerate(postings):
        scores, sizes = pieces[number], norms[number]
        for value in values:
            piece, times = value >> TF_BITS, value & MAX_TF
            scores[piece] = scores.get(piece, 0.0) + gain * times / (times + sizes[piece])


def _count(entries: Iterable[int], code: Sequence[bool]) -> int:
    return sum(code[entry] for entry in entries)


def _idf(holding: int, total: int) -> float:
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
    pieces: list[list[float]]
    """Of each segment, by piece."""


def norms_of(tree: Tree) -> Norms:
    lengths = tree.lengths
    defined = [tree.segments[e.segment].defined[e.document] for e in tree.entries]
    parts = tree.path_lengths
    body, defs, path = (_mean(values, tree.code) for values in (lengths, defined, parts))
    return Norms(
        body=[1 / (1 - BODY_B + BODY_B * n / body) for n in lengths],
        defs=[1 / (1 - DEFS_B + DEFS_B * n / defs) for n in defined],
        path=[1 / (1 - PATH_B + PATH_B * n / path) for n in parts],
        path_root=[1 / math.sqrt(1 + n) for n in parts],
        pieces=[
            [K1 * (1 - PIECE_B + PIECE_B * n / tree.average_piece) for n in segment.lengths]
            for segment in tree.segments
        ],
        plain=[K1 * (0.25 + 0.75 * n / body) for n in lengths],
    )
