"""Colours and marks of single lines: they add markup, and change no character."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from swe_agent.syntax.language import languages
from swe_agent.ui.html_code import Highlighter, code_line
from ui.reading import read

CODE = st.text(st.sampled_from("abdefx01 \t\n\"'`#/*(){}[]<>&=+-\\.,:;$%é|"), max_size=60)


@given(st.sampled_from(sorted(languages())), CODE)
def test_colours_change_no_character(language: str, code: str) -> None:
    lines = code.split("\n")
    found = Highlighter().lines(language, [list(enumerate(lines, 1))])
    assert {number: "".join(part for _, part in pieces) for number, pieces in found.items()} in (
        {},
        dict(enumerate(lines, 1)),
    )


def test_most_languages_have_colours() -> None:
    known = {name for name in languages() if Highlighter().lines(name, [[(1, "x")]])}
    assert set(languages()) - known <= {"tsx"}  # older versions of Pygments do not know it


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
    assert colours.lines("python", [[(1, "x = 1")], [(2, "y = " + "1" * 40)], [(3, "z = 2")]]).keys() == {1, 3}


def test_what_is_long_is_read_in_parts_that_no_lexer_is_slow_on() -> None:
    """In one part these would take minutes."""
    hostile = [(number, "a " * 450) for number in range(1, 67)]
    assert len(Highlighter().lines("java", [hostile])) == 66
