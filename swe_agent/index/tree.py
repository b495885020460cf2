"""The files of one tree over the segments that hold them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

from swe_agent.index.paths import Paths
from swe_agent.index.segment import TF_BITS, Segment
from swe_agent.index.words import terms_of
from swe_agent.syntax.made_paths import is_generated
from swe_agent.syntax.manifests import MOST, Alias, aliases, is_manifest
from swe_agent.syntax.modules import Modules

NO_CODE = frozenset({"", "css", "html", "json", "markdown", "toml", "yaml"})
"""Languages of prose and data."""
_ROOTS = ("src.", "lib.", "source.")


Read = Callable[[Sequence[str]], Sequence[bytes]]
"""The bytes of files of the tree, by path, in order."""


def each_read(paths: Sequence[str], read: Read, *, at_once: int = 1_000) -> Iterator[tuple[str, bytes]]:
    """Paths with their bytes, some read at a time: who has seen enough reads no further, and who goes on can work
    meanwhile."""
    for at in range(0, len(paths), at_once):
        some = paths[at : at + at_once]
        yield from zip(some, read(some), strict=True)


class Entry(NamedTuple):  # one for each file: a dataclass takes ten times as long to make
    """A file of the tree. `document` counts within its segment."""

    path: str
    blob: str
    segment: int
    document: int


@lru_cache(maxsize=2)
def _modules(paths: tuple[str, ...], named: tuple[Alias, ...]) -> Modules:
    """As with `paths_of`: most edits change neither, and where an import leads is found out once."""
    return Modules(paths, named)


@dataclass(frozen=True, kw_only=True)
class Tree:
    """Not slotted: tables are made when first asked for. Entries are in order of their paths."""

    segments: Sequence[Segment]
    entries: Sequence[Entry]
    by_path: Paths
    read: Read

    @property
    def paths(self) -> Sequence[str]:
        return self.by_path.all

    @property
    def number_of(self) -> Mapping[str, int]:
        return self.by_path.number_of

    @property
    def tests(self) -> Sequence[bool]:
        return self.by_path.tests

    @cached_property
    def _places(self) -> tuple[tuple[list[int], ...], dict[int, list[int]]]:
        places = tuple([-1] * len(segment.keys) for segment in self.segments)
        twins: dict[int, list[int]] = {}
        for number, entry in enumerate(self.entries):
            first = places[entry.segment][entry.document]
            if first < 0:
                places[entry.segment][entry.document] = number
            else:
                twins.setdefault(first, []).append(number)
        return places, twins

    @property
    def of_document(self) -> tuple[list[int], ...]:
        """For each segment: the entry of each document, the first where several hold the same; -1 where none does."""
        return self._places[0]

    @property
    def twins(self) -> dict[int, list[int]]:
        """Entries whose documents others share, with those others."""
        return self._places[1]

    @cached_property
    def of_piece(self) -> tuple[list[int], ...]:
        """For each segment: the entry of each piece, as in `of_document`."""
        found: list[list[int]] = []
        for segment, entries in zip(self.segments, self.of_document, strict=True):
            owners: list[int] = []
            first = segment.first_piece
            for document, entry in enumerate(entries):
                owners += [entry] * (first[document + 1] - first[document])
            found.append(owners)
        return tuple(found)

    @cached_property
    def _whole(self) -> tuple[bool, ...]:
        """Of each segment whether all that it holds is in the tree."""
        return tuple(-1 not in entries for entries in self.of_document)

    def postings(self, term: str) -> list[Sequence[int]]:
        """Of each segment the postings of pieces that are in the tree: what a segment holds besides, of other branches
        or of before an edit, must not change what a word is worth."""
        found: list[Sequence[int]] = []
        for segment, owners, whole in zip(self.segments, self.of_piece, self._whole, strict=True):
            values = segment.postings(term)
            found.append(values if whole else [value for value in values if owners[value >> TF_BITS] >= 0])
        return found

    @cached_property
    def languages(self) -> tuple[str, ...]:
        return tuple(self.segments[entry.segment].languages[entry.document] for entry in self.entries)

    @cached_property
    def lengths(self) -> tuple[int, ...]:
        return tuple(self.segments[entry.segment].document_lengths[entry.document] for entry in self.entries)

    @cached_property
    def modules(self) -> dict[str, list[int]]:
        """Entries by the dotted names that their paths give them, with and without the folder that sources lie in."""
        found: dict[str, list[int]] = {}
        for number, path in enumerate(self.paths):
            if not self.languages[number]:
                continue
            stem = path.rsplit(".", 1)[0]
            for index in ("/__init__", "/index", "/mod"):
                stem = stem.removesuffix(index)
            dotted = stem.replace("/", ".")
            found.setdefault(dotted, []).append(number)
            for root in _ROOTS:
                if dotted.startswith(root):
                    found.setdefault(dotted[len(root) :], []).append(number)
        return found

    @cached_property
    def resolver(self) -> Modules:
        manifests = [path for path in self.paths if is_manifest(path)][:MOST]
        return _modules(self.by_path.all, aliases(dict(zip(manifests, self.read(manifests), strict=True))))

    def definers(self, name: str) -> dict[int, list[int]]:
        """Entries with the pieces that define a name, as it is written."""
        if name not in self._definers:
            found: dict[int, list[int]] = {}
            for segment, owners in zip(self.segments, self.of_piece, strict=True):
                for piece in segment.definers(name):
                    if (entry := owners[piece]) >= 0:
                        found.setdefault(entry, []).append(piece)
            if not self.twins.keys().isdisjoint(found):
                found |= {twin: found[entry] for entry in list(found) for twin in self.twins.get(entry, ())}
            self._definers[name] = found
        return self._definers[name]

    @cached_property
    def _definers(self) -> dict[str, dict[int, list[int]]]:
        return {}

    def holders(self, term: str) -> set[int]:
        """Entries that hold a term."""
        found: set[int] = set()
        for segment, owners in zip(self.segments, self.of_piece, strict=True):
            found.update([owners[value >> TF_BITS] for value in segment.postings(term)])
        return self._with_twins(found)

    def importers(self, part: str) -> set[int]:
        """Entries that import a module, or something from one, whose name ends so."""
        found: set[int] = set()
        for segment, entries in zip(self.segments, self.of_document, strict=True):
            found.update([entries[document] for document in segment.importers(part)])
        return self._with_twins(found)

    def _with_twins(self, entries: set[int]) -> set[int]:
        """These without -1, and entries that hold the same as one of them."""
        entries.discard(-1)
        twins = self.twins.keys() & entries
        return entries.union(*(self.twins[entry] for entry in twins)) if twins else entries

    def holding(self, name: str) -> set[int]:
        """Entries that may hold a name: those of its term, or all, where the name is too common a word to be one."""
        term = self.whole_term(name)
        return self.holders(term) if term else set(range(len(self.entries)))

    @staticmethod
    def whole_term(name: str) -> str:
        """The term that stands for a name as a whole."""
        terms = terms_of(name)
        return terms[-1] if terms else ""

    @cached_property
    def code(self) -> tuple[bool, ...]:
        """Which entries are programs. Prose and data are ranked by the measures of these, and change none of them."""
        return tuple(language not in NO_CODE for language in self.languages)

    @cached_property
    def live_pieces(self) -> int:
        firsts = [segment.first_piece for segment in self.segments]
        pieces = (firsts[e.segment][e.document + 1] - firsts[e.segment][e.document] for e in self.entries)
        return sum(n for n, code in zip(pieces, self.code, strict=True) if code)

    @cached_property
    def average_piece(self) -> float:
        lengths = sum(n for n, code in zip(self.lengths, self.code, strict=True) if code)
        return lengths / max(1, self.live_pieces) or 1.0

    def generated(self, number: int) -> bool:
        entry = self.entries[number]
        return is_generated(entry.path) or self.segments[entry.segment].generated(entry.document)
