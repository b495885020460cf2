"""What of lines is code: without comments, and with strings emptied. Told by characters, for any language, so that a
part of a file can be read too; of a part nobody knows whether it begins inside a comment or a string.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import overload

from swe_agent.syntax.language import language_of, languages

_QUOTED_BY_ONE = frozenset({"bash", "javascript", "lua", "php", "python", "ruby", "sql", "tsx", "typescript", ""})
"""Where `'` holds strings. Elsewhere it holds one character, or marks a lifetime."""
_SCRIPTS = frozenset({"javascript", "typescript", "tsx"})
_DOUBLE, _SINGLE = r'"(?:\\.|[^"\\\n])*+"', r"'(?:\\.|[^'\\\n])*+'"
_CHARACTER = r"'(?:\\[^'\n]{1,10}|[^'\\\n])'"
_TRIPLE = (r'"""(?:\\.|[^\\])*?"""', r"'''(?:\\.|[^\\])*?'''")
_RAW = r'\br(#+)"[\s\S]*?"\1'
_RUST = r'\b[bc]?r"[^"]*+"|"(?:\\[\s\S]|[^"\\])*+"'
_BACKTICKS = r"`(?:\\[\s\S]|[^`\\])*+`"
_REGEX = r"(?:(?<=[(,=:\[!&|?{};])|(?<=[(,=:\[!&|?{}] ))/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*+\]|[^/\\\n\[])++/[a-z]*"
_BLOCK = r"/\*[\s\S]*?(?:\*/|\Z)"
_COMMENT_SIGNS = {
    "#": r"(?<![^\s;({\[,])#(?!\[|!\[|(?:if|ifn?def|else|elif|endif|define|undef|include|pragma|error)\b)[^\n]*",
    "//": r"(?<!:)//[^\n]*",
    "--": r"(?<!\S)--[^\n]*",
}
_STAR = re.compile(r"^[ \t]*\*(?:[ \t/].*)?$", re.MULTILINE)
"""Inside a block comment whose start is not among the lines."""
_OPENED = re.compile(r"\s*(?://+!?|#+(?!\[)|--|/\*+|\*|<!--)\s*")


@dataclass(frozen=True, slots=True)
class Line:
    """`code` is what counts of `text`."""

    text: str
    code: str

    @property
    def commented_out(self) -> str:
        """What stands behind the sign that makes all of the line a comment; empty where none does."""
        found = None if self.code.strip() else _OPENED.match(self.text)
        return self.text[found.end() :].removesuffix("*/").strip() if found else ""


class Lines(Sequence[Line]):
    """Made one by one: of a long file few are asked for."""

    def __init__(self, texts: Sequence[str], codes: Sequence[str]) -> None:
        self._texts = texts
        self._codes = codes

    def __len__(self) -> int:
        return len(self._texts)

    @overload
    def __getitem__(self, at: int) -> Line: ...
    @overload
    def __getitem__(self, at: slice) -> Lines: ...
    def __getitem__(self, at: int | slice) -> Line | Lines:
        if isinstance(at, slice):
            return Lines(self._texts[at], self._codes[at])
        return Line(self._texts[at], self._codes[at])


def code_lines(path: str, lines: Sequence[str], *, is_part: bool = False) -> Lines:
    """Each with what of it is code. Without their ends."""
    texts = [line.rstrip("\r\n") for line in lines] if is_part else lines
    whole = "\n".join(texts)
    language = language_of(path)
    is_even = {mark: not is_part or whole.count(mark) % 2 == 0 for mark in ('"""', "'''", "`")}
    hidden = _hidden(language, has_triple=is_even['"""'] and is_even["'''"], has_backticks=is_even["`"])
    code = hidden.sub(_emptied, whole)
    if _signs(language) != "#":
        code = _STAR.sub("", code)
    return Lines(texts, code.split("\n"))


def _emptied(found: re.Match[str]) -> str:
    """As many lines as before."""
    text, ends = found[0], "\n" * found[0].count("\n")
    if text[0] in "#-" or text[:2] in ("//", "/*"):
        return ends
    quote = text[-1] if text[-1] in "\"'`" else '"'
    return f"{quote}{ends}{quote}"


def _signs(language: str) -> str:
    return languages()[language].comment_start if language in languages() else ""


@cache
def _hidden(language: str, *, has_triple: bool, has_backticks: bool) -> re.Pattern[str]:
    sign = _signs(language)
    kinds = [_RAW, _RUST] if language == "rust" else [*_TRIPLE] if has_triple else [r'"""[^\n]*', r"'''[^\n]*"]
    kinds += [_DOUBLE, _SINGLE if language in _QUOTED_BY_ONE else _CHARACTER]
    if has_backticks and sign == "//":
        kinds.append(_BACKTICKS)
    if sign not in ("#", "--"):
        kinds.append(_BLOCK)
    if language in _SCRIPTS:
        kinds.append(_REGEX)
    signs = [sign] if sign in _COMMENT_SIGNS and language != "php" else ["#", "//"]
    return re.compile("|".join([*kinds, *(_COMMENT_SIGNS[one] for one in signs)]))
