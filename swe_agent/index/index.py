"""The index of one tree: built from files that the caller hands in, asked by everyone who looks for something."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from swe_agent.core.context import RepoMap
from swe_agent.core.source import Reference, Symbol
from swe_agent.index import graph, outline_map, rank, search
from swe_agent.index.cache import Cache
from swe_agent.index.rank import Ranked
from swe_agent.index.search import Matches
from swe_agent.index.symbols import IndexedFile, record_of
from swe_agent.syntax.parse import references


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A file of the tree: its path, the id of its content, and how to read it. Read on a cache miss and by searches."""

    path: str
    blob: str
    read: Callable[[], bytes]


def build(sources: Iterable[Source], cache: Path | None = None) -> Index:
    """Reads every file once, or not at all where the cache has its blob."""
    kept = Cache(directory=cache) if cache else None
    files = [_indexed(source, kept) for source in sources]
    return Index(files=tuple(sorted(files, key=lambda file: file.path)))


def _indexed(source: Source, cache: Cache | None) -> IndexedFile:
    record = cache.get(source.path, source.blob) if cache else None
    if record is None:
        record = record_of(source.path, source.read())
        if cache:
            cache.put(source.path, source.blob, record)
    return IndexedFile(path=source.path, blob=source.blob, record=record, read=source.read)


@dataclass(frozen=True, kw_only=True)
class Index:
    """Answers come in order of path and line, whatever the order of the sources. Tables are made on first use."""

    files: tuple[IndexedFile, ...]

    @cached_property
    def by_path(self) -> dict[str, IndexedFile]:
        return {file.path: file for file in self.files}

    @cached_property
    def symbols(self) -> tuple[Symbol, ...]:
        return tuple(symbol for file in self.files for symbol in file.symbols)

    @cached_property
    def _by_name(self) -> dict[str, list[Symbol]]:
        found: dict[str, list[Symbol]] = {}
        for symbol in self.symbols:
            found.setdefault(symbol.name, []).append(symbol)
        return found

    @cached_property
    def _graph(self) -> graph.Graph:
        return graph.link(self.files)

    def outline(self, path: str) -> tuple[Symbol, ...]:
        file = self.by_path.get(path)
        return file.symbols if file else ()

    def symbols_named(self, name: str) -> tuple[Symbol, ...]:
        """By last part ("total") or by the end of the qualified name ("Cart.total")."""
        named = self._by_name.get(name.rsplit(".", 1)[-1], [])
        return tuple(symbol for symbol in named if f".{symbol.qualified}".endswith(f".{name}"))

    def references_to(self, name: str) -> tuple[Reference, ...]:
        """Uses of a name in files that can be parsed; only those that hold the word are."""
        found: list[Reference] = []
        for file in self.files:
            if file.record.language and name in file.record.names:
                found.extend(r for r in references(file.path, file.text()) if r.name == name)
        return tuple(found)

    def search(
        self,
        pattern: str,
        *,
        regex: bool = False,
        ignore_case: bool = False,
        paths: Sequence[str] = (),
        limit: int = 200,
    ) -> Matches:
        """Lines that hold the pattern. `paths` are files or folders to look in; none means everywhere."""
        chosen = [file for file in self.files if not paths or any(_beneath(file.path, path) for path in paths)]
        return search.search(chosen, pattern, regex=regex, ignore_case=ignore_case, limit=limit)

    def rank(self, query: str, *, limit: int = 50) -> tuple[Ranked, ...]:
        return rank.rank(self.files, self._graph, query, limit=limit)

    def neighbours(self, path: str, *, limit: int = 10) -> tuple[str, ...]:
        """Files that share names or imports with this one, closest first."""
        numbers = {file.path: number for number, file in enumerate(self.files)}
        if path not in numbers:
            return ()
        row = self._graph[numbers[path]]
        return tuple(self.files[n].path for n in sorted(row, key=lambda n: (-round(row[n], 9), n))[:limit])

    def repo_map(self, ranked: Sequence[Ranked], *, tokens: int) -> RepoMap:
        return outline_map.draw(ranked, self.by_path, tokens)


def _beneath(path: str, folder: str) -> bool:
    folder = folder.strip("/")
    return folder in ("", ".") or path == folder or path.startswith(f"{folder}/")
