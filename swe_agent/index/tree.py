"""The files of one tree over the segments that hold them, and what is known of a file by its path alone."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from swe_agent.index.segment import TF_BITS, Segment
from swe_agent.index.words import terms_in, terms_of
from swe_agent.syntax.language import is_test_file
from swe_agent.syntax.modules import Modules

_GENERATED_NAME = re.compile(
    r"\.min\.(js|css)$|_pb2(_grpc)?\.pyi?$|\.lock$|-lock\.(json|yaml)$|\.pb\.go$|\.snap$|\.svg$|\.g\.(dart|cs)$"
)
_VENDORED = re.compile(
    r"(^|/)(node_modules|_?vendor(ed)?|third[_-]?party|site-packages|dist|\.venv|venv|\.tox|bower_components|extern(al)?)/"
)
_ASIDE = re.compile(
    r"(^|/)(docs?|examples?|benchmarks?|asv_bench|galleries|tutorials?|build_tools|release|tools|scripts|bin|\.github|\.ci)/"
    r"|(^|/)(setup|conf)\.py$"
)
NO_CODE = frozenset({"", "css", "html", "json", "markdown", "toml", "yaml"})
"""Languages of prose and data."""
_ROOTS = ("src.", "lib.", "source.")


Read = Callable[[Sequence[str]], Sequence[bytes]]
"""The bytes of files of the tree, by path, in order."""


class Entry(NamedTuple):  # one for each file: a dataclass takes ten times as long to make
    """A file of the tree. `document` counts within its segment."""

    path: str
    blob: str
    segment: int
    document: int


@dataclass(frozen=True, kw_only=True)
class Tree:
    """Not slotted: tables are made when first asked for. Entries are in order of their paths."""

    segments: Sequence[Segment]
    entries: Sequence[Entry]

    @cached_property
    def paths(self) -> tuple[str, ...]:
        return tuple(entry.path for entry in self.entries)

    @cached_property
    def number_of(self) -> dict[str, int]:
        return {path: number for number, path in enumerate(self.paths)}

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
    def tests(self) -> tuple[bool, ...]:
        return tuple(is_test_file(path) for path in self.paths)

    @cached_property
    def _path_parts(self) -> tuple[tuple[str, ...], ...]:
        """Folders and stem of each path; a package's own file is called after its folder already."""
        found = []
        for path in self.paths:
            folder, _, name = path.rpartition("/")
            stem = name.rpartition(".")[0] or name
            found.append((*folder.split("/"), *(() if stem == "__init__" else (stem,))))
        return tuple(found)

    @cached_property
    def _part_terms(self) -> dict[str, dict[str, int]]:
        parts = {part for parts in self._path_parts for part in parts}
        return {
            part: _counted(terms_of(part)) if part.isidentifier() and len(part) > 1 else terms_in(part)
            for part in parts
        }

    @cached_property
    def path_lengths(self) -> tuple[int, ...]:
        """How many terms each path has."""
        sizes = {part: sum(terms.values()) for part, terms in self._part_terms.items()}
        return tuple(sum(sizes[part] for part in parts) for parts in self._path_parts)

    @cached_property
    def by_name(self) -> dict[str, list[int]]:
        """Entries by the last part of their path."""
        found: dict[str, list[int]] = {}
        for number, path in enumerate(self.paths):
            found.setdefault(path.rsplit("/", 1)[-1], []).append(number)
        return found

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
        return Modules(self.paths)

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

    def path_postings(self, term: str) -> dict[int, int]:
        """Entries whose path holds a term, with how often."""
        found: dict[int, int] = {}
        for part in self._parts_of_term.get(term, ()):
            times = self._part_terms[part][term]
            for entry in self._entries_of_part[part]:
                found[entry] = found.get(entry, 0) + times
        return found

    @cached_property
    def _parts_of_term(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for part, terms in self._part_terms.items():
            for term in terms:
                found.setdefault(term, []).append(part)
        return found

    @cached_property
    def _entries_of_part(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for number, parts in enumerate(self._path_parts):
            for part in parts:
                found.setdefault(part, []).append(number)
        return found

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
        return bool(_GENERATED_NAME.search(entry.path)) or self.segments[entry.segment].generated(entry.document)


def _counted(terms: tuple[str, ...]) -> dict[str, int]:
    return dict.fromkeys(terms, 1) if len(set(terms)) == len(terms) else dict(Counter(terms))


def is_vendored(path: str) -> bool:
    return bool(_VENDORED.search(path))


def is_aside(path: str) -> bool:
    """Documentation, examples, tools: code that the project is not about."""
    return bool(_ASIDE.search(path))


def stands_for_folder(path: str) -> bool:
    """Whether a module is imported by the name of its folder: a package's own file."""
    return path.rsplit("/", 1)[-1].split(".")[0] in ("__init__", "index", "mod")
