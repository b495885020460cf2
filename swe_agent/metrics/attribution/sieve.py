"""A first, cheap look at a commit: whether enough words of an accepted block came with it at all.

Nearly no commit holds anything of nearly any block, so the words of a commit are cut out by the byte and compared as
sets. A word is hashed when it is met for the first time in the walk; from then on only its spelling is looked at.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Set
from dataclasses import dataclass, field
from itertools import chain

from swe_agent.metrics.attribution.book import Block, Book
from swe_agent.metrics.attribution.tokens import Hasher

_APART = bytes(byte if byte >= 0x80 or chr(byte).isalnum() or byte == ord("_") else ord(" ") for byte in range(256))
_APART_BY_LINES = _APART[:10] + b"\n" + _APART[11:]
SHARE = 0.4
"""Of a block's different words: where fewer are there, half of its lines cannot be."""
_SIGNS = "".join(chr(byte) for byte in range(0x21, 0x7F) if not chr(byte).isalnum())


@dataclass
class Sieve:
    """For the blocks of one key. `held` are those that it looks for by now."""

    book: Book
    key: str
    hasher: Hasher
    held: set[int] = field(default_factory=set)
    _met: set[bytes] = field(default_factory=set)
    _words: dict[int, list[bytes]] = field(default_factory=dict)
    _blocks: dict[int, set[int]] = field(default_factory=dict)
    """Hashes to the blocks that have them."""
    _sought: dict[bytes, set[int]] = field(default_factory=dict)
    _least: dict[int, float] = field(default_factory=dict)
    _signs: frozenset[int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._signs = frozenset(token for sign in _SIGNS for token in self.hasher.line(sign))

    def passed(self, rows: Iterable[bytes], near: Container[str], paths: Container[str]) -> set[int]:
        """Places of the blocks of which enough may be in these lines; any word will do for one that was accepted on
        top of a commit in `near`, if the lines come to its path among others."""
        self._follow()
        words = set(b"\n".join(rows).translate(_APART).split())
        for word in words - self._met:
            self._meet(word)
        count: dict[int, int] = {}
        for word in words & self._sought.keys():
            for place in self._sought[word]:
                count[place] = count.get(place, 0) + 1
        return {
            place
            for place, n in count.items()
            if n >= self._least[place] or ((told := self.book.blocks[place].told).base in near and told.path in paths)
        }

    def words_of(self, texts: Iterable[Iterable[int]]) -> set[bytes]:
        """How the tokens of some texts are spelled in lines that were passed by now."""
        tokens = set(chain.from_iterable(texts))
        return {word for token in tokens for word in self._words.get(token, ())}

    def count_of_words(self, text: Iterable[int]) -> int:
        """Tokens that are more than a sign."""
        return sum(token not in self._signs for token in text)

    def _meet(self, word: bytes) -> None:
        self._met.add(word)
        for token in self.hasher.flat(word.decode("utf-8", "surrogateescape")):
            self._words.setdefault(token, []).append(word)
            if token in self._blocks:
                self._sought.setdefault(word, set()).update(self._blocks[token])

    def _follow(self) -> None:
        """Look for the blocks that can be found now, and no longer for those that cannot."""
        if self.held == self.book.opened:
            return
        for place in self.book.opened - self.held:
            block = self.book.blocks[place]
            if block.key == self.key:
                self._seek(block)
        for place in self.held - self.book.opened:
            self._leave(self.book.blocks[place])
        self.held = set(self.book.opened)

    def _seek(self, block: Block) -> None:
        tokens = set(block.flat) - self._signs
        self._least[block.place] = _least([set(line) - self._signs for line in block.tokens], len(tokens))
        for token in tokens:
            self._blocks.setdefault(token, set()).add(block.place)
            for word in self._words.get(token, ()):
                self._sought.setdefault(word, set()).add(block.place)

    def _leave(self, block: Block) -> None:
        for token in set(block.flat):
            held = self._blocks.get(token)
            if held is None:
                continue
            held.discard(block.place)
            if not held:
                del self._blocks[token]
            for word in self._words.get(token, ()):
                sought = self._sought.get(word)
                if sought is not None:
                    sought.discard(block.place)
                    if not sought:
                        del self._sought[word]


def holds(rows: Iterable[bytes], words: set[bytes], letters: int) -> bool:
    """Whether lines that have none but these words hold so many letters."""
    found = 0
    for line in b"\n".join(rows).translate(_APART_BY_LINES).split(b"\n"):
        here = line.split()
        if here and words.issuperset(here):
            found += sum(map(len, here))
            if found >= letters:
                return True
    return False


def _least(lines: Iterable[Set[int]], words: int) -> float:
    """How many different words of a block are there at least where half of it is: of a block of one line all of them,
    for a line is the block's wholly or not at all."""
    telling = [line for line in lines if line]
    return float(words) if len(telling) <= 1 else max(1.0, SHARE * words)
