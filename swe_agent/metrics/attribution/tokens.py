"""Lines as keyed hashes of their tokens.

A token is a word or a single sign; signs that formatters put in and take away (quotes, commas, semicolons, brackets
that only group) do not count, nor does white space. So a line keeps its tokens when it is indented, re-quoted, split or
joined. Hashes are 20 bits of BLAKE2s with the repository's key: what leaves the machine cannot be looked up in a table
made beforehand, and a pair of different tokens looks alike once in a million.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import blake2s

BITS = 20
"""Of a hash."""
GRAM = 4
"""Tokens in a row."""
_TOKEN = re.compile(r"""\w+|[^\w\s,;(){}"'\\`]""")

Tokens = tuple[int, ...]


class Hasher:
    """Tokens under one key. What was seen before is remembered: code says the same words over and over."""

    __slots__ = ("_known", "_seed")

    def __init__(self, key: bytes) -> None:
        self._seed = blake2s(key=key, digest_size=3)
        self._known: dict[str, int] = {}

    def line(self, text: str) -> Tokens:
        return tuple(self.flat(text))

    def flat(self, text: str) -> list[int]:
        """The tokens of many lines."""
        known = self._known
        words = _TOKEN.findall(text)
        found = list(map(known.get, words))
        if None in found:
            return [known[word] if word in known else self._new(word) for word in words]
        return found  # type: ignore[return-value]  # none is None

    def _new(self, word: str) -> int:
        state = self._seed.copy()
        state.update(word.encode("utf-8", "surrogateescape"))
        number = self._known[word] = int.from_bytes(state.digest(), "big") >> (24 - BITS)
        return number

    def mark(self, text: str) -> str:
        """A keyed hash of a name, such as a mail address: equal names have equal marks."""
        state = blake2s(key=self._seed.copy().digest() + b"name", digest_size=6)
        state.update(text.strip().lower().encode("utf-8", "surrogateescape"))
        return state.hexdigest()


def letters(line: str) -> int:
    """And digits."""
    return sum(map(str.isalnum, line))


def grams(flat: Sequence[int]) -> list[int]:
    """A number for each row of four tokens; for all of them where there are fewer."""
    if len(flat) < GRAM:
        return [hash(tuple(flat))] if flat else []
    return list(map(hash, zip(flat, flat[1:], flat[2:], flat[3:], strict=False)))
