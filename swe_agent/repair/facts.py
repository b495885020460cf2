"""What templates ask of a file whatever its language: nodes, texts, and where lines begin."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from swe_agent.repair.neighbourhood import Neighbourhood
from swe_agent.syntax.parse import Parsed, walk

if TYPE_CHECKING:
    from tree_sitter import Node


@dataclass(frozen=True, kw_only=True)
class FileFacts:
    """A parsed file. Not slotted: facts are computed when first asked for."""

    parsed: Parsed
    around: Neighbourhood = field(default_factory=Neighbourhood)

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        return tuple(walk(self.parsed.root))

    def text(self, node: Node) -> str:
        return self.parsed.text_of(node)

    @cached_property
    def _by_type(self) -> Mapping[str, list[Node]]:
        found: dict[str, list[Node]] = {}
        for node in self.nodes:
            found.setdefault(node.type, []).append(node)
        return found

    def of_type(self, *types: str) -> Iterable[Node]:
        return (node for kind in types for node in self._by_type.get(kind, ()))

    @cached_property
    def _lines(self) -> tuple[int, ...]:
        """The byte at which each line starts."""
        return (0, *(found.end() for found in re.finditer(b"\n", self.parsed.data)))

    def line_of(self, byte: int) -> int:
        """Counted from 1."""
        return bisect_right(self._lines, byte)

    @cached_property
    def newline(self) -> str:
        return "\r\n" if b"\r\n" in self.parsed.data[:4096] else "\n"

    def indent_of(self, node: Node) -> str:
        line = self.parsed.data[self._lines[node.start_point.row] : node.start_byte].decode("utf-8", "surrogateescape")
        return line[: len(line) - len(line.lstrip())]


def common(texts: Iterable[str]) -> tuple[str, ...]:
    """Each once, the commonest first."""
    counts = Counter(texts)
    return tuple(sorted(counts, key=lambda text: (-counts[text], text)))
