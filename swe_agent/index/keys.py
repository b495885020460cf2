"""What a record depends on, as its key: the blob, its language, that language's table and grammar, the record's format.
Nothing that is found by such a key can be stale."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import sha256

from swe_agent.syntax.language import language_of, languages, may_be

_OF_BLOB, _OF_REST = 20, 8
KEY_BYTES = _OF_BLOB + _OF_REST


def key_of(path: str, blob: str, version: Callable[[str], bytes]) -> bytes:
    """Of a blob (its id in hexadecimal) that is read as the language of the path; `version` is that of a language."""
    return bytes.fromhex(blob)[:_OF_BLOB] + version(language_of(path))


def one_of_each(keys: Mapping[str, bytes]) -> list[str]:
    """Of paths with their keys one for each key, in order: what lies at several places is read once."""
    return sorted({key: path for path, key in sorted(keys.items(), reverse=True)}.values())


def version(record: str, language: str, more: Callable[[str], str] = lambda _: "") -> bytes:
    """Of a kind of record for a language; `more` is what else it depends on. A file whose path names no language may be
    in any of them by its `#!` line."""
    names = may_be(language) if language else sorted(languages())
    said = "\0".join([record, *(f"{name}:{languages()[name].digest}:{more(name)}" for name in names)])
    return sha256(said.encode()).digest()[:_OF_REST]
