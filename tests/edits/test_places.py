"""A hunk stands in one place of a file, exactly or by a labelled match, or nowhere."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swe_agent.core.edit import Hunk, Kind, Replace
from swe_agent.core.source import SyntaxFault
from swe_agent.edits.apply import Applied, apply
from swe_agent.edits.lines import Lines, Splice, written
from swe_agent.edits.places import Match, Nowhere, Place, hunk_between, locate
from swe_agent.edits.refusal import Refused

SHOP = """import math


class Cart:
    def total(self):
        amount = sum(self.lines)
        return amount

    def count(self):
        return len(self.lines)


class Basket:
    def total(self):
        amount = sum(self.items)
        return amount
"""
TABS = "func total() int {\n\tif empty {\n\t\treturn 0\n\t}\n\treturn sum()\n}\n"


def hunk(text: str, **more: object) -> Hunk:
    """From lines as a diff has them."""
    return Hunk(lines=tuple((Kind(line[:1] or " "), line[1:]) for line in text.split("\n")), **more)  # type: ignore[arg-type]


def spliced(text: str, splices: Sequence[Splice]) -> str:
    return written(text, [Lines.of(text).span(splice) for splice in splices])


def after(text: str, diff: str, **more: object) -> tuple[str, tuple[Match, ...]] | list[int]:
    """The text after a hunk and what was overlooked, or the lines where it might have been meant."""
    place = locate(Lines.of(text).texts, hunk(diff, **more))
    return list(place.lines) if isinstance(place, Nowhere) else (spliced(text, place.splices), place.overlooked)


@pytest.mark.parametrize(
    ("text", "diff", "old", "new", "overlooked"),
    [
        (SHOP, " import math\n+import re", "math\n", "math\nimport re\n", ()),
        (SHOP, "-import math", "import math\n", "", ()),
        (SHOP, " import math  \n+import re", "math\n", "math\nimport re\n", (Match.TRAILING,)),
        (SHOP, " import math \n+import re ", "math\n", "math\nimport re\n", (Match.TRAILING,)),
        ("x = 'a'\n", "-x = \u2018a\u2019\n+x = 'b'", "'a'", "'b'", (Match.PUNCTUATION,)),
        # The file's own lines are kept: only what comes is taken from the hunk.
        ("x = 'a'  \ny\n", " x = \u2018a\u2019\n+z\n y", "y\n", "z\ny\n", (Match.PUNCTUATION,)),
        # One indentation more or less, for all lines alike.
        (SHOP, " def count(self):\n-    return len(self.lines)\n+    return 1\n+    # one", "return len(self.lines)",
         "return 1\n        # one", (Match.INDENTATION,)),
        (SHOP, "           def count(self):\n-              return len(self.lines)\n+              return 1",
         "return len(self.lines)", "return 1", (Match.INDENTATION,)),
        (TABS, "     if empty {\n-        return 0\n+        return 1\n+        // one", "return 0",
         "return 1\n\t\t// one", (Match.INDENTATION,)),
        (TABS, "   if empty {\n-    return 0\n+    return 1", "return 0", "return 1", (Match.INDENTATION,)),
        (SHOP, " \tdef count(self):\n-\t\treturn len(self.lines)\n+\t\treturn 1", "return len(self.lines)", "return 1",
         (Match.INDENTATION,)),
        # One line of context: misquoted, missing, invented.
        (SHOP, "     def counted(self):\n-        return len(self.lines)\n+        return 1\n \n \n class Basket:",
         "return len(self.lines)", "return 1", (Match.CONTEXT,)),
        (SHOP, " class Cart:\n         amount = sum(self.lines)\n-        return amount\n+        return 1",
         "lines)\n        return amount", "lines)\n        return 1", (Match.CONTEXT,)),
        (SHOP, " class Cart:\n     # +\n     def total(self):\n-        amount = sum(self.lines)\n+        amount = 1",
         "sum(self.lines)\n", "1\n", (Match.CONTEXT,)),
        (SHOP, " class Cart:\n   # Adds up.\n   def total(self):\n-      amount = sum(self.lines)\n+      amount = 1",
         "", "", None),
        (SHOP, " class Carts:\n     def total(self):  \n-        amount = sum(self.lines)\n+        amount = 1",
         "sum(self.lines)\n", "1\n", (Match.TRAILING, Match.CONTEXT)),
    ],
)  # fmt: skip
def test_where_a_hunk_stands(text: str, diff: str, old: str, new: str, overlooked: tuple[Match, ...] | None) -> None:
    expected = (text.replace(old, new), overlooked) if overlooked is not None else []
    assert overlooked is None or text.count(old) == 1
    assert after(text, diff) == expected


@pytest.mark.parametrize(
    ("text", "diff", "lines"),
    [
        (SHOP, "     def total(self):\n+        # adds", [5, 14]),
        (SHOP, "-        return amount", [7, 16]),
        (SHOP, "-    return amount", [7, 16]),  # by its indentation it is twice there
        (SHOP, "-        return sums", []),
        (SHOP, " \n+x", []),  # a blank line is no place
        ("a {\n}\n", " }\n+x", []),  # nor is a bracket
        (SHOP, "+x", []),
        (SHOP, "-import maths\n+import re", []),  # a line that goes must be there
        (SHOP, "     def counted(self):\n+        pass", []),  # what comes must touch a line that is there
        (SHOP, "     def count(self):\n-        return len(self.line)\n+        return 1\n \n \n class Basket:", []),
        # The line that was left out may belong above what comes, or below it.
        (SHOP, " class Cart:\n+    kind = 1\n         amount = sum(self.lines)\n         return amount", [4]),
        # Half of it one step further in, half two.
        (SHOP, " def count(self):\n-  return len(self.lines)\n+  return 1", []),
        (TABS, "-  return 0\n+  return 1\n+      x", [3]),
        (SHOP, " import math\n+\tx = 1", [1]),  # a tab in a file of spaces
    ],
)
def test_where_it_does_not(text: str, diff: str, lines: list[int]) -> None:
    assert after(text, diff) == lines


def test_a_line_number_confirms_one_of_several_and_nothing_else() -> None:
    diff = "     def total(self):\n+        # adds"
    at_14 = after(SHOP, diff, line=14)
    assert isinstance(at_14, tuple)
    assert at_14[0].index("# adds") > at_14[0].index("class Basket")
    assert after(SHOP, diff, line=13) == [5, 14]
    assert after(SHOP, "-        return nothing", line=7) == []
    assert after(SHOP, "-    return amount", line=7) == [7, 16]  # not where something had to be overlooked


def test_a_line_further_up_says_below_which_it_stands() -> None:
    diff = "     def total(self):\n+        # adds"
    below = after(SHOP, diff, under=("class Basket:",))
    assert isinstance(below, tuple)
    assert below[0].index("# adds") > below[0].index("class Basket")
    assert after(SHOP, diff, under=("class Cart:",)) == [5, 14]
    assert after(SHOP, diff, under=("class Nobody:",)) == [5, 14]


@pytest.mark.parametrize(
    ("text", "splices", "expected"),
    [
        ("a\r\nb\nc", [Splice(1, 1, ("x", "y"))], "a\r\nx\ny\nc"),
        ("a\r\nb\nc", [Splice(0, 1, ("x", "y"))], "x\r\ny\r\nb\nc"),
        ("a\r\nb", [Splice(2, 0, ("c",))], "a\r\nb\r\nc"),
        ("a\nb", [Splice(1, 1, ())], "a\n"),
        ("a\nb", [Splice(1, 1, ("x", "y"))], "a\nx\ny"),
        ("a", [Splice(0, 0, ("x",))], "x\na"),
        ("", [Splice(0, 0, ("x",))], "x\n"),
        ("\ufeffa\n", [Splice(0, 1, ("x",))], "\ufeffx\n"),
        ("a\n", [Splice(0, 1, ())], ""),
        ("a\rb\nc\n", [Splice(0, 1, ("x",))], "x\nc\n"),
    ],
)
def test_ends_of_lines(text: str, splices: Sequence[Splice], expected: str) -> None:
    assert spliced(text, splices) == expected


def test_the_end_of_the_file_is_as_it_was_unless_it_is_said() -> None:
    assert Lines.of("a\nb").ended("x\nb", final_newline=True) == "x\nb\n"
    assert Lines.of("a\r\nb").ended("a\r\nx", final_newline=True) == "a\r\nx\r\n"
    assert Lines.of("a\r\nb\r\n").ended("a\r\nb\r\n", final_newline=False) == "a\r\nb"
    assert Lines.of("a").ended("", final_newline=True) == ""


lines_ = st.lists(st.sampled_from(["", "a", "b", "    a", "\tb", "c d", "c  d", "}"]), max_size=9)


@given(st.text("ab\r\n\ufeff", max_size=20))
def test_lines_are_the_text(text: str) -> None:
    lines = Lines.of(text)
    assert lines.bom + "".join(map("".join, zip(lines.texts, lines.ends, strict=True))) == text


@given(lines_, st.data())
def test_what_a_hunk_quotes_is_replaced_or_nothing_is(texts: list[str], data: st.DataObject) -> None:
    """Whatever it looks like: lines that go are those of the file, and all others of the file stay."""
    kinds = st.tuples(st.sampled_from(list(Kind)), st.sampled_from([*texts, "a", " a", "c d"]))
    place = locate(texts, Hunk(lines=tuple(data.draw(st.lists(kinds, min_size=1, max_size=6)))))
    if isinstance(place, Place):
        assert all(0 <= splice.start <= splice.end <= len(texts) for splice in place.splices)
        ends = [place.splices[at].end <= place.splices[at + 1].start for at in range(len(place.splices) - 1)]
        assert all(ends)


@given(lines_.filter(bool), st.data(), lines_)
def test_an_exact_piece_is_replaced_by_another(texts: list[str], data: st.DataObject, new: list[str]) -> None:
    at = data.draw(st.integers(0, len(texts) - 1))
    old = texts[at : at + data.draw(st.integers(1, 3))]
    quoted, wanted = ("".join(f"{line}\n" for line in lines) for lines in (old, new))
    place = locate(texts, hunk_between(quoted, wanted))
    windows = [n for n in range(len(texts)) if texts[n : n + len(old)] == old]
    if isinstance(place, Place) and not place.overlooked and len(windows) == 1:
        text = "".join(f"{line}\n" for line in texts)
        edited = spliced(text, place.splices)
        assert edited == "".join(f"{line}\n" for line in [*texts[:at], *new, *texts[at + len(old) :]])


def no_faults(path: str, before: str, after: str) -> tuple[SyntaxFault, ...]:
    return ()


def test_a_replacement_says_what_was_overlooked() -> None:
    edit = Replace(
        path="a.py", old="def count(self):\n    return len(self.lines)", new="def count(self):\n    return 1"
    )
    outcome = apply([edit], {"a.py": SHOP}.get, no_faults)
    text = SHOP.replace("len(self.lines)", "1")
    assert outcome == Applied(files={"a.py": text}, overlooked={"a.py": (Match.INDENTATION,)})
    twice = apply([Replace(path="a.py", old="    return  amount ", new="    return 1")], {"a.py": SHOP}.get, no_faults)
    assert isinstance(twice, Refused)
    assert twice.reason == "missing"
    alike = apply([Replace(path="a.py", old="\treturn amount", new="\treturn 1")], {"a.py": SHOP}.get, no_faults)
    assert isinstance(alike, Refused)
    assert (alike.reason, "at lines 7, 16 if indentation is overlooked" in alike.feedback) == ("ambiguous", True)


TWICE = """def pad(
    size: int | None,
    data: bytes,
) -> bytes:
    return data


def unpad(
    size: int,
    data: bytes,
) -> bytes:
    return data
"""


@pytest.mark.parametrize(
    ("text", "diff"),
    [
        # Another place fits as well but for the line that goes: the hunk is of a file that looked different.
        (TWICE, " def pad(\n-    size: int,\n+    size: str,\n     data: bytes,\n ) -> bytes:"),
        # A line that stays, and is not there, right beside a change: its mark may have been forgotten.
        ("a = 1\nb = 2\nc = 3\n", " a = 1\n-b = 2\n b = 4\n c = 3"),
        ("a = 1\nb = 2\nc = 3\n", " a = 1\n b = 1.5\n-b = 2\n c = 3"),
        # Brackets and blank lines alone are no place, where the only line that says something is wrong.
        ("f(\n)\n\n}\n", " g(\n )\n \n-}\n+};"),
        # Which blank line goes is not sure beside a line that was left out.
        ("a = 1\nb = 2\n}\n\nc = 3\n", " a = 1\n b = 2\n-\n"),
    ],
)
def test_what_may_mean_something_else_is_refused(text: str, diff: str) -> None:
    assert isinstance(locate(Lines.of(text).texts, hunk(diff)), Nowhere)


def test_a_reply_that_counts_its_lines_tells_an_invented_one_from_a_forgotten_mark() -> None:
    text, diff = "a = 1\nb = 2\nc = 3\n", " a = 1\n-b = 2\n+b = 4\n # new\n c = 3"
    assert isinstance(locate(Lines.of(text).texts, hunk(diff)), Nowhere)
    assert isinstance(locate(Lines.of(text).texts, hunk(diff, sizes=(4, 4))), Nowhere)
    assert after(text, diff, sizes=(3, 3)) == (text.replace("2", "4"), (Match.CONTEXT,))


def test_tabs_come_into_a_file_of_spaces_where_its_own_lines_are_quoted() -> None:
    text = "def f():\n    a()\n    b()\n" * 2 + "def g():\n    c()\n"
    assert after(text, "     c()\n+\td()") == (f"{text}\td()\n", ())
    assert isinstance(locate(Lines.of(text).texts, hunk(" def g():\n+\td()")), Nowhere)
