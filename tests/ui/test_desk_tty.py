"""The desk on a full screen, worked by its keys over a table in memory."""

from __future__ import annotations

import asyncio
import re
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console
from tables import PROVED, MemoryTable, change_of

from sandbox.screen import safe_text
from swe_agent.core.decision import Accept, Amend, Decision, Defer, Reject
from swe_agent.core.diff import FileEntry, diff_file
from swe_agent.core.plan import Plan
from swe_agent.core.proposal import HazardNote
from swe_agent.desk.table import Table
from swe_agent.ui.desk_app import DeskApp
from swe_agent.ui.desk_dialogs import Companions, Edit, GoTo, Page
from swe_agent.ui.desk_lines import Lines
from swe_agent.ui.desk_status import HELP
from swe_agent.ui.desk_tty import FullScreenReviewer
from swe_agent.ui.desk_view import BlocksView, FilesView
from swe_agent.ui.plain import HELP as PLAIN_HELP
from swe_agent.ui.plain import PlainReviewer

CART = b"""def total(prices, discount=0):
    amount = sum(prices)
    return amount + amount * discount / 100


def count(prices):
    return len(prices)


def mean(prices):
    return total(prices) / count(prices)
"""
CART_NOW = b"""from shop.money import rounded
def total(prices, discount=0):
    amount = sum(prices)
    return rounded(amount - amount * discount / 100)


def count(prices):
    return len(prices)


def mean(prices):
    if not prices:
        return 0
    return total(prices) / count(prices)
"""
MONEY = b"def rounded(amount):\n    return round(amount, 2)\n"
BASE = {"shop/cart.py": CART, "README.md": b"# Shop\n"}
HEAD = {"shop/cart.py": CART_NOW, "README.md": b"# Shop\n\nTotals are rounded.\n", "shop/money.py": MONEY}
IMPORT, TOTAL, MEAN = (("shop/cart.py", place) for place in range(3))
README, ROUNDED = ("README.md", 0), ("shop/money.py", 0)
NEEDS = {TOTAL: [IMPORT], IMPORT: [ROUNDED]}


def no_editor(_path: Path) -> None:
    raise AssertionError("nobody asked for the editor")


class Desk:
    """The screen, with keys to press and what can be seen on it."""

    def __init__(
        self, app: DeskApp, press: Callable[..., Awaitable[None]], pause: Callable[..., Awaitable[None]]
    ) -> None:
        self.app, self.screen = app, app.desk
        self._press, self._pause = press, pause

    async def type(self, *keys: str) -> None:
        for key in keys:
            await self._press(key)
        # What a decision has to ask first is asked in a thread.
        asked = asyncio.wrap_future(self.screen.checks.ask(lambda: None)) if not self.app._exit else asyncio.sleep(0)
        await asyncio.wait([asyncio.ensure_future(asked)], timeout=0.3)
        await self._pause()

    async def until(self, what: Callable[[], object]) -> None:
        for _ in range(500):
            if what():
                return
            await self._pause(0.01)
        raise AssertionError(f"it did not happen; the screen shows:\n{self.text}")

    @property
    def text(self) -> str:
        return "\n".join(strip.text.rstrip() for strip in self.app.screen._compositor.render_strips())

    @property
    def status(self) -> str:
        rows = self.text.splitlines()
        first = next((at for at, row in enumerate(rows) if " open · " in row), 0)
        return " ".join(row.strip() for row in rows[first:-1])

    @property
    def here(self) -> tuple[str, int]:
        return self.screen.walk.block.path, self.screen.walk.place_in_file


Play = Callable[[Desk], Awaitable[None]]


def play(
    table: MemoryTable, what: Play, *, size: tuple[int, int] = (100, 40), edit: Callable[[Path], None] = no_editor
) -> None:
    async def run() -> None:
        app = DeskApp(table, edit)
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            await what(Desk(app, pilot.press, pilot.pause))
        app.desk.checks.wait()
        assert app.failure is None
        assert app.desk.checks.failure is None

    asyncio.run(run())


def decided(table: MemoryTable) -> dict[tuple[str, int], Decision]:
    found = {}
    for change in table.changes:
        for place, block in enumerate(change.blocks):
            if block.id in table.desk.decisions:
                found[change.path, place] = table.desk.decisions[block.id]
    return found


def keys(table: MemoryTable, *typed: str, size: tuple[int, int] = (100, 40)) -> str:
    """What can be seen after these keys."""
    seen: list[str] = []

    async def typing(desk: Desk) -> None:
        await desk.type(*typed)
        seen.append(desk.text)

    play(table, typing, size=size)
    return seen[0]


def shop(**options: object) -> MemoryTable:
    return MemoryTable(BASE, HEAD, **options)  # type: ignore[arg-type]  # the options of the table


# ---- deciding


def test_y_and_n_decide_and_go_on_to_the_next_open_block() -> None:
    table = shop()
    seen = keys(table, "y", "n", "w")
    assert decided(table) == {
        IMPORT: Accept(block=table.block(*IMPORT)), TOTAL: Reject(block=table.block(*TOTAL), reason="wrong"),
    }  # fmt: skip
    assert "3 open · 1 accepted · 1 rejected" in seen
    assert "▶ block 3 of 5: OPEN" in seen


def test_a_rejection_takes_one_key_for_a_reason() -> None:
    table = shop()
    reasons = {"w": "wrong", "s": "style", "c": "scope", "t": "tests", "d": "duplicate", "enter": ""}

    async def work(desk: Desk) -> None:
        for answer, reason in reasons.items():
            await desk.type("n", answer)
            assert decided(table) == {IMPORT: Reject(block=table.block(*IMPORT), reason=reason)}
            await desk.type("u")

    play(table, work)


def test_a_rejection_in_own_words_later_or_not_at_all() -> None:
    table = shop()
    keys(table, "n", "colon", *"no [b]!", "enter")
    assert decided(table) == {IMPORT: Reject(block=table.block(*IMPORT), reason="no [b]!")}
    table = shop()
    keys(table, "n", "l")
    assert decided(table) == {IMPORT: Defer(block=table.block(*IMPORT))}
    table = shop()
    keys(table, "n", "escape", "n", "colon", "x", "escape")
    assert decided(table) == {}


def test_a_and_d_take_what_is_open_behind_in_the_file() -> None:
    table = shop()
    keys(table, "j", "y", "k", "k", "a")
    assert {place: type(one) for place, one in decided(table).items()} == {IMPORT: Accept, TOTAL: Accept, MEAN: Accept}
    table = shop()
    keys(table, "y", "d", "s")
    assert decided(table) == {
        IMPORT: Accept(block=table.block(*IMPORT)),
        **{place: Reject(block=table.block(*place), reason="style") for place in (TOTAL, MEAN)},
    }


def test_capital_a_and_d_take_all_that_follows() -> None:
    table = shop()
    keys(table, "j", "A")
    assert {place: type(one) for place, one in decided(table).items()} == dict.fromkeys(
        (TOTAL, MEAN, README, ROUNDED), Accept
    )
    table = shop()
    seen = keys(table, "j", "y", "k", "k", "D", "c")
    assert decided(table) == {
        TOTAL: Accept(block=table.block(*TOTAL)),
        **{place: Reject(block=table.block(*place), reason="scope") for place in (IMPORT, MEAN, README, ROUNDED)},
    }
    assert "every block is decided" in seen
    table = shop()
    keys(table, "A", "u")
    assert {type(one) for one in decided(table).values()} == {Defer}


def test_s_leaves_a_block_open_and_goes_on() -> None:
    table = shop()
    keys(table, "s", "y")
    assert decided(table) == {
        IMPORT: Defer(block=table.block(*IMPORT)), TOTAL: Accept(block=table.block(*TOTAL)),
    }  # fmt: skip


def test_u_takes_back_the_last_decision_and_goes_there() -> None:
    table = shop(needs=NEEDS)

    async def work(desk: Desk) -> None:
        await desk.type("j", "y", "enter")
        assert {type(one) for one in decided(table).values()} == {Accept}
        await desk.type("u")
        assert decided(table) == {place: Defer(block=table.block(*place)) for place in (TOTAL, IMPORT, ROUNDED)}
        assert desk.here == TOTAL
        await desk.type("u")
        assert "nothing was decided in this sitting" in desk.status

    play(table, work)


def test_what_stood_before_comes_back() -> None:
    table = shop()
    keys(table, "y", "k", "n", "enter", "u")
    assert decided(table) == {IMPORT: Accept(block=table.block(*IMPORT))}


def test_companions_are_listed_and_taken_overruled_or_left() -> None:
    table = shop(needs=NEEDS)

    async def work(desk: Desk) -> None:
        await desk.type("j", "y")
        assert isinstance(desk.app.screen, Companions)
        assert "this needs 2 blocks more to be accepted" in desk.text
        assert "block 5  shop/money.py  open" in desk.text
        assert "defines what it uses" in desk.text
        await desk.type("escape")
        assert decided(table) == {}
        await desk.type("y", "o")
        assert decided(table) == {TOTAL: Accept(block=table.block(*TOTAL))}
        await desk.type("u", "y", "enter")

    play(table, work)
    total, imported, rounded = (table.block(*place) for place in (TOTAL, IMPORT, ROUNDED))
    assert decided(table) == {
        TOTAL: Accept(block=total),
        IMPORT: Accept(block=imported, companion_of=total),
        ROUNDED: Accept(block=rounded, companion_of=imported),
    }


def test_rejecting_what_accepted_blocks_need_offers_to_reject_them_too() -> None:
    table = shop(needs=NEEDS)

    async def work(desk: Desk) -> None:
        await desk.type("j", "y", "enter", "k", "K", "g", *"money", "enter")
        assert desk.here == ROUNDED
        await desk.type("n", "s")
        assert "2 blocks that are accepted cannot stay without this" in desk.text
        await desk.type("o")
        assert decided(table)[IMPORT] == Accept(block=table.block(*IMPORT), companion_of=table.block(*TOTAL))
        await desk.type("u", "n", "s", "enter")

    play(table, work)
    assert decided(table) == {
        place: Reject(block=table.block(*place), reason="style") for place in (IMPORT, TOTAL, ROUNDED)
    }


# ---- other lines


def editing(new: bytes, seen: list[bytes]) -> Callable[[Path], None]:
    def edit(path: Path) -> None:
        seen.append(path.read_bytes())
        assert path.name == "cart.py"
        path.write_bytes(new)

    return edit


def test_e_edits_the_added_lines_and_the_same_lines_back_decide_nothing() -> None:
    table, seen = shop(), list[bytes]()

    async def work(desk: Desk) -> None:
        await desk.type("j", "e")
        await desk.until(lambda: decided(table))

    play(table, work, edit=editing(b"    return round(amount, 2)\r\n\f", seen))
    assert decided(table) == {
        TOTAL: Amend(block=table.block(*TOTAL), lines=("    return round(amount, 2)\r\n", "\f"))
    }  # fmt: skip
    own = b"    return rounded(amount - amount * discount / 100)\n"
    again = shop()

    async def unchanged(desk: Desk) -> None:
        await desk.type("j", "e")
        assert "nothing was changed: not decided" in desk.status
        assert desk.here == TOTAL

    play(again, unchanged, edit=editing(own, seen))
    assert decided(again) == {}
    assert seen == [own, own]


def test_an_amended_block_is_shown_and_edited_again_as_it_is_now() -> None:
    table, seen = shop(), list[bytes]()

    async def work(desk: Desk) -> None:
        await desk.type("j", "e", "k")
        assert "return amount  # as it is" in desk.text
        assert "accepted, edited" in desk.text
        assert "rounded(amount - " not in desk.text
        await desk.type("e")

    play(table, work, edit=editing(b"    return amount  # as it is\n", seen))
    assert seen[1] == b"    return amount  # as it is\n"


def test_i_edits_in_place() -> None:
    table = shop()

    async def work(desk: Desk) -> None:
        await desk.type("i")
        assert isinstance(desk.app.screen, Edit)
        await desk.type("#", "space", "ctrl+s")
        assert desk.app.screen is desk.screen
        await desk.type("i", "x", "escape")

    play(table, work)
    assert decided(table) == {
        IMPORT: Amend(block=table.block(*IMPORT), lines=("# from shop.money import rounded\n",))
    }  # fmt: skip
    same = shop()
    keys(same, "i", "ctrl+s")
    assert decided(same) == {IMPORT: Accept(block=same.block(*IMPORT))}


def test_i_shows_crlf_text_without_its_crs_and_puts_them_back() -> None:
    old, new = b"name,price\r\nbread,3\r\n", b"name,price\r\nbread,4\r\nmilk,1\r\n"
    table = MemoryTable({"a.csv": old}, {"a.csv": new})
    keys(table, "i", "x", "enter", "ctrl+s")
    assert decided(table) == {
        ("a.csv", 0): Amend(block=table.block("a.csv"), lines=("x\r\n", "bread,4\r\n", "milk,1\r\n"))
    }
    assert table.tree() == {"a.csv": b"name,price\r\nx\r\nbread,4\r\nmilk,1\r\n"}
    keys(table, "k", "i", "delete", "y", "ctrl+s")
    assert table.tree() == {"a.csv": b"name,price\r\ny\r\nbread,4\r\nmilk,1\r\n"}
    mixed = MemoryTable({"a.csv": old}, {"a.csv": b"name,price\r\nbread,4\r\nmilk,1\n"})
    assert "e edits it in your editor" in keys(mixed, "i")


def test_i_leaves_what_it_could_not_show_to_the_editor() -> None:
    table = MemoryTable({"a.txt": b""}, {"a.txt": b"a\x1b[2Jb\r\n"})
    assert "e edits it in your editor" in keys(table, "i")
    assert decided(table) == {}


def test_l_takes_single_lines_and_keeps_their_order() -> None:
    table = MemoryTable({"a.py": b"a = 1\nb = 1\nz = 0\n"}, {"a.py": b"a = 2\nb = 2\nz = 0\n"})

    async def work(desk: Desk) -> None:
        await desk.type("l")
        assert isinstance(desk.app.screen, Lines)
        await desk.until(lambda: "[ ] -" in desk.text)
        await desk.type("enter")  # nothing is chosen: nothing happens
        await desk.type("space", "space")
        assert desk.text.count("[x]") == 2
        await desk.type("enter")

    play(table, work)
    assert decided(table) == {("a.py", 0): Amend(block=table.block("a.py"), lines=("a = 2\n", "b = 1\n"))}
    assert table.tree() == {"a.py": b"a = 2\nb = 1\nz = 0\n"}
    whole = MemoryTable({"a.py": b"a = 1\n"}, {"a.py": b"a = 2\nb = 2\n"})
    keys(whole, "l", "a", "k", "down", "enter")
    assert decided(whole) == {("a.py", 0): Accept(block=whole.block("a.py"))}


def test_blocks_that_are_no_lines_are_shown_by_their_note_and_not_edited() -> None:
    more = [
        change_of("run.sh", b"x\n", b"x\n", modes=("100644", "100755")),
        change_of("logo.png", b"\0a", b"\0bc"),
        diff_file("lib", FileEntry(mode="160000", id="1" * 40), FileEntry(mode="160000", id="2" * 40)),
        diff_file(
            "b.py", FileEntry(mode="100644", id="1" * 40), FileEntry(mode="100644", id="1" * 40), b"x\n", b"x\n", "a.py"
        ),
    ]
    table = MemoryTable({}, {}, more=more)

    async def work(desk: Desk) -> None:
        notes = []
        for key in ("e", "i", "l"):
            await desk.type(key)
            assert "this block is no text" in desk.status
        for _ in more:
            notes += [line for line in desk.text.splitlines() if "→" in line or "moved from" in line]
            await desk.type("y")
        assert "every block is decided: q leaves" in desk.status
        assert [
            any(what in note for note in notes) for what in ("mode 100644", "binary file", "submodule", "a.py")
        ] == [True] * 4

    play(table, work)
    assert {type(one) for one in decided(table).values()} == {Accept}


# ---- moving and looking


def test_moving_among_blocks_and_open_blocks() -> None:
    table = shop()

    async def work(desk: Desk) -> None:
        for key, at in (
            ("j", TOTAL),
            ("down", MEAN),
            ("k", TOTAL),
            ("up", IMPORT),
            ("y", TOTAL),
            ("J", MEAN),
            ("K", TOTAL),
            ("K", ROUNDED),
        ):
            await desk.type(key)
            assert desk.here == at
        await desk.type("j")
        assert "this is the last block" in desk.status

    play(table, work)


def test_g_goes_to_a_file_and_slash_searches() -> None:
    table = shop()

    async def work(desk: Desk) -> None:
        await desk.type("g")
        assert isinstance(desk.app.screen, GoTo)
        await desk.type("down", "down", "enter")
        assert desk.here == ROUNDED
        await desk.type("g", *"read", "enter")
        assert desk.here == README
        await desk.type("g", *"nowhere", "enter")
        assert desk.here == README
        await desk.type("g", "3")
        assert "block 3  shop/cart.py" in desk.text
        await desk.type("enter")
        assert desk.here == MEAN
        await desk.type("g", "9", "enter")
        assert desk.here == MEAN
        await desk.type("g", *"read", "enter")
        await desk.type("slash", *"ROUNDED", "enter")
        assert "no block holds `ROUNDED`" in desk.status
        await desk.type("slash", *"rounded(", "enter")
        assert desk.here == ROUNDED
        await desk.type("slash", "enter")
        assert desk.here == TOTAL

    play(table, work)


def test_c_says_something_of_a_block() -> None:
    table = shop()
    seen = keys(table, "c", *"why [so]?", "enter")
    assert table.comments == ((table.block(*IMPORT), "why [so]?"),)
    assert "comment: why [so]?" in seen


def test_help_and_evidence_are_pages() -> None:
    table = shop(hazards=[HazardNote(kind="new file", path="shop/money.py", detail="is not tested")])

    async def work(desk: Desk) -> None:
        await desk.type("question_mark")
        assert isinstance(desk.app.screen, Page)
        assert "take back what was decided last" in desk.text
        await desk.type("q", "x")
        assert "look twice: shop/money.py: new file is not tested" in desk.text
        await desk.type("escape")
        assert desk.app.screen is desk.screen
        await desk.type("g", *"money", "enter")
        assert "look twice: new file is not tested" in desk.text

    play(table, work)
    assert max(map(len, HELP.splitlines())) <= 74


def test_the_evidence_stands_above_and_in_full_where_there_is_room() -> None:
    assert "evidence: verified (1 fixed, 1 kept)" in keys(shop(), size=(80, 24))
    assert "tests/test_cart.py::test_total" in keys(shop(), size=(200, 60))
    assert PROVED.word == "verified"


def test_opening_again_starts_at_the_first_open_block() -> None:
    table = shop()
    keys(table, "y", "y")
    assert "▶ block 3 of 5: OPEN" in keys(table)


@pytest.mark.parametrize("key", ["q", "ctrl+c"])
def test_leaving(key: str) -> None:
    async def work(desk: Desk) -> None:
        await desk.type("y", key)
        assert not desk.app.is_running or desk.app._exit

    table = shop()
    play(table, work)
    assert len(decided(table)) == 1


@pytest.mark.parametrize("opened", ["n", "c", "g", "slash", "i", "l", "question_mark"])
def test_ctrl_c_leaves_from_within_a_dialog(opened: str) -> None:
    async def work(desk: Desk) -> None:
        await desk.type(opened)
        assert desk.app.screen is not desk.screen
        await desk.type("ctrl+c")
        assert desk.app._exit

    play(shop(), work)


def test_esc_with_a_key_right_behind_it_leaves_the_dialog_and_does_what_the_key_does() -> None:
    async def work(desk: Desk) -> None:
        for opened in ("n", "c", "g", "slash", "l", "question_mark"):
            await desk.type(opened, "alt+j")
            assert desk.app.screen is desk.screen
            assert desk.here == TOTAL
            await desk.type(opened, "alt+shift+j")
            assert desk.here == MEAN
            await desk.type("k", "k")
            assert desk.here == IMPORT

    table = shop()
    play(table, work)
    assert decided(table) == {}


def test_what_is_edited_on_the_spot_is_not_lost_by_an_alt() -> None:
    async def work(desk: Desk) -> None:
        await desk.type("i", "alt+j")
        assert isinstance(desk.app.screen, Edit)

    play(shop(), work)


def test_what_is_decided_elsewhere_is_seen_and_what_has_landed_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("swe_agent.ui.desk_looking.REFRESH_SECONDS", 0.05)
    table = shop()
    imported = table.block(*IMPORT)

    async def work(desk: Desk) -> None:
        await desk.type("n")
        accepted = table.desk.decide(Accept(block=imported)).decide(Accept(block=table.block(*MEAN)))
        table.others.append(replace(accepted, landed=frozenset([imported])))
        await desk.type("w")
        assert f"block {imported} has landed already" in desk.status
        assert "accepted and landed" in desk.text
        assert "3 open · 2 accepted · 0 rejected" in desk.status
        table.others.append(table.desk.decide(Reject(block=table.block(*README), reason="scope")))
        await desk.until(lambda: "2 open · 2 accepted · 1 rejected" in desk.status)

    play(table, work)
    assert set(decided(table)) == {IMPORT, MEAN, README}


# ---- the accepted subset


def waits(what: str, go: threading.Event) -> None:
    if what == "test":
        assert go.wait(20)


def test_the_status_tells_of_exactly_what_is_accepted() -> None:
    table, go = shop(needs=NEEDS), threading.Event()
    table.during = lambda _what: waits("test", go)

    async def work(desk: Desk) -> None:
        assert "nothing is accepted yet" in desk.status
        await desk.type("j", "y", "o")
        assert "being checked" in desk.status
        go.set()
        await desk.until(lambda: "are WRONG" in desk.status)
        assert "`rounded` is not defined" in desk.status
        await desk.type("u")
        assert "nothing is accepted yet" in desk.status
        await desk.type("y", "enter")
        await desk.until(lambda: "parse, no name is missing; tests have not run on them (t)" in desk.status)

    play(table, work)


def test_what_was_found_out_of_an_earlier_tree_is_not_told() -> None:
    table, go = shop(needs=NEEDS), threading.Event()
    table.during = lambda _what: waits("test", go)

    async def work(desk: Desk) -> None:
        await desk.type("j", "y", "o")
        await desk.until(lambda: "subset" in table.asked)
        await desk.screen.run_action("step(0)")
        desk.screen.walk.record(Defer(block=table.block(*TOTAL)), Accept(block=table.block(*README)))
        go.set()
        desk.screen.look_soon()
        await desk.until(lambda: "being checked" not in desk.status)
        assert "parse, no name is missing" in desk.status
        assert table.asked == ["subset", "subset"]

    play(table, work)


def test_t_tests_what_is_accepted() -> None:
    table, go = shop(), threading.Event()
    table.during = lambda what: waits(what, go)

    async def work(desk: Desk) -> None:
        await desk.type("t")
        assert "there is nothing to test" in desk.status
        await desk.type("y", "t")
        assert "tests are running" in desk.status
        await desk.type("t")
        assert "are running already" in desk.status
        go.set()
        await desk.until(lambda: "tests on them: verified (1 fixed, 1 kept)" in desk.status)
        await desk.type("y")
        await desk.until(lambda: "tests have not run on them" in desk.status)
        await desk.type("u")
        await desk.until(lambda: "tests on them: verified" in desk.status)

    play(table, work)


def ends_by_its_stop(table: MemoryTable, what: str) -> None:
    if what == "test":
        assert table.stop is not None
        assert table.stop.wait(20)


def test_esc_ends_a_run_of_the_tests() -> None:
    table = shop()
    table.during = lambda what: ends_by_its_stop(table, what)

    async def work(desk: Desk) -> None:
        await desk.type("escape", "y", "t")
        await desk.until(lambda: "tests are running … (Esc stops them)" in desk.status)
        await desk.type("escape")
        await desk.until(lambda: "the tests were stopped" in desk.status)
        assert "error" not in desk.status
        await desk.until(lambda: "tests have not run on them" in desk.status)
        table.during = lambda _what: None
        await desk.type("t")
        await desk.until(lambda: "tests on them: verified" in desk.status)

    play(table, work)


@pytest.mark.parametrize("key", ["q", "ctrl+c"])
def test_leaving_ends_a_run_of_the_tests(key: str) -> None:
    table = shop()
    table.during = lambda what: ends_by_its_stop(table, what)

    async def work(desk: Desk) -> None:
        await desk.type("y", "t")
        await desk.until(lambda: "test" in table.asked)
        await desk.type(key)
        assert not desk.screen.checks.testing  # nobody is told to wait

    begun = time.monotonic()
    play(table, work)
    assert time.monotonic() < begun + 10


def test_a_verdict_of_other_blocks_is_told_as_such() -> None:
    table, go = shop(), threading.Event()
    table.during = lambda what: waits(what, go)

    async def work(desk: Desk) -> None:
        await desk.type("y", "t")
        await desk.until(lambda: "test" in table.asked)
        await desk.type("y")
        go.set()
        await desk.until(lambda: "as they were when the tests began: verified" in desk.status)
        await desk.until(lambda: "tests have not run on them" in desk.status)

    play(table, work)


@pytest.mark.parametrize(
    ("method", "typed"),
    [
        ("decide", ["y"]),
        ("needs", ["y"]),
        ("needed_by", ["n", "w"]),
        ("comment", ["c", "x", "enter"]),
        ("test", ["y", "t"]),
    ],
)
def test_what_goes_wrong_is_told_in_the_status_line(method: str, typed: Sequence[str]) -> None:
    table = shop()
    table.broken[method] = "the disk is full\x1b[2J"

    async def work(desk: Desk) -> None:
        await desk.type(*typed)
        await desk.until(lambda: "error: the disk is full<U+001B>[2J (try again)" in desk.status)
        assert desk.app.screen is desk.screen

    play(table, work)


def test_blocks_are_shown_by_themselves_where_the_base_cannot_be_read() -> None:
    table = shop()
    table.broken["base"] = "git is gone"

    async def work(desk: Desk) -> None:
        assert "error: git is gone" in desk.status
        assert "+ from shop.money import rounded" in desk.text
        await desk.type("l", "space", "enter")

    play(table, work)
    assert decided(table) == {IMPORT: Accept(block=table.block(*IMPORT))}


def test_a_subset_that_cannot_be_checked_is_told() -> None:
    table = shop()
    table.broken["subset"] = "git is gone"

    async def work(desk: Desk) -> None:
        await desk.type("y")
        await desk.until(lambda: "cannot be checked: git is gone" in desk.status)

    play(table, work)


def test_an_editor_that_fails_changes_nothing() -> None:
    from swe_agent.core.errors import EnvironmentLacks

    def fails(_path: Path) -> None:
        raise EnvironmentLacks("the editor ended with status 1")

    async def work(desk: Desk) -> None:
        await desk.type("e")
        assert "the editor ended with status 1" in desk.status

    table = shop()
    play(table, work, edit=fails)
    assert decided(table) == {}


@pytest.mark.parametrize("method", ["decide", "subset"])
def test_a_bug_travels_to_whoever_opened_the_screen(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def bug(*_: object) -> None:
        raise ZeroDivisionError("a bug")

    table = shop()
    monkeypatch.setattr(table, method, bug)
    app = DeskApp(table, no_editor)

    async def run() -> None:
        async with app.run_test() as pilot:
            await pilot.press("y")
            await pilot.pause(1)

    if method == "decide":
        with pytest.raises(ZeroDivisionError):
            asyncio.run(run())
    else:
        asyncio.run(run())
    app.desk.checks.wait()
    assert isinstance(app.failure or app.desk.checks.failure, ZeroDivisionError)


# ---- the same in both modes


def named_in(text: str) -> set[str]:
    """The keys that a help explains: each stands by itself, or among others, with two spaces behind."""
    return {key for some in re.findall(r"(?:^| {2,})((?:\S )*\S)  (?=\S)", text, re.MULTILINE) for key in some.split()}


def test_a_key_of_the_table_in_the_documentation_is_in_both_helps() -> None:
    text = (Path(__file__).parents[2] / "docs/desk.md").read_text(encoding="utf-8")
    table = text.partition("\n| | |")[2].partition("\n\n")[0]
    documented = set(re.findall("`(.)`", table))
    assert documented == named_in(PLAIN_HELP)
    assert named_in(HELP) - documented == set("↓↑ivf")


@pytest.mark.parametrize(
    ("prompts", "screen"),
    [
        ("y\nn w\ns\ny", ["y", "n", "w", "s", "y"]),
        ("j\nA", ["j", "A"]),
        ("j\nD c", ["j", "D", "c"]),
        ("a\nn l", ["a", "n", "l"]),
        ("g 4\ny", ["g", "4", "enter", "y"]),
        ("g MONEY\nn", ["g", *"MONEY", "enter", "n", "enter"]),
        ("/rounded(\ny", ["slash", *"rounded(", "enter", "y"]),
        ("/TOTALS\ny", ["slash", *"TOTALS", "enter", "y"]),
        ("/totals are\n/\ny", ["slash", *"totals", "space", *"are", "enter", "slash", "enter", "y"]),
        ("y\nK\ny", ["y", "K", "y"]),
        ("n w\nJ\ny\nu", ["n", "w", "J", "y", "u"]),
        ("e\ny", ["e", "y"]),
    ],
)
def test_the_same_keys_decide_the_same(prompts: str, screen: list[str]) -> None:
    tables = shop(), shop()
    typed = iter([*prompts.split("\n"), "q"])
    PlainReviewer(Console(file=StringIO()), lambda _prompt: next(typed), lambda _path: None).review(tables[0])

    async def work(desk: Desk) -> None:
        await desk.type(*screen)

    play(tables[1], work, edit=lambda _path: None)
    assert decided(tables[0]) == decided(tables[1]) != {}


# ---- the screen


ALL_KEYS = [
    *"yneadADsjkJKgclutivfxq?/wo:", "enter", "escape", "space", "up", "down", "ctrl+s", "pagedown", "pageup", "tab", "X"
]  # fmt: skip


@settings(max_examples=3)
@given(st.lists(st.sampled_from([key for key in ALL_KEYS if key != "q"]), min_size=10, max_size=20))
def test_whatever_is_typed_no_key_breaks_it(typed: list[str]) -> None:
    table = shop(needs=NEEDS)

    async def work(desk: Desk) -> None:
        for key in typed:
            await desk._press(key)
        assert desk.app.is_running

    play(table, work, edit=lambda _path: None)
    table.tree()


def test_a_resize_changes_the_layout_and_loses_nothing() -> None:
    table = shop()

    async def run() -> None:
        app = DeskApp(table, no_editor)
        async with app.run_test(size=(200, 60)) as pilot:
            await pilot.pause()
            view, files = app.desk.query_one(BlocksView), app.desk.query_one(FilesView)
            await pilot.press("j")
            assert view.painter is not None
            assert view.painter.page.split
            assert files.display
            for size, split, listed in (
                ((80, 24), False, False),
                ((139, 30), False, True),
                ((140, 30), True, True),
                ((20, 8), False, False),
            ):
                await pilot.resize_terminal(*size)
                await pilot.pause(0.2)
                assert (view.painter.page.split, files.display) == (split, listed)
                assert app.desk.walk.at == 1
            await pilot.resize_terminal(100, 30)
            await pilot.pause(0.2)
            await pilot.press("v", "f")
            await pilot.pause(0.2)
            assert (view.painter.page.split, files.display) == (True, False)
            await pilot.press("y")
        app.desk.checks.wait()

    asyncio.run(run())
    assert len(decided(table)) == 1


HOSTILE = "\x1b[2Jx\x9b31m\u202eevil\u202c\u200b[bold]no[/]\x00\x07\ud800".encode("utf-8", "surrogatepass")


@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
def test_nothing_of_a_proposal_reaches_the_terminal_as_it_is(size: tuple[int, int]) -> None:
    nasty = "\x1b]0;x\x07\u202e[red]p\n.py"
    base, head = (
        {nasty: b"old\n", "b\x1b[2J.py": b""},
        {nasty: HOSTILE.replace(b"\0", b"") + b"\n", "b\x1b[2J.py": b"x = 1\n"},
    )
    hazards = [HazardNote(kind="ki\x1b[1mnd", path=nasty, detail="de\u202etail")]
    table = MemoryTable(
        base, head, hazards=hazards, task="fix \x1b[2J [bold]it[/]", needs={(nasty, 0): [("b\x1b[2J.py", 0)]}
    )

    async def work(desk: Desk) -> None:
        for typed in (
            ["c", "x", "enter"],
            ["g"],
            ["escape", "l"],
            ["escape", "x"],
            ["escape", "y"],
            ["o", "n", "w"],
            ["i"],
        ):
            await desk.type(*typed)
            shown = desk.text
            assert safe_text(shown) == shown
            assert "\t" not in shown
        await desk.type("escape", "k", "k")
        if size[0] < 100:
            assert "<U+001B>[2Jx<U+009B>31m<U+202E>evil<U+202C><U+200B>[bold]no[/]<U+0007>" in desk.text

    play(table, work, size=size)


def test_wide_characters_and_long_lines_are_wrapped_not_cut() -> None:
    long = "値" * 100 + "END\n"
    table = MemoryTable({"a.txt": b""}, {"a.txt": long.encode()})
    seen = keys(table, size=(80, 24))
    assert seen.count("値") == 100
    assert "END" in seen


def test_signs_and_words_tell_without_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    table = shop()

    async def work(desk: Desk) -> None:
        assert "- " in desk.text
        assert "+ " in desk.text
        assert desk.screen.underline

    play(table, work)


def test_a_plan_is_confirmed_by_the_other_reviewer_and_nothing_to_review_needs_no_screen() -> None:
    class Yes:
        def confirm_plan(self, plan: Plan) -> bool:
            return plan.summary == "do it"

        def confirm_landing(self, table: Table) -> bool:
            return table is nothing

    nothing = MemoryTable({}, {})
    reviewer = FullScreenReviewer(no_editor, Yes())
    assert reviewer.confirm_plan(Plan(summary="do it", steps=()))
    assert reviewer.confirm_landing(nothing)
    reviewer.review(nothing)
