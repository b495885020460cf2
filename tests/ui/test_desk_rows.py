"""Laws of what the full screen shows: nothing is lost, nothing lies beyond the edge, single lines splice well."""

from __future__ import annotations

import time
from dataclasses import replace

from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len

from sandbox.screen import safe_text
from swe_agent.core.diff import Block, FileEntry, diff_file, join_lines, splice, split_lines
from swe_agent.desk.lines import LineOf, in_order, picked
from swe_agent.desk.words import changed_words, pairs
from swe_agent.ui.desk_paint import Colours, Painter
from swe_agent.ui.desk_rows import CONTEXT, marked, page_of, shown, wrapped

ENTRY = FileEntry(mode="100644", id="1" * 40)
LINES = st.lists(
    st.sampled_from(["a = 1\n", "a = 2\n", "b\n", "\tc \n", "値段\n", "\n", "x\x1b\r\n", "d" * 90 + "\n"]), max_size=9
)
TEXTS = st.builds(lambda lines, end: "".join(lines) + end, LINES, st.sampled_from(["", "end"]))


def change(base: str, head: str, path: str = "a.py") -> tuple[Block, ...]:
    return diff_file(path, ENTRY, ENTRY, base.encode(), head.encode()).blocks


@given(TEXTS, TEXTS, st.data())
def test_all_lines_are_the_block_and_none_are_the_base(base: str, head: str, data: st.DataObject) -> None:
    for block in change(base, head):
        lines = in_order(block)
        assert picked(block, set(lines)) == block.added
        assert picked(block, set()) == block.removed
        chosen = data.draw(st.sets(st.sampled_from(lines)))
        some = picked(block, chosen)
        kept = [block.removed[one.at] for one in lines if one.sign == "-" and one not in chosen]
        come = [block.added[one.at] for one in lines if one.sign == "+" and one in chosen]
        assert len(some) == len(kept) + len(come)
        assert _within(kept, some)
        assert _within(come, some)
        assert split_lines(join_lines(some)) == some


def _within(few: list[str], many: tuple[str, ...]) -> bool:
    """In this order among the others; ends aside."""
    rest = iter(line.removesuffix("\n") for line in many)
    return all(line.removesuffix("\n") in rest for line in few)


@given(TEXTS, TEXTS)
def test_taking_some_lines_leaves_the_rest_of_the_file_alone(base: str, head: str) -> None:
    whole = diff_file("a.py", ENTRY, ENTRY, base.encode(), head.encode())
    for block in whole.blocks:
        none = splice(whole, base.encode(), head.encode(), {block.id: picked(block, set())})
        assert none is not None
        assert none.data == base.encode()


def test_what_belongs_together_stays_side_by_side() -> None:
    block = change("a = 1\nb = 1\n", "a = 2\nb = 2\n")[0]
    assert picked(block, {LineOf("-", 0), LineOf("+", 0)}) == ("a = 2\n", "b = 1\n")


@given(LINES, LINES)
def test_pairs_are_in_order(removed: list[str], added: list[str]) -> None:
    found = pairs(removed, added)
    assert sorted(found) == list(found)
    assert len({i for i, _ in found}) == len({j for _, j in found}) == len(found)


def test_a_line_has_its_partner_wherever_it_stands() -> None:
    assert pairs(["return min(total, cost)"], ["entirely(new)", "return min(total, price)"]) == ((0, 1),)
    assert pairs(["f(a)", "x"], ["g(b)", "y"]) == ((0, 0), (1, 1)), "nothing is alike, but as many come as go"
    assert pairs(["call(a)"], ["take(b)", "give(c)"]) == (), "signs alone are no likeness"


def test_a_large_block_is_paired_from_its_ends() -> None:
    removed = [f"line {n} of many" for n in range(900)]
    added = [*removed[:400], "entirely(new)", *removed[400:]]
    assert pairs(removed, added)[398:402] == ((398, 398), (399, 399), (400, 401), (401, 402))


def test_lines_cost_little_whatever_is_in_them() -> None:
    begun = time.process_time()
    long, many = "a " * 500_000, [f"{n} = {n}" for n in range(3_000)]
    assert pairs([long], [long]) == ((0, 0),)
    assert changed_words(long, long + "b") == ((), ())
    assert len(pairs(many, many[::-1])) == 3_000
    assert changed_words("a b " * 49, "b a " * 49) != ((), ())
    assert time.process_time() - begun < 5


LINE = st.lists(st.sampled_from(["total", "price", "tax", " ", "  ", "(", ")", ",", "+"]), max_size=12).map("".join)


@given(LINE, LINE)
@example("total total", "total( (total")
def test_changed_words_are_all_that_differs(old: str, new: str) -> None:
    ours, theirs = changed_words(old, new)
    if ours or theirs:
        # White space between two words that differ is marked with them, on the side that has both.
        assert "".join(_without(old, ours).split()) == "".join(_without(new, theirs).split())


def test_words_that_differ() -> None:
    assert marked_words("return amount + tax", "return amount - tax") == (["+"], ["-"])
    assert marked_words("f(a, b)", "f(a, b, c d)") == ([], [", c d"])
    assert marked_words("return price(total)", "x") == ([], [])


def marked_words(old: str, new: str) -> tuple[list[str], list[str]]:
    ours, theirs = changed_words(old, new)
    return [old[a:b] for a, b in ours], [new[a:b] for a, b in theirs]


def _without(text: str, spans: tuple[tuple[int, int], ...]) -> str:
    return "".join(c for at, c in enumerate(text) if not any(a <= at < b for a, b in spans))


@given(st.text(max_size=200), st.integers(2, 50))
def test_wrapping_loses_nothing_and_keeps_to_the_width(text: str, width: int) -> None:
    text = shown(text)
    pieces = wrapped(text, width)
    assert "".join(text[a:b] for a, b in pieces) == text
    assert all(cell_len(text[a:b]) <= width for a, b in pieces)


@given(st.text(max_size=80))
def test_a_shown_line_is_safe_and_one_line(text: str) -> None:
    line = split_lines(text.encode("utf-8", "surrogatepass"))[:1]
    for one in line:
        assert safe_text(shown(one)) == shown(one)
        assert not set("\n\t\r") & set(shown(one))
        assert len(marked(one)) == len(shown(one))
        assert safe_text(marked(one)) == marked(one)


@given(TEXTS, TEXTS, st.sampled_from([30, 79, 160]), st.booleans(), st.booleans())
def test_a_page_shows_each_changed_line_once_and_in_its_width(
    base: str, head: str, width: int, split: bool, single: bool
) -> None:
    blocks, lines = change(base, head), split_lines(base.encode())
    page = page_of(blocks, lines, {}, width=width, split=split, single=single)
    assert len(page.heads) == len(blocks)
    colours = Colours("a.py", page.base), Colours("a.py", page.head)
    painter = Painter(page, *colours, underline=False)
    for number, block in enumerate(blocks):
        seen: dict[str, list[str]] = {"-": [], "+": [], " ": []}
        for row in page.rows[slice(*page.span(number))]:
            drawn = painter.draw(row, width, here=True, head="block", mark="")
            assert drawn.cell_length == width
            for cell in (row.left, row.right):
                if cell is not None and (cell.sign != " " or cell is row.left):
                    text = (page.base if cell.side == "base" else page.head)[cell.line][slice(*cell.piece)]
                    assert cell.sign == " " or marked(page.raw[cell.side][cell.line])[slice(*cell.piece)] in drawn.text
                    if cell.first:
                        seen[cell.sign].append(text)
                    else:
                        seen[cell.sign][-1] += text
        assert seen["-"] == list(map(shown, block.removed))
        assert seen["+"] == list(map(shown, block.added))
        assert len(seen[" "]) <= 2 * CONTEXT


def test_a_block_is_shown_without_context_where_the_base_is_gone() -> None:
    blocks = change("a\nb\nc\n", "a\nB\nc\n")
    page = page_of(blocks, (), {}, width=80, split=False)
    assert [(row.left.sign, row.left.number) for row in page.rows if row.left] == [("-", 2), ("+", 2)]


def test_colours_come_as_far_as_they_are_asked_for() -> None:
    lines = [f"def function_{n}(a): return 'x'" for n in range(3_000)]
    colours = Colours("a.py", lines)
    assert not colours.read(2_900, most=200)
    assert colours.of(0)
    assert not colours.of(2_900)
    while not colours.read(2_900):
        pass
    assert colours.of(2_900)
    assert not Colours("unknown.nothing", lines).of(0)
    assert not Colours("long.py", ["x = " + "1" * 10_000]).of(0)


def test_colours_are_not_slow_on_a_text_that_is_hard_to_read() -> None:
    begun = time.process_time()
    colours = Colours("a.java", ["a " * 900] * 30)
    while not colours.read(29):
        pass
    assert time.process_time() - begun < 30  # as one text it takes minutes


def test_an_amended_block_of_other_length_moves_the_head() -> None:
    blocks = change("a\nb\nc\nd\ne\nf\ng\nh\ni\n", "A\nb\nc\nd\ne\nf\ng\nh\nI\n")
    longer = (replace(blocks[0], added=("A\n", "AA\n")), blocks[1])
    page = page_of(longer, split_lines(b"a\nb\nc\nd\ne\nf\ng\nh\ni\n"), {}, width=80, split=False)
    assert [page.head[row.left.line] for row in page.rows if row.left and row.left.sign == "+"] == ["A", "AA", "I"]
