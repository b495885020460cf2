"""Lines of code as Pygments reads them, for the full screen and for the page: which lexer, and never too much at once.

Knows neither colours nor blocks. Lines come without their ends, as they are shown.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from functools import cache

from pygments.lexer import Lexer
from pygments.lexers import TextLexer, get_lexer_by_name, get_lexer_for_filename
from pygments.token import Text, _TokenType
from pygments.util import ClassNotFound

from swe_agent.syntax.language import language_of

Token = tuple[_TokenType, str]

MOST_OF_LINE = 2_000
"""Characters; what has a longer line was made by a program, and lexers are slow on it."""
_LONGEST = {"Python": 20_000}
_ALIASES = {"c-sharp": "csharp"}
"""Languages that Pygments calls by another name than `syntax/languages` does."""


def longest(lexer: Lexer) -> int:
    """Characters that are read as one text. The time of some lexers grows with the square or the cube of it: Java's
    takes minutes for 60,000 characters of `a a a`. Python's does not, and its long strings are worth more."""
    return _LONGEST.get(lexer.name, 2_000)


def lexer_of(path: str) -> Lexer | None:
    """None where nothing in the file has a colour."""
    return _lexer(language_of(path), path.rpartition("/")[2])


@cache
def _lexer(language: str, name: str) -> Lexer | None:
    try:
        found = get_lexer_by_name(_ALIASES.get(language, language)) if language else get_lexer_for_filename(name)
    except ClassNotFound:
        return None
    return None if isinstance(found, TextLexer) else found


def tokens(lexer: Lexer, lines: Sequence[str]) -> Iterator[Sequence[Token]]:
    """Each line's tokens, which are all of its text; read only as far as they are asked for."""
    for part in _parts(lines, longest(lexer)):
        read = _by_line(lexer, part) if all(len(line) <= MOST_OF_LINE for line in part) else iter(())
        for line in part:
            found = next(read, ())
            yield found if "".join(text for _, text in found) == line else [(Text, line)]


def _parts(lines: Iterable[str], most: int) -> Iterator[Sequence[str]]:
    """The lines in parts of at most so many characters; a longer line is a part of its own."""
    part: list[str] = []
    size = 0
    for line in lines:
        if part and size + len(line) >= most:
            yield part
            part, size = [], 0
        part.append(line)
        size += len(line) + 1
    if part:
        yield part


def _by_line(lexer: Lexer, part: Sequence[str]) -> Iterator[Sequence[Token]]:
    line: list[Token] = []
    for _, kind, value in lexer.get_tokens_unprocessed("".join(f"{line}\n" for line in part)):
        first, *others = value.split("\n")
        line.append((kind, first))
        for other in others:
            yield line
            line = [(kind, other)]


def nearest(kind: _TokenType, known: Container[_TokenType]) -> _TokenType | None:
    """The type itself, or the first above it, that is known."""
    near: _TokenType | None = kind
    while near is not None and near not in known:
        near = near.parent
    return near
