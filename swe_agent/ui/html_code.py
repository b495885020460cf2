"""Lines of code as markup: colours by Pygments' classes, marks around changed words.

Knows text that is safe to show already; nothing of blocks or proposals.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from html import escape

from pygments.lexer import Lexer
from pygments.token import STANDARD_TYPES, _TokenType

from swe_agent.ui.html_markup import Html
from swe_agent.ui.lexing import Token, nearest, tokens

Piece = tuple[str, str]
"""A class of Pygments, or "", and text of that class."""
Numbered = tuple[int, str]
"""A line's number, and its text without the line's end."""

RULES: Mapping[str, str] = {
    "c": "color:var(--comment);font-style:italic",
    "cp": "color:var(--name)",
    "k": "color:var(--keyword)",
    "kc": "color:var(--number)",
    "m": "color:var(--number)",
    "s": "color:var(--string)",
    "se": "color:var(--number)",
    "nb": "color:var(--name)",
    "nc": "color:var(--function)",
    "nd": "color:var(--function)",
    "nf": "color:var(--function)",
    "nt": "color:var(--keyword)",
    "na": "color:var(--name)",
    "ow": "color:var(--keyword)",
    "gh": "color:var(--function);font-weight:bold",
    "gu": "color:var(--function);font-weight:bold",
    "gs": "font-weight:bold",
    "ge": "font-style:italic",
}
"""How the classes look; a token of another type looks as the nearest type above it that is here."""

_CLASSES = {kind: name for kind, name in STANDARD_TYPES.items() if name in RULES}

MOST = 400_000
"""Characters of a page that are coloured, a second of work; what follows is plain."""


def rules_of(body: str) -> str:
    """A style rule for each class that is used in this markup. No text in it can look like one: its `<` are escaped."""
    return "".join(f".{name}{{{rule}}}\n" for name, rule in RULES.items() if f"<i class={name}>" in body)


class Highlighter:
    """The colours of one page, as long as there are characters left for it."""

    def __init__(self, most: int = MOST) -> None:
        self._left = most

    def lines(self, lexer: Lexer, runs: Iterable[Sequence[Numbered]]) -> Mapping[int, Sequence[Piece]]:
        """The pieces of each line by its number, without the lines that are plain. A run is read as one text."""
        found: dict[int, Sequence[Piece]] = {}
        for run in runs:
            for (number, line), read in zip(run, tokens(lexer, [line for _, line in run]), strict=True):
                if len(line) >= self._left:
                    break
                self._left -= len(line) + 1
                found[number] = _pieces(read)
        return found


def _pieces(read: Iterable[Token]) -> Sequence[Piece]:
    pieces: list[Piece] = []
    for kind, part in read:
        name = _class_of(kind)
        if pieces and pieces[-1][0] == name:
            pieces[-1] = (name, pieces[-1][1] + part)
        elif part:
            pieces.append((name, part))
    return pieces


@cache
def _class_of(kind: _TokenType) -> str:
    near = nearest(kind, _CLASSES)
    return "" if near is None else _CLASSES[near]


def code_line(pieces: Sequence[Piece], marks: Sequence[tuple[int, int]] = ()) -> Html:
    """One line. `marks` are places of its text, in order and apart from each other."""
    if not marks:
        return Html("".join(_span(name, part) for name, part in pieces))
    out: list[str] = []
    at, open_ = 0, False
    cuts = iter([cut for mark in marks for cut in mark])
    cut = next(cuts, None)
    for name, part in pieces:
        start = 0
        while cut is not None and cut < at + len(part):
            out.append(_span(name, part[start : cut - at]))
            out.append("</mark>" if open_ else "<mark>")
            start, open_, cut = cut - at, not open_, next(cuts, None)
        out.append(_span(name, part[start:]))
        at += len(part)
    if open_:
        out.append("</mark>")
    return Html("".join(out))


def _span(name: str, part: str) -> str:
    if not part:
        return ""
    shown = escape(part, quote=False)
    return f"<i class={name}>{shown}</i>" if name else shown
