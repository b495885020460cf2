"""What is known of files by their paths alone: how they are called, and what kind they are of."""

from __future__ import annotations

import json
import re
from collections import Counter
from contextlib import suppress
from functools import cached_property, lru_cache

from swe_agent.index.words import terms_in, terms_of
from swe_agent.syntax.language import is_test_file

_ASIDE = re.compile(
    r"(^|/)(docs?|examples?|benchmarks?|asv_bench|galleries|tutorials?|build_tools|release|tools|scripts|bin|\.github|\.ci)/"
    r"|(^|/)(setup|conf)\.py$"
)


@lru_cache(maxsize=2)
def paths_of(listed: tuple[str, ...]) -> Paths:
    """Of a tree that is looked at again and again while its files change, the tables stay."""
    return Paths(listed)


class Paths:
    """Files by number, in order of their paths. Tables are made when first asked for, or taken from who had them."""

    def __init__(self, listed: tuple[str, ...]) -> None:
        self.all = listed

    def facts(self) -> bytes:
        """What takes longest to find out, for `take`."""
        tests = "".join("01"[is_test] for is_test in self.tests)
        return json.dumps([tests, self.lengths, self._part_terms], separators=(",", ":")).encode()

    def take(self, facts: bytes) -> None:
        """Of the same files, told by the same tables of languages. What makes no sense is found out again."""
        if "tests" in self.__dict__:  # looked at before
            return
        with suppress(ValueError, TypeError):
            tests, lengths, part_terms = json.loads(facts)
            if len(tests) == len(lengths) == len(self.all):
                self.tests = tuple(map("1".__eq__, tests))
                self.lengths, self._part_terms = tuple(lengths), part_terms

    def prepare(self) -> None:
        """Make the tables that every ranking asks for."""
        _ = self.number_of, self.tests, self.lengths, self._parts_of_term, self._files_of_part

    @cached_property
    def number_of(self) -> dict[str, int]:
        return {path: number for number, path in enumerate(self.all)}

    @cached_property
    def tests(self) -> tuple[bool, ...]:
        return tuple(is_test_file(path) for path in self.all)

    @cached_property
    def _parts(self) -> tuple[tuple[str, ...], ...]:
        """Folders and stem of each path; a package's own file is called after its folder already."""
        found = []
        for path in self.all:
            folder, _, name = path.rpartition("/")
            stem = name.rpartition(".")[0] or name
            found.append((*folder.split("/"), *(() if stem == "__init__" else (stem,))))
        return tuple(found)

    @cached_property
    def _part_terms(self) -> dict[str, dict[str, int]]:
        parts = {part for parts in self._parts for part in parts}
        return {
            part: _counted(terms_of(part)) if part.isidentifier() and len(part) > 1 else terms_in(part)
            for part in parts
        }

    @cached_property
    def lengths(self) -> tuple[int, ...]:
        """How many terms each path has."""
        sizes = {part: sum(terms.values()) for part, terms in self._part_terms.items()}
        return tuple(sum(sizes[part] for part in parts) for parts in self._parts)

    @cached_property
    def by_name(self) -> dict[str, list[int]]:
        """Files by the last part of their path."""
        found: dict[str, list[int]] = {}
        for number, path in enumerate(self.all):
            found.setdefault(path.rsplit("/", 1)[-1], []).append(number)
        return found

    def holding(self, term: str) -> dict[int, int]:
        """Files whose path holds a term, with how often."""
        found: dict[int, int] = {}
        for part in self._parts_of_term.get(term, ()):
            times = self._part_terms[part][term]
            for number in self._files_of_part[part]:
                found[number] = found.get(number, 0) + times
        return found

    @cached_property
    def _parts_of_term(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for part, terms in self._part_terms.items():
            for term in terms:
                found.setdefault(term, []).append(part)
        return found

    @cached_property
    def _files_of_part(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for number, parts in enumerate(self._parts):
            for part in parts:
                found.setdefault(part, []).append(number)
        return found


def _counted(terms: tuple[str, ...]) -> dict[str, int]:
    return dict.fromkeys(terms, 1) if len(set(terms)) == len(terms) else dict(Counter(terms))


def is_aside(path: str) -> bool:
    """Documentation, examples, tools: code that the project is not about."""
    return bool(_ASIDE.search(path))


def stands_for_folder(path: str) -> bool:
    """Whether a module is imported by the name of its folder: a package's own file."""
    return path.rsplit("/", 1)[-1].split(".")[0] in ("__init__", "index", "mod")
