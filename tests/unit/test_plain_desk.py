"""The desk in plain prompts: every key, by what is decided in the end and what is said."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from tables import MemoryTable, change_of

from swe_agent.core.decision import Accept, Amend, Decision, Defer, Reject
from swe_agent.core.diff import FileEntry as Entry
from swe_agent.core.diff import diff_file
from swe_agent.core.proposal import HazardNote
from swe_agent.desk.lines import LineOf, ended_as, numbers_of, picked, removed_first, without_returns
from swe_agent.ui.plain import HELP, PlainReviewer

CART = "".join(f"line {n}\n" for n in range(30)).encode()
NEW = CART.replace(b"line 3\n", b"three\n").replace(b"line 15\n", b"fifteen\nand more\n").replace(b"line 27\n", b"")


def table(**more: object) -> MemoryTable:
    """Three blocks of one file, one of another."""
    return MemoryTable({"cart.txt": CART, "tax.txt": b"20\n"}, {"cart.txt": NEW, "tax.txt": b"21\n"}, **more)  # type: ignore[arg-type]


def sit(at: MemoryTable, typed: str, edit: Callable[[Path], None] = lambda _path: None) -> str:
    """What was shown while these lines were typed."""
    lines = iter(typed.split("\n"))
    out = StringIO()

    def read_line(prompt: str) -> str:
        out.write(prompt)
        try:
            return next(lines)
        except StopIteration:
            raise EOFError from None

    PlainReviewer(Console(file=out, width=200, highlight=False, markup=False), read_line, edit).review(at)
    return out.getvalue()


def words(at: MemoryTable) -> str:
    """The decisions in order, by their first letters; - is open."""
    names: dict[type[Decision], str] = {Accept: "A", Reject: "R", Amend: "M", Defer: "D"}
    decisions = at.desk.decisions
    return "".join(names[type(decisions[b.id])] if b.id in decisions else "-" for b in at.desk.proposal.blocks)


@pytest.mark.parametrize(
    ("typed", "decided"),
    [
        ("", "----"),
        ("q", "----"),
        ("y", "A---"),
        ("y\nn\ns\ny", "ARDA"),
        ("a\nn", "AAAR"),
        ("d\ny", "RRRA"),
        ("n\nA", "RAAA"),
        ("y\nD scope", "ARRR"),
        ("y\nu\nn", "R---"),
        ("a\nu", "DDD-"),
        ("y\ng 1\nn\nu\nq", "A---"),
        ("y\ng 1\nd\nu\nu\nq", "DDD-"),
        ("a\nu\nn\nn\nn\nn", "RRRR"),
        ("j\ny", "-A--"),
        ("j\nk\ny", "A---"),
        ("g 4\ny", "---A"),
        ("g 9\ny", "A---"),
        ("/fifteen\nn", "-R--"),
        ("/nowhere\ny", "A---"),
        ("/tax.txt\ny", "---A"),
        ("/FIFTEEN\ny", "A---"),
        ("/line\n/\ny", "--A-"),
        ("/\ny", "A---"),
        ("g TAX\ny", "---A"),
        ("y\ng 4\ng cart\nn", "AR--"),
        ("g 9\ng nowhere\ng\ny", "A---"),
        ("n\nJ\ny", "R-A-"),
        ("n\nK\ny", "R--A"),
        ("J\nK\ny", "A---"),
        ("a\nu\nJ\ny\nq", "DAD-"),
        ("n l\ny", "DA--"),
        ("u\ny", "A---"),
        ("?\nwhat\n\ny", "A---"),
        ("s\ns\ns\ns", "DDDD"),
        ("YES\nNo", "AR--"),
    ],
)
def test_what_each_key_decides(typed: str, decided: str) -> None:
    at = table()
    sit(at, typed)
    assert words(at) == decided


@pytest.mark.parametrize(
    ("typed", "reason"),
    [("n", ""), ("n w", "wrong"), ("n s", "style"), ("n c", "scope"), ("n t", "tests"), ("n d", "duplicate"),
     ("n two words", "two words")],
)  # fmt: skip
def test_a_reason_is_one_letter_or_words(typed: str, reason: str) -> None:
    at = table()
    sit(at, typed)
    assert list(at.desk.decisions.values()) == [Reject(block=at.block("cart.txt"), reason=reason)]


def test_some_lines_of_a_block() -> None:
    at = table()
    said = sit(at, "g 2\nl\nl 9\nl 1,2")
    assert "   1 - line 15" in said
    assert "   3 + and more" in said
    assert at.desk.decisions[at.block("cart.txt", 1)] == Amend(block=at.block("cart.txt", 1), lines=("fifteen\n",))
    at = table()
    sit(at, "g 2\nl 1-3")
    assert words(at) == "-A--"


def test_an_edit_in_the_editor() -> None:
    at = table()
    sit(at, "e\ne\ny", lambda path: path.write_bytes(path.read_bytes().replace(b"three", b"III")) and None)
    assert words(at) == "MA--"
    assert at.desk.decisions[at.block("cart.txt")] == Amend(block=at.block("cart.txt"), lines=("III\n",))


def test_what_was_edited_is_shown_and_edited_further() -> None:
    at = table()
    seen = []

    def edit(path: Path) -> None:
        seen.append(path.read_bytes())
        path.write_bytes(path.read_bytes() + b"more\n")

    said = sit(at, "e\nk\ne\nn\nu\ng 1\nq", edit)
    assert seen == [b"three\n", b"three\nmore\n"]
    assert at.desk.decisions[at.block("cart.txt")] == Amend(
        block=at.block("cart.txt"), lines=("three\n", "more\n", "more\n")
    )
    assert said.count(" + more\n") == 3


@pytest.mark.parametrize(
    ("needs", "answer", "lands"),
    [(False, "", True), (False, "y", True), (False, "n", False), (False, "what", False), (False, None, False),
     (True, "", False), (True, "y", True), (True, None, False)],
)  # fmt: skip
def test_whether_to_land_is_asked_and_enter_is_yes_where_nothing_is_known_to_be_wrong(
    needs: bool, answer: str | None, lands: bool
) -> None:
    at = table(needs={("cart.txt", 0): [("tax.txt", 0)]} if needs else {})
    sit(at, "y\no\nq" if needs else "y\nq")
    console = Console(record=True, width=100)
    asked = []

    def read_line(prompt: str) -> str:
        asked.append(prompt)
        if answer is None:
            raise EOFError
        return answer

    assert PlainReviewer(console, read_line, lambda path: None).confirm_landing(at) is lands
    assert asked == [f"land 1 accepted block now? [{'y/N' if needs else 'Y/n'}] "]
    assert ("`rounded` is not defined" in console.export_text()) is needs


def test_what_was_edited_stays_so_when_it_is_accepted_again() -> None:
    at = table()
    sit(at, "e\ng 1\ny\ng 1\na", lambda path: path.write_bytes(b"mine\n") and None)
    assert words(at)[0] == "M"
    assert at.desk.decisions[at.block("cart.txt")] == Amend(block=at.block("cart.txt"), lines=("mine\n",))


def test_a_block_that_is_no_text_is_taken_or_not() -> None:
    whole = change_of("logo.png", b"\x00a", b"\x00b")
    at = table(more=[whole])
    said = sit(at, "g 5\ne\nl\nl 1\ny")
    assert said.count("this block is no text: it can only be accepted or rejected") == 3
    assert words(at) == "----A"


def test_what_a_block_needs_is_offered() -> None:
    needs = {("cart.txt", 0): [("tax.txt", 0)]}
    at = table(needs=needs)
    said = sit(at, "y\nwhat\ny")
    assert "it needs block 4 (open): defines what it uses" in said
    assert words(at) == "A--A"
    assert at.desk.decisions[at.block("tax.txt")] == Accept(
        block=at.block("tax.txt"), companion_of=at.block("cart.txt")
    )
    at = table(needs=needs)
    sit(at, "y\no")
    assert words(at) == "A---"
    at = table(needs=needs)
    sit(at, "y\nb\nn")
    assert words(at) == "R---"


def test_what_needs_a_block_goes_with_it() -> None:
    at = table(needs={("cart.txt", 0): [("tax.txt", 0)]})
    said = sit(at, "y\no\ng 4\nn w\ny")
    assert "it is needed by block 1 (accepted): uses what this defines" in said
    assert words(at) == "R--R"
    at = table(needs={("cart.txt", 0): [("tax.txt", 0)]})
    sit(at, "y\no\ng 4\nn w\no")
    assert words(at) == "A--R"


def test_the_other_blocks_are_listed_as_they_are_decided_now() -> None:
    needs = {("cart.txt", 0): [("cart.txt", 1), ("cart.txt", 2), ("tax.txt", 0)]}
    at = table(needs=needs)
    said = sit(at, "g 2\ns\ng 4\nn w\ng 1\ny\nb\nq")
    assert re.findall("it needs .*", said) == [
        "it needs block 2 (deferred): defines what it uses",
        "it needs block 3 (open): defines what it uses",
        "it needs block 4 (rejected: wrong): defines what it uses",
    ]
    assert words(at) == "-D-R"
    at = table(needs={("tax.txt", 0): [("cart.txt", 0)]})
    said = sit(at, "g 4\ne\no\ng 1\nn\nb\nq", lambda path: path.write_bytes(b"7\n") and None)
    assert "it is needed by block 4 (accepted, edited): uses what this defines" in said


def test_an_edit_that_changes_nothing_decides_nothing() -> None:
    at = table()
    said = sit(at, "e\nq")
    assert "nothing was changed: not decided" in said
    assert words(at) == "----"
    edits = iter([b"mine\n", b"mine\n", b"three\n"])
    sit(at, "e\ng 1\ne\nq", lambda path: path.write_bytes(next(edits)) and None)
    assert words(at) == "M---"
    sit(at, "g 1\ne\nq", lambda path: path.write_bytes(next(edits)) and None)
    assert words(at) == "A---"  # its own lines again


def test_what_landed_meanwhile_is_seen_and_refused() -> None:
    at = table()
    done = at.desk.decide(Accept(block=at.block("cart.txt")))
    at.others.append(replace(done, landed=frozenset([at.block("cart.txt")])))
    said = sit(at, "n\nj\ny\nq")
    assert f"block {at.block('cart.txt')} has landed already; take it back with `swe-agent undo`" in said
    assert "block 2 of 4, 3 open" in said
    assert words(at) == "AA--"


def test_the_evidence_is_told() -> None:
    at = table(hazards=[HazardNote(kind="new file", path="tax.txt", detail="is not tested")])
    said = sit(at, "x\nq")
    assert "evidence: verified" in said
    assert "look twice: tax.txt: new file is not tested" in said


def test_comments_and_tests_answer_no_question() -> None:
    at = table()
    said = sit(at, "c\nc why three?\nt\nk\nj\nk\nq")
    assert at.comments == ((at.block("cart.txt"), "why three?"),)
    assert "the comment follows on the same line" in said
    assert "comment: why three?" in said
    assert "nothing is accepted yet: there is nothing to test" in said
    assert words(at) == "----"
    said = sit(at, "y\nt\nq")
    assert "running the tests on what is accepted\nevidence: verified" in said
    assert words(at) == "A---"


def test_help_fits_a_small_terminal() -> None:
    assert max(map(len, HELP.splitlines())) <= 80


def test_the_state_of_what_is_accepted_is_told() -> None:
    at = table(needs={("cart.txt", 0): [("tax.txt", 0)]})
    said = sit(at, "y\no\nx\nt\nx\nq")
    assert said.count("in the accepted blocks alone, cart.txt:1: `rounded` is not defined") == 2
    assert "no test has run on them alone" in said
    assert "1 of 4 blocks accepted, 3 open" in said
    said = sit(table(), "x\ny\nq")
    assert "they parse, and name nothing that is not there" in said
    assert "alone, " not in said


def test_what_goes_wrong_is_said_and_asked_again() -> None:
    at = table()
    at.broken["needs"] = "the box is gone"
    said = sit(at, "y\nq")
    assert "the box is gone; try again" in said
    assert words(at) == "----"


def test_a_second_sitting_begins_with_what_is_open() -> None:
    at = table()
    sit(at, "y\ns")
    said = sit(at, "y")
    assert "block 2 of 4, 3 open" in said
    assert words(at) == "AA--"


lines_ = st.lists(st.sampled_from(["a\n", "b\n", "c\n", "d\n"]), max_size=4).map("".join)


@given(lines_, lines_, st.data())
def test_each_line_of_a_block_has_a_number(old: str, new: str, data: st.DataObject) -> None:
    change = diff_file("a", Entry(mode="100644", id="1"), Entry(mode="100644", id="2"), old.encode(), new.encode())
    for block in change.blocks:
        if block.kind != "lines":
            continue
        last = len(block.removed) + len(block.added)
        assert len(removed_first(block)) == last
        wanted = data.draw(st.sets(st.integers(1, last)))
        assert numbers_of(",".join(map(str, sorted(wanted))), last) == wanted


def test_a_line_without_an_end_gets_one_where_another_follows() -> None:
    (block,) = diff_file("a", Entry(mode="100644", id="1"), Entry(mode="100644", id="2"), b"one", b"two\n").blocks
    assert picked(block, {LineOf("+", 0)}) == ("one\n", "two\n")
    assert picked(block, ()) == ("one",)


@pytest.mark.parametrize(
    ("old", "new", "written", "ended"),
    [
        (b"a\r\n", b"b\r\n", ("c\n", "d\r\n", "e"), ("c\r\n", "d\r\n", "e")),
        (b"a\r\n", b"", ("c\n",), ("c\r\n",)),
        (b"a\n", b"b\r\n", ("c\n",), ("c\r\n",)),
        (b"a\r\n", b"b\n", ("c\n",), ("c\n",)),
        (b"a\r\n", b"b\r\nc\n", ("c\n",), ("c\n",)),
        (b"a\r\n", b"b\r\nc", ("c\n", "d"), ("c\r\n", "d")),
        (b"a", b"b", ("c\n",), ("c\n",)),
    ],
)
def test_lines_that_are_written_for_a_block_end_as_its_own(
    old: bytes, new: bytes, written: tuple[str, ...], ended: tuple[str, ...]
) -> None:
    (block,) = diff_file("a", Entry(mode="100644", id="1"), Entry(mode="100644", id="2"), old, new).blocks
    assert ended_as(block, written) == ended


any_ends = st.lists(st.sampled_from(["a\n", "b\r\n", "c\r\r\n", "\r\n", "\n"]), max_size=4)


@given(any_ends, any_ends, any_ends)
def test_what_is_shown_without_returns_gets_them_back(old: list[str], new: list[str], now: list[str]) -> None:
    sides = ["".join(one).encode() for one in (old, new)]
    change = diff_file("a", Entry(mode="100644", id="1"), Entry(mode="100644", id="2"), *sides)
    for block in change.blocks:
        shown = without_returns(block, now)
        assert shown == tuple(now) or ended_as(block, shown) == tuple(now)
        if all(line.replace("\r\r", "").endswith("\r\n") for line in (*block.added, *block.removed, *now)):
            assert shown == tuple(line[:-2] + "\n" for line in now)
