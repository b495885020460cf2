"""What is usual in a project, and what an edit does to it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from swe_agent.repair.generate import all_candidates
from swe_agent.repair.naturalness import MOST, Words, naturalness

PROJECT = b"".join(b"def f%d(items):\n    return len(items)\n\n\n" % n for n in range(9))


def test_what_the_project_writes_elsewhere_is_a_gain() -> None:
    faulty = b"def k(items):\n    return len(item)\n"
    words = Words(faulty, naturalness([PROJECT, faulty]))
    at = faulty.index(b"item)")
    assert words.gain(at, at + 4, b"items") > 0.5
    assert words.gain(at, at + 4, b"unheard") < 0
    assert words.gain(at, at + 4, b"item") == 0


def test_words_that_grow_together_are_one() -> None:
    text = b"x = items\n"
    words = Words(text, naturalness([b"x += items\n" * 9, text]))
    assert words.gain(2, 2, b"+") > 1


def test_notes_and_indentation_say_nothing() -> None:
    text = b"if x:\n    y = 1  # a note\n"
    words = Words(text, naturalness([text]))
    note = text.index(b"#")
    assert words.gain(note, len(text) - 1, b"# another one") == 0
    assert words.gain(6, 10, b"        ") == 0


def test_the_likelier_of_two_edits_costs_less() -> None:
    source = "def f(rows, row):\n    return len(rows[0])\n\n\ndef g(rows, row):\n    return len(row[0])\n"
    other = "".join(f"def f{n}(rows):\n    return len(rows[0])\n\n\n" for n in range(9))
    place = source.index("row[0]", 60)
    edits = {
        name: [c for c in all_candidates(sources) if (c.path, c.start, c.replacement) == ("m.py", place, "rows")]
        for name, sources in (("alone", {"m.py": source}), ("among others", {"m.py": source, "n.py": other}))
    }
    assert [len(found) for found in edits.values()] == [1, 1]
    assert edits["among others"][0].cost < edits["alone"][0].cost


@given(st.binary(max_size=60), st.integers(0, 60), st.integers(0, 60), st.binary(max_size=9))
def test_any_edit_of_any_bytes_has_a_gain(data: bytes, one: int, two: int, text: bytes) -> None:
    start, end = sorted((min(one, len(data)), min(two, len(data))))
    words = Words(data, naturalness([data]))
    assert -MOST <= words.gain(start, end, text) <= MOST
