"""Rows of a page as they are drawn: syntax colours, words that differ, signs and numbers; told by more than colour."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise

from pygments.token import Comment, Keyword, Literal, Name, Operator, _TokenType
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from swe_agent.desk.words import Span, changed_words
from swe_agent.ui.desk_rows import Cell, Page, Row, Side
from swe_agent.ui.lexing import Token, lexer_of, nearest, tokens

SLICE = 4_000
"""Tokens that are read at a time; some 20 ms."""
MOST_COLOURED = 2_000_000
"""Characters of a text: past them there are no colours."""

_SYNTAX = {
    Keyword: "#c792ea",
    Keyword.Constant: "#f78c6c",
    Name.Function: "#82aaff",
    Name.Class: "#ffcb6b",
    Name.Decorator: "#ffcb6b",
    Name.Builtin: "#89ddff",
    Name.Exception: "#ffcb6b",
    Name.Tag: "#f07178",
    Name.Attribute: "#ffcb6b",
    Literal.String: "#c3e88d",
    Literal.String.Doc: "#a9bac2",
    Literal.Number: "#f78c6c",
    Comment: "#9db0b9",
    Operator: "#89ddff",
    Operator.Word: "#c792ea",
}
PLAIN = Style()
QUIET = Style(color="#7f8c94")
NUMBER = Style(color="#7d8b93")
HEAD = Style(bold=True, bgcolor="#26323a")
HEAD_HERE = Style(bold=True, color="#ffffff", bgcolor="#31536b")
SAID = Style(color="#ffcb6b")
_LINE = {" ": PLAIN, "-": Style(bgcolor="#3d1f24"), "+": Style(bgcolor="#1b3526")}
_WORDS = {"-": Style(bgcolor="#7d2c38"), "+": Style(bgcolor="#2a6b40")}
_SIGN = {" ": QUIET, "-": Style(color="#ff8b94", bold=True), "+": Style(color="#8be9a8", bold=True)}
_MARK = Style(color="#8a949a")
_EMPTY = Style(color="#3c474d")

Spans = Sequence[tuple[int, int, Style]]


class Colours:
    """The syntax colours of one text, read only as far down as somebody looks."""

    def __init__(self, path: str, lines: Sequence[str]) -> None:
        self._lines: list[Spans] = []
        lexer = lexer_of(path) if sum(map(len, lines)) <= MOST_COLOURED else None
        self._unread = tokens(lexer, lines) if lexer else None

    def reaches(self, line: int) -> bool:
        return self._unread is None or line < len(self._lines)

    def read(self, line: int, most: int = SLICE) -> bool:
        """Read on towards a line, so many tokens at most; whether it is reached."""
        while not self.reaches(line) and most > 0:
            assert self._unread is not None, "what is read to its end reaches every line"
            found = next(self._unread, None)
            if found is None:
                self._unread = None
            else:
                self._lines.append(list(_spans(found)))
                most -= len(found)
        return self.reaches(line)

    def of(self, line: int) -> Spans:
        return self._lines[line] if line < len(self._lines) else ()


def _spans(line: Sequence[Token]) -> Iterator[tuple[int, int, Style]]:
    at = 0
    for kind, text in line:
        style = _style(kind)
        if text and style is not PLAIN:
            yield at, at + len(text), style
        at += len(text)


@cache
def _style(kind: _TokenType) -> Style:
    near = nearest(kind, _SYNTAX)
    return PLAIN if near is None else Style(color=_SYNTAX[near])


class Painter:
    """Draws the rows of one page. `underline` marks words that differ where there are no colours to do it."""

    def __init__(self, page: Page, base: Colours, head: Colours, *, underline: bool) -> None:
        self.page = page
        self._colours: dict[Side, Colours] = {"base": base, "head": head}
        self._underline = Style(underline=True) if underline else PLAIN

    def prepare(self, rows: Sequence[Row]) -> bool:
        """Read colours for these rows; False where that takes more than one turn."""
        done = True
        for side, colours in self._colours.items():
            lines = [cell.line for row in rows for cell in row[2:4] if cell is not None and cell.side == side]
            done = (not lines or colours.read(max(lines))) and done
        return done

    def draw(self, row: Row, width: int, *, here: bool, head: str = "", mark: str = "") -> Strip:
        """`head` is the text of a block's head row, `mark` stands before a line that can be chosen."""
        bar = Segment("▌" if here else " ", Style(color="#82aaff"))
        if row.kind == "head":
            text = f"{'▶' if here else ' '} {head}"
            return _strip([bar, Segment(text, HEAD_HERE if here else HEAD)], width, HEAD_HERE if here else HEAD)
        if row.kind == "line" and not self.page.split:
            assert row.left is not None, "a unified line has one cell"
            return _strip([bar, *self._cell(row.left, mark)], width, _LINE[row.left.sign])
        if row.kind == "line":
            half = (width - 1) // 2
            left = self._half(row.left, half - 1)
            right = self._half(row.right, width - 1 - half)
            return Strip.join([Strip([bar]), left, Strip([Segment("│", _EMPTY)]), right])
        style = SAID if row.kind == "said" else QUIET
        return _strip([bar, Segment(f"   {row.text}", style)], width, PLAIN)

    def _half(self, cell: Cell | None, width: int) -> Strip:
        if cell is None:
            return _strip([Segment("·" * width, _EMPTY)], width, PLAIN)
        return _strip(list(self._cell(cell, "")), width, _LINE[cell.sign])

    def _cell(self, cell: Cell, mark: str) -> Iterator[Segment]:
        line = _LINE[cell.sign]
        number = str(cell.number) if cell.first else ""
        yield Segment(f"{number:>5} ", NUMBER + line)
        if mark:
            yield Segment(f"{mark} ", Style(bold=True) + line)
        yield Segment(f"{cell.sign} ", _SIGN[cell.sign] + line)
        yield from self._text(cell, line)

    def _text(self, cell: Cell, line: Style) -> Iterator[Segment]:
        """The piece in runs of one style each: colours below, words that differ above, marks on top."""
        text = self.page.text(cell)
        start, end = cell.piece
        words = self._words(cell)
        spans: list[tuple[int, int, Style]] = list(self._colours[cell.side].of(cell.line))
        if cell.sign != " ":
            spans += [(a, b, _WORDS[cell.sign] + self._underline) for a, b in words]
            spans += [(i, i + 1, _MARK) for i in range(start, end) if text[i] in "→·"]
        spans = [(max(a, start), min(b, end), style) for a, b, style in spans if a < end and b > start]
        edges = sorted({start, end, *(a for a, _, _ in spans), *(b for _, b, _ in spans)})
        for a, b in pairwise(edges):
            style = line
            for first, last, over in spans:
                if first <= a and b <= last:
                    style += over
            yield Segment(text[a:b], style)

    def _words(self, cell: Cell) -> Sequence[Span]:
        if cell.words is None or cell.words not in self.page.others:
            return ()
        old, new = self.page.others[cell.words]
        both = changed_words(self.page.base[old], self.page.head[new])
        return both[0] if cell.sign == "-" else both[1]


def _strip(segments: list[Segment], width: int, fill: Style) -> Strip:
    return Strip(segments).adjust_cell_length(width, fill)
