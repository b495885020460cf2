"""The index of one tree: built from files that the caller lists, asked by everyone who looks for something."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING

from swe_agent.core.source import Reference, Symbol, blob_id
from swe_agent.index import layout, outlines
from swe_agent.index.complete import Completed, complete, parse_all
from swe_agent.index.history import History
from swe_agent.index.keys import one_of_each
from swe_agent.index.layout import Layout
from swe_agent.index.overview import overview
from swe_agent.index.paths import paths_of
from swe_agent.index.pool import Item, Pool
from swe_agent.index.rank import Localised, Pools, Ranked, localise, pools
from swe_agent.index.scan import DATA
from swe_agent.index.segment import Segment, key_of, scan_all
from swe_agent.index.store import Store
from swe_agent.index.tree import Entry, Read, Tree, each_read
from swe_agent.syntax.parse import references

if TYPE_CHECKING:
    from swe_agent.core.context import RepoMap
    from swe_agent.index.search import Matches

WORTH_KEEPING = 32
"""New blobs below this number are read again by the next process: a segment for each edit would soon be thousands."""
MAX_SEGMENTS = 10
MANY = 60
"""Files beyond which a name is too common to parse everything that holds it."""


def build(
    files: Iterable[tuple[str, str]], read: Read, *, store: Store | None = None, workers: int | None = None
) -> Index:
    """The index of files (path, blob id). What the store knows is not read; the rest is read once, and kept there."""
    store = store or Store(directory=None)
    listed = sorted(files)
    by_path = paths_of(tuple(path for path, _ in listed))
    key = layout.key_of(listed)
    laid, segments, scanned = _kept_layout(key, len(listed), store), list[Segment](), 0
    if laid is not None:
        segments = [segment for name in laid.names if (segment := store.segment(name)) is not None]
    if laid is None or len(segments) < len(laid.names):
        laid, segments, scanned = _laid_out(listed, read, store, workers, by_path.prepare)
        if all(laid.names) and store.directory is not None:
            store.keep_layout(key, layout.pack(replace(laid, facts=by_path.facts())))
    else:
        by_path.take(laid.facts)
    store.last = listed, laid
    blobs = [blob for _, blob in listed]
    entries = list(map(Entry, by_path.all, blobs, laid.segments, laid.documents))
    store.used([name for name in laid.names if name])
    tree = Tree(segments=segments, entries=entries, by_path=by_path, read=read)
    return Index(tree=tree, store=store, read=read, scanned=scanned)


def _kept_layout(key: str, count: int, store: Store) -> Layout | None:
    laid = layout.unpack(store.layout(key))
    return laid if laid is not None and len(laid.segments) == count else None


def _laid_out(
    listed: Sequence[tuple[str, str]],
    read: Read,
    store: Store,
    workers: int | None,
    meanwhile: Callable[[], object],
) -> tuple[Layout, list[Segment], int]:
    """With the segments and how many blobs had to be read. The name of a segment that is not kept is ""."""
    places = _as_before(listed, store)
    keys = {path: key_of(path, blob) for path, blob in listed if path not in places}
    known = store.find(list(dict.fromkeys(keys.values())))
    places |= {path: known[key] for path, key in keys.items() if key in known}
    segments = {name: store.segment(name) for name in {name for name, _ in places.values()}}
    if sum(segment is not None for segment in segments.values()) > MAX_SEGMENTS:
        _leave_small(places, segments)
    opened = [(name, segment) for name, segment in sorted(segments.items()) if segment is not None]
    numbers = {name: number for number, (name, _) in enumerate(opened)}
    where = {path: (numbers[name], at) for path, (name, at) in places.items() if name in numbers}
    lacking = {path: keys.get(path) or key_of(path, blob) for path, blob in listed if path not in where}
    fresh = _scanned(lacking, read, store, workers, meanwhile)
    found: dict[bytes, tuple[int, int]] = {}
    for name, segment in fresh:
        found |= {key: (len(opened), document) for document, key in enumerate(segment.keys)}
        opened.append((name, segment))
    where |= {path: found[key] for path, key in lacking.items()}
    numbered = [where[path] for path, _ in listed]
    laid = Layout(tuple(name for name, _ in opened), [segment for segment, _ in numbered], [at for _, at in numbered])
    return laid, [segment for _, segment in opened], sum(len(segment.keys) for _, segment in fresh)


def _as_before(listed: Sequence[tuple[str, str]], store: Store) -> dict[str, tuple[str, int]]:
    """Segment and document of the files that are as they were when this store was asked before."""
    if store.last is None:
        return {}
    files, laid = store.last
    places = zip(files, laid.segments, laid.documents, strict=True)
    before = {file: (laid.names[segment], document) for file, segment, document in places if laid.names[segment]}
    return {file[0]: before[file] for file in listed if file in before}


def _leave_small(known: Mapping[str, tuple[str, int]], segments: dict[str, Segment | None]) -> None:
    """Forget the segments of which the tree uses least, so that what is live in them moves to a new one."""
    live: dict[str, int] = dict.fromkeys(segments, 0)
    for name, _ in known.values():
        live[name] += 1
    for name in sorted(segments, key=lambda name: live[name])[: len(segments) - MAX_SEGMENTS // 2]:
        segments[name] = None


def _scanned(
    wanted: dict[str, bytes], read: Read, store: Store, workers: int | None, meanwhile: Callable[[], object]
) -> list[tuple[str, Segment]]:
    """Segments with the names that they are kept by, if they are."""
    if not wanted:
        return []
    paths = one_of_each(wanted)
    with Pool("scan", files=len(paths), workers=workers) as pool:
        texts = each_read([path for path in paths if not path.endswith(DATA)], read)
        data = ((path, b"") for path in paths if path.endswith(DATA))
        answers = pool.answers((Item(wanted[path], path, text) for path, text in chain(texts, data)), meanwhile)
    segments = [Segment(memoryview(answer)) for answer in answers]
    if len(paths) < WORTH_KEEPING:
        return [("", segment) for segment in segments]
    return [(store.keep(answer, segment.keys), segment) for answer, segment in zip(answers, segments, strict=True)]


@dataclass(frozen=True, kw_only=True)
class Index:
    """Answers come in order of path and line, whatever the order of the files. Tables are made on first use."""

    tree: Tree
    store: Store
    read: Read
    scanned: int = 0
    """How many blobs had to be read."""
    past: Callable[[], History | None] = field(default=lambda: None)
    _outlines: dict[str, tuple[Symbol, ...]] = field(default_factory=dict)

    @cached_property
    def history(self) -> History | None:
        """What past commits tell the ranking; read when first asked for."""
        return self.past()

    @property
    def paths(self) -> tuple[str, ...]:
        return self.tree.by_path.all

    def __contains__(self, path: str) -> bool:
        return path in self.tree.number_of

    def text(self, path: str) -> str:
        return self.read([path])[0].decode("utf-8", "surrogateescape")

    def is_test(self, path: str) -> bool:
        return self.tree.tests[self.tree.number_of[path]]

    @cached_property
    def definitions(self) -> int:
        """How many there are, as the first tier counts them."""
        return sum(self.tree.segments[entry.segment].definitions[entry.document] for entry in self.tree.entries)

    @cached_property
    def languages(self) -> dict[str, int]:
        """How many files there are of each."""
        found: dict[str, int] = {}
        for language in self.tree.languages:
            if language:
                found[language] = found.get(language, 0) + 1
        return dict(sorted(found.items()))

    # ---- symbols

    def defines(self, name: str) -> bool:
        return bool(self.tree.definers(name))

    def outline(self, path: str) -> tuple[Symbol, ...]:
        return self.outlines([path])[path] if path in self else ()

    def outlines(self, paths: Sequence[str], pool: Pool | None = None) -> dict[str, tuple[Symbol, ...]]:
        """What files define, by path. Parsed where no one has done it before, by `pool` where there is one."""
        lacking = [path for path in dict.fromkeys(paths) if path not in self._outlines]
        keys = {path: outlines.key_of(path, self.tree.entries[self.tree.number_of[path]].blob) for path in lacking}
        known = self.store.outlines(list(dict.fromkeys(keys.values())))
        unpacked = {path: outlines.unpack(known[keys[path]], path) for path in lacking if keys[path] in known}
        self._outlines.update({path: symbols for path, symbols in unpacked.items() if symbols is not None})
        if fresh := [path for path in lacking if path not in self._outlines]:
            records = parse_all({path: keys[path] for path in fresh}, self.read, self.store, pool)
            self._outlines.update({path: outlines.unpack(records[keys[path]], path) or () for path in fresh})
        return {path: self._outlines[path] for path in paths}

    def complete(self) -> Completed:
        """Parse every file of a known language that is not parsed yet."""
        files = [(entry.path, entry.blob) for entry in self.tree.entries]
        with Pool("outline", files=len(files)) as pool:
            return complete(files, self.read, self.store, pool)

    def symbols_named(self, name: str) -> tuple[Symbol, ...]:
        """By last part ("total") or by the end of the qualified name ("Cart.total")."""
        last = name.rsplit(".", 1)[-1]
        found = self.outlines([self.paths[entry] for entry in self._holding(last, self.tree.definers(last))])
        return tuple(
            symbol for symbols in found.values() for symbol in symbols if f".{symbol.qualified}".endswith(f".{name}")
        )

    def _holding(self, name: str, else_these: Iterable[int]) -> list[int]:
        holders = self.tree.holding(name)
        return sorted(holders if 0 < len(holders) <= MANY else set(else_these))

    def references_to(self, name: str, *, most_files: int = 2_000) -> tuple[Reference, ...]:
        """Uses of a name in files that can be parsed; only those that hold the word are."""
        entries = [e for e in sorted(self.tree.holding(name)) if self.tree.languages[e]][:most_files]
        paths = [self.paths[entry] for entry in entries]
        word = name.encode("utf-8", "surrogateescape")
        found: list[Reference] = []
        for path, data in zip(paths, self.read(paths), strict=True):
            if word in data:
                uses = references(path, data.decode("utf-8", "surrogateescape"))
                found.extend(reference for reference in uses if reference.name == name)
        return tuple(found)

    def tests_reached(self, changed: Sequence[str]) -> tuple[str, ...]:
        """Test files that a change of these files can reach by imports, nearest first."""
        from swe_agent.index.reach import tests_reached  # who ranks does not select

        return tests_reached(self.tree, changed)

    # ---- text

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
        chosen = [path for path in self.paths if not paths or any(_beneath(path, one) for one in paths)]
        from swe_agent.index.search import Text, search  # who ranks does not search

        texts = (Text(path=path, data=data) for path, data in each_read(chosen, self.read, at_once=200))
        return search(texts, pattern, regex=regex, ignore_case=ignore_case, limit=limit)

    # ---- ranking

    def localise(self, task: str, *, limit: int = 50) -> Localised:
        # Of a tree that was read just now, the best files have not been parsed either.
        with Pool("outline", files=self.scanned) as pool:
            return localise(self, task, limit=limit, pool=pool)

    def rank(self, task: str, *, limit: int = 50) -> tuple[Ranked, ...]:
        return self.localise(task, limit=limit).files

    def overview(self, *, limit: int = 200) -> tuple[Ranked, ...]:
        """Without a task: the files that most others import first."""
        return overview(self.tree, limit=limit)

    def features(self, task: str) -> Pools:
        """What a ranking is made of, for fitting its weights."""
        return pools(self, task)

    def map(self, task: str, *, tokens: int) -> RepoMap:
        """The repository map for a task; the overview where nothing fits its words."""
        return self.repo_map(self.rank(task, limit=tokens // 20) or self.overview(), tokens=tokens)

    def edited(self, changes: Mapping[str, bytes | None]) -> Index:
        """The index after edits that the caller knows of: new contents by path, None for files that are gone. Answers
        are those of an index that is built anew."""
        data = {path: content for path, content in changes.items() if content is not None}
        blobs = {path: blob_id(content) for path, content in data.items()}
        kept = [entry for entry in self.tree.entries if entry.path not in changes]
        wanted = set(blobs.values())
        where = {key_of(entry.path, entry.blob): entry for entry in kept if entry.blob in wanted}
        keys = {path: key_of(path, blob) for path, blob in blobs.items()}
        fresh = [path for path in one_of_each(keys) if keys[path] not in where]
        segment = Segment(memoryview(scan_all([Item(keys[path], path, data[path]) for path in fresh])))
        for document, path in enumerate(fresh):
            entry = Entry(path=path, blob=blobs[path], segment=len(self.tree.segments), document=document)
            where[keys[path]] = entry
        new = [where[keys[path]]._replace(path=path) for path in data]

        def read(paths: Sequence[str]) -> list[bytes]:
            others = iter(self.read([path for path in paths if path not in data]))
            return [data[path] if path in data else next(others) for path in paths]

        entries = sorted([*kept, *new], key=lambda entry: entry.path)
        paths = tuple(entry.path for entry in entries)
        by_path = paths_of(paths)
        return replace(
            self,
            tree=Tree(segments=[*self.tree.segments, segment], entries=entries, by_path=by_path, read=read),
            read=read,
            scanned=len(fresh),
            _outlines={path: symbols for path, symbols in self._outlines.items() if path not in changes},
        )

    def repo_map(self, ranked: Sequence[Ranked], *, tokens: int) -> RepoMap:
        from swe_agent.index.outline_map import draw  # as above

        return draw(ranked, self, tokens)


def _beneath(path: str, folder: str) -> bool:
    folder = folder.strip("/")
    return folder in ("", ".") or path == folder or path.startswith(f"{folder}/")
