"""Rows of a page as they are drawn: syntax colours, words that differ, signs and numbers; told by more than colour."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice, pairwise

from pygments.lexers import get_lexer_for_filename
from pygments.token import Token, _TokenType
from pygments.util import ClassNotFound
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from swe_agent.desk.words import Span, changed_words
from swe_agent.ui.desk_rows import Cell, Page, Row, Side
from swe_agent.ui.html_code import MOST_OF_LINE, longest

SLICE = 4_000
"""Tokens that are read at a time; some 20 ms."""
MOST_COLOURED = 2_000_000
"""Characters of a text: past them there are no colours."""

_SYNTAX = {
    Token.Keyword: "#c792ea",
    Token.Keyword.Constant: "#f78c6c",
    Token.Name.Function: "#82aaff",
    Token.Name.Class: "#ffcb6b",
    Token.Name.Decorator: "#ffcb6b",
    Token.Name.Builtin: "#89ddff",
    Token.Name.Exception: "#ffcb6b",
    Token.Name.Tag: "#f07178",
    Token.Name.Attribute: "#ffcb6b",
    Token.Literal.String: "#c3e88d",
    Token.Literal.String.Doc: "#a9bac2",
    Token.Literal.Number: "#f78c6c",
    Token.Comment: "#9db0b9",
    Token.Operator: "#89ddff",
    Token.Operator.Word: "#c792ea",
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
        self._lines: list[list[tuple[int, int, Style]]] = [[]]
        self._at = 0
        self._styles: dict[_TokenType, Style] = {}
        self._tokens = _tokens(path, lines)

    def reaches(self, line: int) -> bool:
        return self._tokens is None or line < len(self._lines) - 1

    def read(self, line: int, tokens: int = SLICE) -> bool:
        """Read on towards a line, so many tokens at most; whether it is reached."""
        while not self.reaches(line) and tokens > 0:
            assert self._tokens is not None, "what is read to its end reaches every line"
            some = list(islice(self._tokens, min(tokens, 200)))
            if not some:
                self._tokens = None
            for _, kind, value in some:
                self._take(kind, value)
            tokens -= len(some)
        return self.reaches(line)

    def of(self, line: int) -> Spans:
        return self._lines[line] if line < len(self._lines) else ()

    def _take(self, kind: _TokenType, value: str) -> None:
        style = self._style(kind)
        for number, part in enumerate(value.split("\n")):
            if number:
                self._lines.append([])
                self._at = 0
            if part and style is not PLAIN:
                self._lines[-1].append((self._at, self._at + len(part), style))
            self._at += len(part)

    def _style(self, kind: _TokenType) -> Style:
        found = self._styles.get(kind)
        if found is None:
            near: _TokenType | None = kind
            while near is not None and near not in _SYNTAX:
                near = near.parent
            found = self._styles[kind] = Style(color=_SYNTAX[near]) if near is not None else PLAIN
        return found


def _tokens(path: str, lines: Sequence[str]) -> Iterator[tuple[int, _TokenType, str]] | None:
    if sum(map(len, lines)) > MOST_COLOURED or any(len(line) > MOST_OF_LINE for line in lines):
        return None
    try:
        lexer = get_lexer_for_filename(path.rpartition("/")[2])
    except ClassNotFound:
        return None
    return (
        token for part in _parts(lines, longest(lexer.name.lower())) for token in lexer.get_tokens_unprocessed(part)
    )


def _parts(lines: Sequence[str], most: int) -> Iterator[str]:
    """The text in parts that no lexer is slow on, each of whole lines."""
    part, size = list[str](), 0
    for line in lines:
        if part and size + len(line) > most:
            yield "".join(part)
            part, size = [], 0
        part.append(f"{line}\n")
        size += len(line) + 1
    yield "".join(part)


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
