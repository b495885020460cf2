"""The second tier for a whole tree, whether or not the first has been read; and what is known of a tree of both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from swe_agent.index import outlines, segment
from swe_agent.index.keys import one_of_each
from swe_agent.index.pool import Item, Pool
from swe_agent.index.store import Store
from swe_agent.index.tree import Read, each_read
from swe_agent.syntax.language import language_in, language_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    files: int
    """Of a language that is known."""
    read: int
    """How many of their blobs had to be parsed for it."""
    symbols: int


def complete(files: Iterable[tuple[str, str]], read: Read, store: Store, pool: Pool) -> Completed:
    """Parse what no one has parsed before of files (path, blob id), and keep it."""
    keys = {path: outlines.key_of(path, blob) for path, blob in sorted(files)}
    known = store.outline_counts(list(dict.fromkeys(keys.values())))
    named = [path for path in keys if language_of(path)]
    unnamed = [path for path in keys if _may_be_a_script(path) and keys[path] not in known]
    scripts = [path for path, data in zip(unnamed, read(unnamed), strict=True) if language_in(path, data)]
    lacking = {path: keys[path] for path in [*named, *scripts] if keys[path] not in known}
    records = parse_all(lacking, read, store, pool)
    known |= {key: outlines.count(record) for key, record in records.items()}
    counted = [known[key] for key in keys.values() if key in known]
    return Completed(files=len(counted), read=len(records), symbols=sum(counted))


def parse_all(keys: Mapping[str, bytes], read: Read, store: Store, pool: Pool | None = None) -> dict[bytes, bytes]:
    """The outlines of files by their keys, parsed now and kept."""
    items = (Item(keys[path], path, data) for path, data in each_read(one_of_each(keys), read))
    answers = pool.answers(items) if pool else [outlines.outline_all(items)]
    records = {key: record for answer in answers for key, record in outlines.unpacked(answer)}
    store.keep_outlines(records)
    return records


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What is known of a tree's files without reading any."""

    files: int
    languages: Mapping[str, int]
    words: int
    """Files whose words are known."""
    parsed: int
    symbols: int


def kept(files: Sequence[tuple[str, str]], store: Store) -> Kept:
    outlined = [outlines.key_of(path, blob) for path, blob in files]
    scanned = [segment.key_of(path, blob) for path, blob in files]
    counts, places = store.outline_counts(outlined), store.find(scanned)
    parsed = [counts[key] for key in outlined if key in counts]
    languages = Counter(name for path, _ in files if (name := language_of(path)))
    return Kept(
        files=len(files),
        languages=dict(sorted(languages.items())),
        words=sum(key in places for key in scanned),
        parsed=len(parsed),
        symbols=sum(parsed),
    )


def _may_be_a_script(path: str) -> bool:
    return not language_of(path) and "." not in path.rsplit("/", 1)[-1]
