"""A changed file as the rows of a page, as values: for each block its head, what is said of it and its lines between
some of the base's, unified or side by side, wrapped so that nothing lies beyond the edge."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Literal, NamedTuple

from rich.cells import cell_len, get_character_cell_size

from sandbox.screen import safe_text
from swe_agent.core.diff import Block
from swe_agent.desk.lines import LineOf, in_order, removed_first
from swe_agent.desk.words import Span, pairs

CONTEXT = 3
TAB = 4
GUTTER = 9
"""Cells before the text of a unified line: the bar of the current block, the number, the sign."""
HALF_GUTTER = 8
"""The same in each half of a page with two sides."""
RETURNED = "<CR>"
UNENDED = "  (no newline at the end)"

Side = Literal["base", "head"]
RowKind = Literal["head", "said", "line", "fold", "blank"]


class Cell(NamedTuple):
    """A piece of a line on one side. `line` is its place in the page's texts, `number` what a person is told."""

    sign: Literal[" ", "-", "+"]
    side: Side
    line: int
    number: int
    piece: Span
    first: bool
    words: tuple[str, int] | None = None
    """The side's other line that this one is compared with: the block's id and the pair's place in it."""


class Row(NamedTuple):
    kind: RowKind
    block: int
    """The place of its block in the page."""
    left: Cell | None = None
    right: Cell | None = None
    text: str = ""
    line: LineOf | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """`heads` are the rows where the blocks begin. `base` and `head` are the lines of both sides, safe to be shown;
    `raw` are the same as they are."""

    rows: tuple[Row, ...]
    heads: tuple[int, ...]
    base: tuple[str, ...]
    head: tuple[str, ...]
    raw: Mapping[Side, Sequence[str]]
    others: Mapping[tuple[str, int], tuple[int, int]]
    """Base and head line of each pair of lines that belong together."""
    split: bool

    def text(self, cell: Cell) -> str:
        """All of the cell's line; where it has changed, with marks for what cannot be seen."""
        if cell.sign == " ":
            return self.base[cell.line]
        return marked(self.raw[cell.side][cell.line])

    def span(self, block: int) -> Span:
        """The rows of a block, its head included."""
        after = self.heads[block + 1] if block + 1 < len(self.heads) else len(self.rows)
        return self.heads[block], after


def shown(line: str) -> str:
    """A line of somebody's text as it is safe on a terminal, tabs as spaces, without its end.

    >>> shown("a\\tb\\r\\n")
    'a   b<CR>'
    """
    text = line.removesuffix("\n")
    ended = "" if line.endswith("\n") else UNENDED
    returned = RETURNED if text.endswith("\r") else ""
    return safe_text(text.removesuffix("\r")).expandtabs(TAB).replace("\n", " ") + returned + ended


def marked(line: str) -> str:
    """As `shown`, and as long; but tabs and blanks at the end can be seen.

    >>> marked("a\\tb \\n")
    'a→  b·'
    """
    text = line.removesuffix("\n").removesuffix("\r")
    parts = safe_text(text).split("\t")
    done = parts[0]
    for part in parts[1:]:
        done += "→".ljust(TAB - len(done) % TAB) + part
    end = len(done.rstrip(" "))
    blanks = "·" * (len(done) - end) if text.endswith(" ") else done[end:]
    return done[:end] + blanks + shown(line)[len(done) :]


def wrapped(text: str, width: int) -> tuple[Span, ...]:
    """The text in pieces that are at most `width` cells wide; one piece at least."""
    width = max(width, 2)
    if len(text) <= width and cell_len(text) <= width:
        return ((0, len(text)),)
    if text.isascii():
        return tuple((at, min(at + width, len(text))) for at in range(0, len(text), width))
    pieces, begun, used = [], 0, 0
    for at, character in enumerate(text):
        size = get_character_cell_size(character)
        if used + size > width:
            pieces.append((begun, at))
            begun, used = at, 0
        used += size
    return (*pieces, (begun, len(text)))


def page_of(
    blocks: Sequence[Block],
    base: Sequence[str],
    said: Mapping[str, Sequence[str]],
    *,
    width: int,
    split: bool,
    single: bool = False,
) -> Page:
    """`blocks` are those of one file, in order. `said` is told under the head of its block. With `single`, the lines
    stand in the order in which they can be taken one by one."""
    return _Maker(blocks, base, said, width, split and not single, single).page()


class _Maker:
    def __init__(
        self, blocks: Sequence[Block], base: Sequence[str], said: Mapping[str, Sequence[str]], width: int, split: bool,
        single: bool,
    ) -> None:  # fmt: skip
        self.blocks, self.said, self.width, self.split, self.single = blocks, said, width, split, single
        # Where the box is gone there is no base: each block is shown by what it holds itself.
        self.gone = any(len(base) < block.base_start + len(block.removed) for block in blocks)
        base_lines: list[str] = [] if self.gone else list(base)
        head_lines: list[str] = []
        self.begins: list[Span] = []
        """Where the lines of each block begin in the base and in the head as they are here."""
        at = 0
        for block in blocks:
            if self.gone:
                self.begins.append((len(base_lines), len(head_lines)))
                base_lines += block.removed
            else:
                head_lines += base_lines[at : block.base_start]
                self.begins.append((block.base_start, len(head_lines)))
                at = block.base_start + len(block.removed)
            head_lines += block.added
        self.raw: dict[Side, Sequence[str]] = {"base": base_lines, "head": head_lines}
        self.base, self.head = tuple(map(shown, base_lines)), tuple(map(shown, head_lines))
        self.others: dict[tuple[str, int], tuple[int, int]] = {}
        self.rows: list[Row] = []

    def page(self) -> Page:
        heads: list[int] = []
        at = 0
        for number, block in enumerate(self.blocks):
            heads.append(self._head(number, block, at))
            if block.kind == "lines":
                shift = block.head_start - block.base_start
                self._context(number, max(at, block.base_start - CONTEXT), block.base_start, shift)
                self.rows += self._lines(number, block)
                at = self._after(number, block)
            self.rows.append(Row("blank", number))
        return Page(
            rows=tuple(self.rows), heads=tuple(heads), base=self.base, head=self.head, raw=self.raw,
            others=self.others, split=self.split,
        )  # fmt: skip

    def _head(self, number: int, block: Block, at: int) -> int:
        hidden = max(0, block.base_start - CONTEXT - at) if block.kind == "lines" and not self.gone else 0
        if hidden:
            self.rows.append(Row("fold", number, text=f"⋯ {hidden} unchanged line{'s' if hidden > 1 else ''}"))
        head = len(self.rows)
        self.rows.append(Row("head", number))
        notes = ([block.note] if block.kind != "lines" else []) + list(self.said.get(block.id, ()))
        for text in notes:
            self.rows += [Row("said", number, text=text[a:b]) for a, b in wrapped(text, self.width - 4)]
        return head

    def _context(self, number: int, start: int, end: int, shift: int) -> None:
        if self.gone:
            return
        for i in range(start, min(end, len(self.base))):
            left = self._cells(" ", "base", i, i + 1)
            right = [c._replace(number=i + 1 + shift) for c in left] if self.split else [None] * len(left)
            self.rows += [Row("line", number, a, b) for a, b in zip(left, right, strict=True)]

    def _after(self, number: int, block: Block) -> int:
        """The base's lines behind the block, up to the next one; where they end."""
        end = block.base_start + len(block.removed)
        later = self.blocks[number + 1].base_start if number + 1 < len(self.blocks) else end + CONTEXT
        until = min(end + CONTEXT, later)
        shift = block.head_start - block.base_start + len(block.added) - len(block.removed)
        self._context(number, end, until, shift)
        return until

    def _lines(self, number: int, block: Block) -> Iterator[Row]:
        in_base, in_head = self.begins[number]
        compared: dict[LineOf, tuple[str, int]] = {}
        joined = pairs(block.removed, block.added)
        for place, (i, j) in enumerate(joined):
            self.others[block.id, place] = (in_base + i, in_head + j)
            compared[LineOf("-", i)] = compared[LineOf("+", j)] = (block.id, place)

        def cells(line: LineOf) -> list[Cell]:
            words = compared.get(line)
            if line.sign == "-":
                return self._cells("-", "base", in_base + line.at, block.base_start + line.at + 1, words)
            return self._cells("+", "head", in_head + line.at, block.head_start + line.at + 1, words)

        if not self.split:
            order = in_order(block) if self.single else removed_first(block)
            for line in order:
                yield from (Row("line", number, cell, line=line) for cell in cells(line))
            return
        for old, new in _beside(joined, len(block.removed), len(block.added)):
            left = cells(LineOf("-", old)) if old is not None else []
            right = cells(LineOf("+", new)) if new is not None else []
            yield from (Row("line", number, a, b) for a, b in zip_longest(left, right))

    def _cells(
        self, sign: Literal[" ", "-", "+"], side: Side, line: int, number: int, words: tuple[str, int] | None = None
    ) -> list[Cell]:
        text = (self.base if side == "base" else self.head)[line]
        room = (self.width - 1) // 2 - HALF_GUTTER - 1 if self.split else self.width - GUTTER
        return [Cell(sign, side, line, number, piece, piece[0] == 0, words) for piece in wrapped(text, room)]


def _beside(joined: Sequence[Span], removed: int, added: int) -> Iterator[tuple[int | None, int | None]]:
    """Lines of both sides as they stand beside each other: pairs on one row, what is between them as it comes."""
    i = j = 0
    for to_i, to_j in (*joined, (removed, added)):
        yield from zip_longest(range(i, to_i), range(j, to_j))  # None on the shorter side
        if to_i < removed and to_j < added:
            yield to_i, to_j
        i, j = to_i + 1, to_j + 1
