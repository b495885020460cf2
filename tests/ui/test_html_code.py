"""Colours and marks of single lines: they add markup, and change no character."""

from __future__ import annotations

from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pygments.lexer import Lexer, RegexLexer
from pygments.token import Keyword, Text

from swe_agent.syntax.language import languages
from swe_agent.ui.html_code import Highlighter, code_line
from swe_agent.ui.lexing import lexer_of, tokens
from ui.reading import read

CODE = st.text(st.sampled_from("abdefx01 \t\n\"'`#/*(){}[]<>&=+-\\.,:;$%é|"), max_size=60)


PATHS = [f"a{language.extensions[0]}" for language in languages().values()] + ["Dockerfile", "a.ini", "a.rst"]


def lexer(path: str) -> Lexer:
    found = lexer_of(path)
    assert found is not None
    return found


@given(st.sampled_from(PATHS), CODE)
def test_tokens_are_all_of_each_line(path: str, code: str) -> None:
    lines = code.split("\n")
    assert ["".join(text for _, text in line) for line in tokens(lexer(path), lines)] == lines


@given(st.sampled_from(PATHS), CODE)
def test_colours_change_no_character(path: str, code: str) -> None:
    lines = dict(enumerate(code.split("\n"), 1))
    found = Highlighter().lines(lexer(path), [list(lines.items())])
    assert {number: "".join(part for _, part in pieces) for number, pieces in found.items()} == lines


@pytest.mark.parametrize("path", ["a.txt", "a.unknown", "LICENSE", ""])
def test_what_is_plain_text_has_no_lexer(path: str) -> None:
    assert lexer_of(path) is None


class Loses(RegexLexer):
    """Takes a tab for four blanks, and the end of its line away."""

    tokens: ClassVar = {"root": [(r"\t\n", lambda *_: iter([(0, Keyword, "    ")])), (r"x|\n", Keyword)]}


def test_a_lexer_that_changes_the_text_gives_no_colours_there() -> None:
    assert list(tokens(Loses(), ["x", "\t", "x"])) == [[(Keyword, "x"), (Keyword, "")], [(Text, "\t")], [(Text, "x")]]


def test_a_line_that_is_too_long_is_plain_and_those_around_it_are_not() -> None:
    lines = ["x = 1"] * 2_000 + ["y" * 2_001] + ["x = 1"] * 5_000
    plain = [at for at, line in enumerate(tokens(lexer("a.py"), lines)) if len(line) == 1]
    assert 2_000 in plain
    assert len(plain) <= 4_000


@given(st.lists(st.tuples(st.sampled_from(["", "k", "s"]), st.text("ab<& ", max_size=5))), st.data())
def test_marks_change_no_character(pieces: list[tuple[str, str]], data: st.DataObject) -> None:
    text = "".join(part for _, part in pieces)
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=6)))
    marks = list(zip(cuts[::2], cuts[1::2], strict=False))
    top = read(code_line(pieces, marks))
    assert top.text == text
    assert [mark.text for mark in top.all("mark")] == [text[start:end] for start, end in marks]


def test_colours_end_where_a_page_has_had_enough_of_them() -> None:
    colours = Highlighter(most=20)
    assert colours.lines(lexer("a.py"), [[(1, "x = 1")], [(2, "y = " + "1" * 40)], [(3, "z = 2")]]).keys() == {1, 3}


def test_what_is_long_is_read_in_parts_that_no_lexer_is_slow_on() -> None:
    """In one part these would take minutes."""
    hostile = [(number, "a " * 450) for number in range(1, 67)]
    assert len(Highlighter().lines(lexer("a.java"), [hostile])) == 66
