"""What commits tell: files that were changed for the same words, files that change often, files that change together.

Kept in packs, one piece of bytes each: a table of paths, times and changed files as JSON, and a segment whose documents
are commits. A pack may continue another, so that a new commit does not have all of the past read again.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from swe_agent.core.source import PastCommit
from swe_agent.index.keys import KEY_BYTES
from swe_agent.index.lexical import idf
from swe_agent.index.scan import Piece, Scanned
from swe_agent.index.segment import MAX_TF, TF_BITS, Builder, Segment
from swe_agent.index.tree import Tree
from swe_agent.index.words import count_names

MAX_FILES = 40
"""A commit that changes more is a sweep, and says nothing of any file."""
MESSAGE = 1_500
"""Characters of a message that are read."""
_FADES = 120 * 86_400.0
_K1, _B = 1.2, 0.75
_LENGTH = struct.Struct("<I")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """Commits, the newest first."""

    base: str
    """The commit up to which another pack has the past; "" where this one has all of it."""
    whens: Sequence[int]
    paths: Sequence[str]
    changed: Sequence[Sequence[int]]
    """Of each commit the numbers of its files in `paths`."""
    segment: Segment

    @classmethod
    def of(cls, data: bytes) -> Pack:
        """ValueError, KeyError or BadSegment for what `pack` has not made."""
        if len(data) < _LENGTH.size:
            raise ValueError("too short")
        (length,) = _LENGTH.unpack_from(data)
        table = json.loads(data[_LENGTH.size : _LENGTH.size + length])
        segment = Segment.of(memoryview(data)[_LENGTH.size + length :])
        whens, paths, changed = table["whens"], table["paths"], table["changed"]
        return cls(base=table["base"], whens=whens, paths=paths, changed=changed, segment=segment)


def pack(commits: Sequence[PastCommit], base: str = "") -> bytes:
    numbers: dict[str, int] = {}
    builder = Builder()
    kept = [commit for commit in commits if 0 < len(commit.paths) <= MAX_FILES]
    changed = []
    for commit in kept:
        changed.append([numbers.setdefault(path, len(numbers)) for path in commit.paths])
        piece = Piece(line=1, name="", names=count_names(commit.message[:MESSAGE].encode("utf-8", "replace")))
        builder.add(b"\0" * KEY_BYTES, Scanned(language="", pieces=(piece,), imports=(), generated=False))
    table = {"base": base, "whens": [c.when for c in kept], "paths": list(numbers), "changed": changed}
    head = json.dumps(table, separators=(",", ":")).encode("utf-8", "surrogatepass")
    return _LENGTH.pack(len(head)) + head + builder.data()


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Packs, the newest first, each the base of the one before."""

    packs: Sequence[Pack]

    def scores(self, tree: Tree, weights: Mapping[str, float]) -> tuple[dict[int, float], dict[int, float]]:
        """By entry: fitting messages (the root of the sum of squares, so that the best count most), and recency."""
        fitting: dict[int, float] = {}
        recent: dict[int, float] = {}
        newest = max((pack.whens[0] for pack in self.packs if pack.whens), default=0)
        found = self._fitting(weights)
        for number, (when, entries) in enumerate(self._commits(tree)):
            if not entries:
                continue
            fresh = math.exp(-max(0, newest - when) / _FADES)
            score = found.get(number, 0.0)
            for entry in entries:
                recent[entry] = recent.get(entry, 0.0) + fresh
                if score:
                    fitting[entry] = fitting.get(entry, 0.0) + score * score / len(entries)
        return {e: math.sqrt(v) for e, v in fitting.items()}, {e: math.log1p(v) for e, v in recent.items()}

    def together(self, tree: Tree, seeds: Mapping[int, float]) -> dict[int, float]:
        """How often files were changed with the seeds, less what comes of changing often: by the cosine of the sets of
        their commits."""
        times: dict[int, int] = {}
        both: dict[int, dict[int, float]] = {seed: {} for seed in seeds}
        for _, entries in self._commits(tree):
            for entry in entries:
                times[entry] = times.get(entry, 0) + 1
            for seed in entries:
                if seed in seeds:
                    row = both[seed]
                    for entry in entries:
                        if entry != seed:
                            row[entry] = row.get(entry, 0.0) + 1 / math.sqrt(len(entries) - 1)
        found: dict[int, float] = {}
        for seed, row in both.items():
            for entry, count in row.items():
                gain = seeds[seed] * count / math.sqrt(times[seed] * times[entry])
                found[entry] = found.get(entry, 0.0) + gain
        return found

    def _commits(self, tree: Tree) -> Iterator[tuple[int, list[int]]]:
        """When, and which entries: of all commits, newest first."""
        number_of = tree.number_of
        for pack in self.packs:
            entry_of = [number_of.get(path, -1) for path in pack.paths]
            for when, files in zip(pack.whens, pack.changed, strict=True):
                yield when, [entry_of[file] for file in files if entry_of[file] >= 0]

    def _fitting(self, weights: Mapping[str, float]) -> dict[int, float]:
        """BM25 of each message, by the number of its commit."""
        count = sum(len(pack.whens) for pack in self.packs)
        average = sum(sum(pack.segment.lengths) for pack in self.packs) / (count or 1) or 1.0
        norms = [[_K1 * (1 - _B + _B * n / average) for n in pack.segment.lengths] for pack in self.packs]
        found: dict[int, float] = {}
        for term, weight in weights.items():
            postings = [pack.segment.postings(term) for pack in self.packs]
            worth = weight * idf(sum(map(len, postings)), count) * (_K1 + 1)
            first = 0
            for pack, values, sizes in zip(self.packs, postings, norms, strict=True):
                for value in values:
                    number, times = value >> TF_BITS, value & MAX_TF
                    gain = worth * times / (times + sizes[number])
                    found[first + number] = found.get(first + number, 0.0) + gain
                first += len(pack.whens)
        return found
