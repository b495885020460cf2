"""Lines of code as markup: colours by Pygments' classes, marks around changed words.

Knows text that is safe to show already, and languages by name; nothing of blocks or proposals.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from html import escape
from typing import Any

from pygments.lexers import get_lexer_by_name
from pygments.token import STANDARD_TYPES
from pygments.util import ClassNotFound

from swe_agent.ui.html_markup import Html

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

_ALIASES = {"c-sharp": "csharp"}
"""Languages that Pygments calls by another name than `syntax/languages` does."""
MOST = 400_000
"""Characters of a page that are coloured, a second of work; what follows is plain."""
MOST_OF_LINE = 2_000
"""Characters; code with a longer line is plain: it was made by a program, and lexers are slow on it."""
_LONGEST = {"python": 20_000}


def longest(language: str) -> int:
    """Characters that are read as one text. The time of some lexers grows with the square or the cube of it: Java's
    takes minutes for 60,000 characters of `a a a`. Python's does not, and its long strings are worth more."""
    return _LONGEST.get(language, 2_000)


def rules_of(body: str) -> str:
    """A style rule for each class that is used in this markup. No text in it can look like one: its `<` are escaped."""
    return "".join(f".{name}{{{rule}}}\n" for name, rule in RULES.items() if f'<span class="{name}">' in body)


class Highlighter:
    """The colours of one page, as long as there are characters left for it."""

    def __init__(self, most: int = MOST) -> None:
        self._left = most

    def lines(self, language: str, runs: Sequence[Sequence[Numbered]]) -> Mapping[int, Sequence[Piece]]:
        """The pieces of each line by its number, without the lines that are plain. A run is read as one text."""
        found: dict[int, Sequence[Piece]] = {}
        for run in (part for whole in runs for part in _cut(whole, longest(language))):
            size = sum(len(line) + 1 for _, line in run)
            if size > self._left or any(len(line) > MOST_OF_LINE for _, line in run):
                continue
            self._left -= size
            pieces = _pieces(language, "\n".join(line for _, line in run))
            if len(pieces) == len(run):
                found.update((number, piece) for (number, _), piece in zip(run, pieces, strict=True))
        return found


def _cut(run: Sequence[Numbered], most: int) -> Iterator[Sequence[Numbered]]:
    """The run in parts of at most so many characters; a longer line is a part of its own."""
    part: list[Numbered] = []
    size = 0
    for number, line in run:
        if part and size + len(line) >= most:
            yield part
            part, size = [], 0
        part.append((number, line))
        size += len(line) + 1
    if part:
        yield part


def _pieces(language: str, code: str) -> Sequence[Sequence[Piece]]:
    """Lines of pieces; nothing where the language is not known, or its lexer changes the text."""
    lexer = _lexer(language)
    if lexer is None:
        return ()
    lines: list[list[Piece]] = [[]]
    size = 0
    for kind, value in lexer.get_tokens(code):
        size += len(value)
        name = _class_of(kind)
        for at, part in enumerate(value.split("\n")):
            if at:
                lines.append([])
            if not part:
                continue
            if lines[-1] and lines[-1][-1][0] == name:
                lines[-1][-1] = (name, lines[-1][-1][1] + part)
            else:
                lines[-1].append((name, part))
    return lines if size == len(code) else ()


@cache
def _lexer(language: str) -> Any:
    """None where there is no such lexer."""
    try:
        return get_lexer_by_name(_ALIASES.get(language, language), stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None


@cache
def _class_of(kind: Any) -> str:
    while kind is not None:
        name: str = STANDARD_TYPES.get(kind, "")
        if name in RULES:
            return name
        kind = kind.parent
    return ""


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
    return f'<span class="{name}">{shown}</span>' if name else shown
