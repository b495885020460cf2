"""A refusal says which operation it was, what the file holds instead, and what to do."""

from __future__ import annotations

import pytest

from swe_agent.core.edit import Change, Create, Edit, Hunk, Kind, Replace, Write
from swe_agent.core.source import SyntaxFault, blob_id
from swe_agent.edits.apply import Applied, apply
from swe_agent.edits.lazy import is_lazy, left_out
from swe_agent.edits.refusal import Difference, Reason, Refused, Region, visible
from swe_agent.syntax.faults import new_faults

CART = """class Cart:
    def total(self):
        amount = sum(self.lines)
        return amount + self.discount

    def count(self):
        return len(self.lines)

    def tax(self):
        amount = sum(self.lines)
        return amount * self.rate
"""
BEFORE = CART.replace("self.discount", "self.rebate")


def hunk(text: str) -> Hunk:
    return Hunk(lines=tuple((Kind(line[0]), line[1:]) for line in text.removesuffix("\n").split("\n")))


def no_faults(path: str, before: str, after: str) -> tuple[SyntaxFault, ...]:
    return ()


def refused(*edits: Edit, older: tuple[tuple[str, str], ...] = ()) -> Refused:
    outcome = apply(edits, {"cart.py": CART, "bad.py": "def (:\n"}.get, new_faults, older=lambda path: older)
    assert isinstance(outcome, Refused)
    return outcome


def change(*hunks: str) -> Change:
    return Change(path="cart.py", hunks=tuple(map(hunk, hunks)))


FITS = "     def count(self):\n-        return len(self.lines)\n+        return 1\n"


def test_the_nearest_lines_are_shown_with_their_numbers_and_what_differs() -> None:
    found = refused(
        change("         amount = total(self.lines)\n-        return amount + self.rebate\n+        x\n", FITS)
    )
    assert found == Refused(
        reason=Reason.MISSING,
        path="cart.py",
        operation="hunk 1 of 2",
        said="the lines that it quotes do not stand in the file",
        do="read these lines again and quote them as they are",
        nearest=Region(line=3, lines=tuple(CART.split("\n")[2:5])),
        differences=(
            Difference(line=3, quoted="        amount = total(self.lines)", own="        amount = sum(self.lines)"),
            Difference(
                line=4, quoted="        return amount + self.rebate", own="        return amount + self.discount"
            ),
        ),
        blob=blob_id(CART.encode()),
    )
    assert (
        found.feedback
        == f"""cart.py, hunk 1 of 2: the lines that it quotes do not stand in the file
nearest are these lines of the file (git blob {blob_id(CART.encode())[:12]}):
    3          amount = sum(self.lines)
    4          return amount + self.discount
    5
line 3, quoted:         amount = total(self.lines)
   in the file:         amount = sum(self.lines)
line 4, quoted:         return amount + self.rebate
   in the file:         return amount + self.discount
read these lines again and quote them as they are"""
    )


def test_white_space_is_shown_character_by_character() -> None:
    text = "if a:\n\tb(1, 2)\nc\n"
    outcome = apply([Replace(path="f", old="if a:\n  b(1,\u00a02)\nd\n", new="x")], {"f": text}.get, no_faults)
    assert isinstance(outcome, Refused)
    assert "line 2, quoted: ··b(1,<U+00A0>2)\n   in the file: →b(1,·2)" in outcome.feedback
    assert "line 3, quoted: d\n   in the file: c" in outcome.feedback
    assert visible("a\u200b\r") == "a<U+200B>␍"


def test_every_place_of_an_ambiguous_edit_is_shown_with_what_stands_above() -> None:
    found = refused(change("         amount = sum(self.lines)\n+        assert amount\n"))
    assert (found.reason, found.said) == (
        "ambiguous",
        "the lines that it quotes stand in the file 2 times, at lines 3, 10",
    )
    assert [region.line for region in found.places] == [1, 8]
    assert "    2      def total(self):\n    3          amount" in found.details
    assert "    9      def tax(self):\n   10          amount" in found.details


def test_all_operations_that_do_not_fit_are_told_at_once() -> None:
    gone = "-        return nothing\n+        return 0\n"
    found = refused(change(gone, FITS, gone.replace("nothing", "none")), Create(path="bad.py", text="x\n"))
    assert [(one.operation, one.reason) for one in (found, *found.more)] == [
        ("hunk 1 of 3", "missing"), ("hunk 3 of 3", "missing"), ("", "exists"),
    ]  # fmt: skip
    assert found.feedback.count("do not stand in the file") == 2


def test_what_fits_an_earlier_version_is_called_stale() -> None:
    stale = change("         amount = sum(self.lines)\n-        return amount + self.rebate\n+        return amount\n")
    assert refused(stale).reason is Reason.MISSING
    found = refused(stale, older=(("two edits ago", CART.replace("total", "sum")), ("in commit 1", BEFORE)))
    assert (found.reason, found.said) == (
        "stale", "it fits the file as it was in commit 1, and the file has changed since",
    )  # fmt: skip
    text = Replace(path="cart.py", old="amount + self.rebate", new="amount")
    assert refused(text, older=(("before", BEFORE),)).reason is Reason.STALE


@pytest.mark.parametrize(
    "edit",
    [
        change("     def count(self):\n-        return length(self.lines)\n+        return len(self.lines)\n"),
        change("     def count(self):\n+        return len(self.lines)\n"),
        change("+    def count(self):\n         return len(self.lines)\n"),
        change("         amount = sum(self.lines)\n-\n         return amount * self.rate\n"),
        Replace(path="cart.py", old="return amount - self.discount", new="return amount + self.discount"),
        Replace(path="cart.py", old="class Cart:\n", new="class Cart:\n    def total(self):\n"),
        Create(path="cart.py", text=CART),
    ],
)
def test_what_is_there_already_is_called_so(edit: Edit) -> None:
    assert refused(edit).reason is Reason.APPLIED


def test_a_part_of_a_line_is_not_there_already() -> None:
    assert refused(Replace(path="cart.py", old="return amount+self.discount", new="return amount")).reason == "missing"


@pytest.mark.parametrize(
    "edit",
    [
        change("     def count(self):\n-        return len(self.lines)\n+        # ... existing code ...\n"),
        change("     def count(self):\n     # ... rest of the method ...\n-        return none\n+        return 1\n"),
        Replace(path="cart.py", old="return len(self.lines)", new="return 1\n        # ... same as before ..."),
        Create(path="new.py", text="x = 1\n# ... existing code ...\n"),
        Write(path="cart.py", text="class Cart:\n    # ... existing code unchanged ...\n"),
    ],
)
def test_code_that_is_left_out_is_refused(edit: Edit) -> None:
    found = refused(edit)
    assert found.reason is Reason.LAZY
    assert "stands for code that is left out" in found.summary


def test_a_placeholder_that_the_file_has_is_its_own() -> None:
    line = "# ... existing code ..."
    assert is_lazy(line)
    assert left_out([f"    {line}"], lambda: {line}) == ""
    text = f"def f():\n    {line}\n    pass\n"
    outcome = apply(
        [Replace(path="f.py", old=f"    {line}\n    pass", new=f"  {line}\n  return")], {"f.py": text}.get, no_faults
    )
    assert isinstance(outcome, Applied)


def test_a_syntax_error_is_shown_where_it_would_be() -> None:
    found = refused(change("     def count(self):\n-        return len(self.lines)\n+        return len(self.lines\n"))
    assert found.reason is Reason.SYNTAX
    assert "line 7" in found.said
    assert "    7          return len(self.lines\n" in found.feedback
