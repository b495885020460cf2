"""Names that blocks of a change give and take: what a subset uses that, within the change, only blocks left out define.

Told from the changed lines alone. A name that unchanged lines mention too is there without the change, or has gone on
being used by those lines, which both ends agree with; so it makes no edge. Only where a name is taken away by one block
and given by another is it needed wherever it is mentioned.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from swe_agent.core.diff import Block, FileChange
from swe_agent.desk.desk import Chosen
from swe_agent.desk.subsets import Subsets
from swe_agent.syntax.bindings import Mention, Mentions, mentions

_WORD = re.compile(rb"[^\W\d]\w*")
_CALL = re.compile(rb"(?<!def )(?<!fn )(?<!func )\b(\w+)\s*\(")
_PARAMETER = re.compile(r"(\w+)\((\w+)=\)|(\w+)#\d+")


@dataclass(slots=True)
class _Sides:
    """The blocks that have something to do with a name, each in the order of the change."""

    gives: list[str] = field(default_factory=list)
    """Their added lines define it."""
    takes: list[str] = field(default_factory=list)
    """Their removed lines define it."""
    begins: list[str] = field(default_factory=list)
    """Their added lines use it."""
    ends: list[str] = field(default_factory=list)
    """Their removed lines use it."""
    kind: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A name that the subset uses and nothing in it defines."""

    name: str
    kind: str
    users: tuple[str, ...]
    """Blocks taken whose lines use it."""
    gives: tuple[str, ...]
    takes: tuple[str, ...]
    ends: tuple[str, ...]


class Edges:
    """Of one change. Reads its two ends once, when first asked."""

    def __init__(self, subsets: Subsets) -> None:
        self._subsets = subsets

    @cached_property
    def sides(self) -> dict[str, tuple[Mentions, Mentions]]:
        """By block id what its added and its removed lines mention."""
        found: dict[str, tuple[Mentions, Mentions]] = {}
        for change in self._subsets.changes:
            texts = self._subsets.texts
            blocks = [block for block in change.blocks if block.kind == "lines"]
            added = _by_block(
                change, texts.head.get(change.path, b""), [(b, b.head_start, len(b.added)) for b in blocks]
            )
            removed = _by_block(
                change, texts.base.get(change.path, b""), [(b, b.base_start, len(b.removed)) for b in blocks]
            )
            found |= {block.id: (added[block.id], removed[block.id]) for block in blocks}
        return found

    @cached_property
    def names(self) -> dict[tuple[str, str], _Sides]:
        """By path ("" for names that other files see) and name; only those that can be missing in some subset."""
        found: dict[tuple[str, str], _Sides] = defaultdict(_Sides)
        for change in self._subsets.changes:
            for block in change.blocks:
                if block.id not in self.sides:
                    continue
                for mentioned, gives in zip(self.sides[block.id], (True, False), strict=True):
                    for each in mentioned.definitions:
                        for place in {change.path, change.path if each.own else ""}:
                            sides = found[place, each.name]
                            (sides.gives if gives else sides.takes).append(block.id)
                            sides.kind = sides.kind or each.kind
        for change in self._subsets.changes:
            for block in change.blocks:
                for mentioned, begins in zip(self.sides.get(block.id, ()), (True, False), strict=False):
                    for each in mentioned.uses:
                        own = each.own and (change.path, each.name) in found
                        sides = found[change.path if own else "", each.name]
                        (sides.begins if begins else sides.ends).append(block.id)
        return {key: sides for key, sides in found.items() if self._counts(key, sides, found)}

    def _counts(self, key: tuple[str, str], sides: _Sides, found: dict[tuple[str, str], _Sides]) -> bool:
        path, name = key
        if not (sides.gives or sides.takes) or not (sides.begins or sides.ends):
            return False
        if (sides.begins and not sides.gives) or (sides.ends and not sides.takes):
            return False  # it was used before it was given, or is after it was taken: it comes from elsewhere
        if path and ("", name) in found and (found["", name].gives or found["", name].takes):
            # Seen from elsewhere too: the wider place decides.
            outer = found["", name]
            if set(outer.gives) - set(sides.gives) or set(outer.takes) - set(sides.takes):
                return False
        word = _PARAMETER.fullmatch(name)
        if word is not None:
            return "#" not in name or word[3].encode() not in self._called
        paths = [path] if path else [change.path for change in self._subsets.changes]
        return not any(name in self._unchanged(each) for each in paths)

    def _unchanged(self, path: str) -> frozenset[str]:
        return self._words[path]

    @cached_property
    def _words(self) -> dict[str, frozenset[str]]:
        """By path the words of the lines that no block touches."""
        found: dict[str, frozenset[str]] = {}
        for change in self._subsets.changes:
            text = b"\n".join(self._context(change))
            found[change.path] = frozenset(word.decode("utf-8", "replace") for word in _WORD.findall(text))
        return found

    def _context(self, change: FileChange) -> Iterator[bytes]:
        lines = self._subsets.texts.base.get(change.path, b"").split(b"\n")
        at = 0
        for block in change.blocks:
            if block.kind == "lines":
                yield from lines[at : block.base_start]
                at = block.base_start + len(block.removed)
        yield from lines[at:]

    @cached_property
    def _called(self) -> frozenset[bytes]:
        """What lines that no block touches call; how, is not asked."""
        lines = (line for change in self._subsets.changes for line in self._context(change))
        return frozenset(_CALL.findall(b"\n".join(lines)))

    def missing(self, chosen: Chosen) -> Iterator[Missing]:
        for (_path, name), sides in self.names.items():
            if any(_has(chosen, id_, name) for id_ in sides.gives) or any(id_ not in chosen for id_ in sides.takes):
                continue
            users = [id_ for id_ in sides.begins if _has(chosen, id_, name)]
            old = [id_ for id_ in sides.ends if id_ not in chosen]
            if users or old:
                yield Missing(
                    name=name,
                    kind=sides.kind,
                    users=tuple(users),
                    gives=tuple(sides.gives),
                    takes=tuple(sides.takes),
                    ends=tuple(old),
                )


def _has(chosen: Chosen, id_: str, name: str) -> bool:
    """Whether a block is taken, and where a person has edited it, still with this name."""
    lines = chosen.get(id_)
    word = re.split(r"[(#]", name)[0]
    return id_ in chosen and (lines is None or word in re.findall(r"\w+", "".join(lines)))


def _by_block(change: FileChange, data: bytes, places: list[tuple[Block, int, int]]) -> dict[str, Mentions]:
    lines = [(start + 1, start + count + 1) for _, start, count in places if count]
    said = mentions(change.path, data, lines)
    found = {}
    for block, start, count in places:
        found[block.id] = Mentions(definitions=_on(said.definitions, start, count), uses=_on(said.uses, start, count))
    return found


def _on(said: tuple[Mention, ...], start: int, count: int) -> tuple[Mention, ...]:
    return tuple(each for each in said if start < each.line <= start + count)
