"""A whole review by keyboard on a real terminal: in both modes, on a small screen and on a large one, with the same
decisions on disk and the same bytes in the user's tree at the end."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from program import BUG, SHOP, TIER, Program, shop
from tmux import Pane, missing

from swe_agent.testing.repository import RepoBuilder
from swe_agent.ui.desk_dialogs import Dialog, Edit, GoTo, Page, Question
from swe_agent.ui.desk_lines import Lines
from swe_agent.ui.desk_status import HELP, KEYS, KEYS_NARROW
from swe_agent.ui.plain import HELP as PLAIN_HELP

# On CI there has to be one; elsewhere tmux may be missing, and nobody can be made to install it.
pytestmark = pytest.mark.skipif(bool(missing()), reason=missing())

CART = SHOP["shop/cart.py"]
PLAN = "# Plan\n\nTo round, to discount, to sell.\n"
MONEY = '"""Money."""\n\n\ndef rounded(amount):\n    return round(amount, 2)\n'
BASE = {
    "CHANGES.md": "# Changes\n",
    "docs/guide.md": "# Guide\n\nPrices are numbers.\n",
    "docs/draft.md": PLAN,
    "data/prices.csv": b"name,price\r\nbread,3\r\nmilk,1\r\n",
    "data/banner.txt": "Welcome!\n",
    "mine.txt": "as committed\n",
    "staged.txt": "as committed\n",
}
ODD = "Welcome\x1b]0;owned\x07\x1b[2J \u202etxt.exe\u202c!\n"
"""It would rename the terminal, clear it, and turn its own words round."""
ODD_SHOWN = "Welcome<U+001B>]0;owned<U+0007><U+001B>[2J <U+202E>txt.exe<U+202C>!"
IMPORT, ROUNDED = "from shop.money import rounded\n", "return rounded(amount - amount * discount / 100)"
HEAD = {
    "shop/cart.py": CART.replace('cart."""\n', f'cart."""\n\n{IMPORT}').replace(BUG, ROUNDED),
    "shop/money.py": MONEY,
    "shop/extra.py": "UNUSED = 1\n",
    "CHANGES.md": "# Changes\n\n- discounts count\n- a new logo\n- sums are rounded\n",
    "docs/guide.md": "# Guide\n\nPrices are numbers, in euros.\n",
    "docs/draft.md": None,
    "docs/done.md": PLAN,
    "data/prices.csv": b"name,price\r\nbread,4\r\nmilk,1\r\n",
    "data/banner.txt": ODD,
}
BLOCKS = (
    "data/banner.txt", "shop/money.py", "shop/cart.py", "shop/cart.py", "shop/cart.py", "shop/extra.py",
    "CHANGES.md", "data/prices.csv", "docs/guide.md", "docs/done.md",
)  # fmt: skip
"""Where the blocks lie, in the order of review: what is flagged first, then definitions before uses."""
REMARK = "which euros?"
FIRST = [
    {"type": "Accept", "block": 5, "companion_of": 0},
    {"type": "Accept", "block": 2, "companion_of": 3},
    {"type": "Accept", "block": 3, "companion_of": 5},
    {"type": "Reject", "block": 6, "reason": "scope"},
    {"type": "comment", "block": 9, "text": REMARK},
    {"type": "Defer", "block": 9},
    {"type": "Reject", "block": 1, "reason": "wrong"},
    {"type": "Defer", "block": 1},  # taken back
    {"type": "Accept", "block": 1, "companion_of": 0},
    {"type": "Reject", "block": 4, "reason": "style"},
]
SECOND = [
    {"type": "Amend", "block": 7, "lines": ["\n", "- discounts count\n", "- sums are rounded\n"]},
    {"type": "Amend", "block": 8, "lines": ["bread,5\r\n"]},
    {"type": "Accept", "block": 10, "companion_of": 0},
]
"""What is decided in the two sittings, with the numbers of the blocks; 0 is none."""
MINE = {"mine.txt": "mine\n", "staged.txt": "mine, staged\n"}
LANDED = {
    **MINE,
    "shop/cart.py": CART.replace("\n\ndef total", f"\n{IMPORT}\ndef total").replace(BUG, ROUNDED),
    "shop/money.py": MONEY,
    "shop/extra.py": None,
    "CHANGES.md": "# Changes\n\n- discounts count\n- sums are rounded\n",
    "docs/guide.md": BASE["docs/guide.md"],
    "docs/draft.md": None,
    "docs/done.md": PLAN,
    "data/prices.csv": b"name,price\r\nbread,5\r\nmilk,1\r\n",
    "data/banner.txt": ODD,
}
"""The user's files in the end; None is no file."""
BEFORE = {name: {**SHOP, **BASE, **MINE}.get(name) for name in LANDED}
FULL = os.environ.get("HYPOTHESIS_PROFILE") == "full"
SIZES = [(80, 24), (200, 60)]


@dataclass(frozen=True, kw_only=True)
class Market:
    """The shop with a branch `topic`, and a user on `main` who has something staged and something not."""

    repo: RepoBuilder
    editor: Path
    folder: Path

    @contextmanager
    def desk(self, *args: str, size: tuple[int, int]) -> Iterator[Pane]:
        command = Program(self.repo.path).command("desk", *args, "--sandbox", TIER)
        env = {"VISUAL": str(self.editor)}
        with Pane(command, cwd=self.repo.path, size=size, folder=self.folder, env=env) as pane:
            yield pane
        assert re.findall("\x1b]0;|owned\x07|\u202e".encode(), pane.drawn) == []


@pytest.fixture
def market(tmp_path: Path) -> Market:
    repo = shop(tmp_path / "shop", BASE)
    repo.branch("topic").commit("Round what is to pay", HEAD)
    repo.checkout("main")
    repo.write(MINE).stage("staged.txt")
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\nprintf "%s: Enter saves" "$1"\nread -r key\nsed -i s/4/5/ "$1"\n')
    editor.chmod(0o755)
    return Market(repo=repo, editor=editor, folder=tmp_path / "pane")


def in_the_journal(market: Market) -> list[dict[str, Any]]:
    """All decisions in their order, with the numbers of the blocks instead of their ids."""
    job = Program(market.repo.path).run("show", "--json").object
    ids = {change["path"]: [block["id"] for block in change["blocks"]] for change in job["proposal"]["changes"]}
    numbers = {"": 0} | {ids[path].pop(0): number for number, path in enumerate(BLOCKS, 1)}
    assert not any(ids.values())
    found = []
    for event in job["journal"]:
        if event["type"] == "BlockDecided":
            decision = event["decision"]
            found.append(
                decision | {key: numbers[decision[key]] for key in ("block", "companion_of") if key in decision}
            )
        elif event["type"] == "BlockCommented":
            found.append({"type": "comment", "block": numbers[event["block"]], "text": event["text"]})
    return found


def tree(market: Market) -> dict[str, str | bytes | None]:
    """The files that `LANDED` names, as it has them."""
    found: dict[str, str | bytes | None] = {}
    for name, content in LANDED.items():
        path = market.repo.path / name
        read = path.read_bytes() if path.exists() else None
        found[name] = read if read is None or isinstance(content, bytes) else read.decode()
    return found


# ---- plain prompts


class Prompts:
    """One question, one answer a line."""

    QUESTION = re.compile(r"(?:accept this block\?|too\?) \[[^]]*\]|Enter saves")

    def __init__(self, pane: Pane) -> None:
        self.pane = pane
        self._asked = 0
        self.begun = self._next()

    def answer(self, typed: str) -> str:
        """What was said then, up to the next question."""
        self.pane.type(typed)
        self.pane.press("Enter")
        return self._next()

    def leave(self) -> None:
        self.pane.type("q")
        self.pane.press("Enter")

    def _next(self) -> str:
        text = self.pane.until_text(lambda text: len(self.QUESTION.findall(text)) > self._asked)
        self._asked += 1
        return self.QUESTION.split(text)[self._asked - 1]


def first_by_prompts(pane: Pane, other: tuple[int, int]) -> None:
    at = Prompts(pane)
    said = at.answer("?")
    assert [line for line in PLAIN_HELP.splitlines() if line not in said.splitlines()] == []
    assert "block 2 of 10, 10 open  shop/money.py" in at.answer("j")
    assert ODD_SHOWN in at.answer("k")
    assert "there is no such block" in at.answer("g 99")
    assert "block 5 of 10, 10 open  shop/cart.py" in at.answer("/amount - amount")
    said = at.answer("y")
    assert "it needs block 2 (open): defines `rounded`" in said
    assert "it needs block 3 (open): imports `rounded`" in said
    assert "block 6 of 10, 7 open  shop/extra.py" in at.answer("y")
    assert "block 7 of 10, 6 open  CHANGES.md" in at.answer("n c")
    assert "block 9 of 10, 6 open  docs/guide.md" in at.answer("g 9")
    at.answer(f"c {REMARK}")
    assert "block 10 of 10, 6 open" in at.answer("s")
    assert "block 1 of 10, 6 open" in at.answer("g 1")
    assert "block 4 of 10, 5 open" in at.answer("n w")
    said = at.answer("u")
    assert "block 1 of 10, 6 open" in said
    assert "so far: deferred" in said
    assert "block 4 of 10, 5 open" in at.answer("y")
    pane.type("n sty")
    pane.until("] n sty")
    pane.resize(*other)
    pane.until("] n sty")
    assert "block 7 of 10, 4 open" in at.answer("le")
    at.leave()


def second_by_prompts(pane: Pane, other: tuple[int, int]) -> None:
    at = Prompts(pane)
    assert "block 7 of 10, 4 open" in at.begun
    assert "   3 + - a new logo" in at.answer("l")
    assert "block 8 of 10, 3 open  data/prices.csv" in at.answer("l 1,2,4")
    assert "/prices.csv: " in at.answer("e")
    said = at.answer("")
    assert "block 9 of 10, 2 open  docs/guide.md" in said
    assert "so far: deferred" in said
    assert f"comment: {REMARK}" in said
    pane.resize(*other)
    assert "  moved from docs/draft.md" in at.answer("j")
    assert "block 9 of 10, 1 open" in at.answer("y")
    assert "7 of 10 blocks accepted, 1 open" in at.answer("x")
    said = at.answer("t")
    assert "evidence: verified" in said
    assert "fixed  1  tests/test_cart.py::test_discount" in said
    at.leave()


# ---- the full screen


def first_on_the_screen(pane: Pane, other: tuple[int, int]) -> None:
    pane.until(lambda seen: ODD_SHOWN in seen and "q leave" in seen)
    pane.press("?")
    pane.until("y  accept this block")
    pane.press("Escape")
    pane.until("▶ block 1 of 10: OPEN")
    pane.press("j")
    pane.until("▶ block 2 of 10: OPEN")
    pane.press("k")
    pane.until("▶ block 1 of 10: OPEN")
    go_to(pane, "done", 10)
    pane.press("j")
    pane.until("this is the last block")
    pane.press("/")
    pane.until("search in the blocks")
    pane.type("amount - amount")
    pane.press("Enter")
    pane.until("▶ block 5 of 10: OPEN")
    pane.press("y")
    said = pane.until("Enter accept these too")
    assert "this needs 2 blocks more to be accepted" in said
    assert "block 2  shop/money.py  open" in said
    assert "block 3  shop/cart.py  open" in said
    pane.press("Enter")
    pane.until("▶ block 6 of 10: OPEN")
    pane.until("7 open · 3 accepted · 0 rejected")
    pane.press("n")
    pane.until("reject 1 block: why?")
    pane.press("c")
    pane.until("6 open · 3 accepted · 1 rejected")
    go_to(pane, "guide", 9)
    pane.press("c")
    pane.until("comment on this block")
    pane.type(REMARK[:4])
    pane.until(REMARK[:4])
    pane.resize(*other)
    pane.until(lambda seen: REMARK[:4] in seen and max(map(len, seen.splitlines())) == other[0])
    pane.type(REMARK[4:])
    pane.press("Enter")
    pane.until(f"comment: {REMARK}")
    pane.press("s")
    pane.until("▶ block 10 of 10: OPEN")
    go_to(pane, "banner", 1)
    pane.press("n", "w")
    pane.until("5 open · 3 accepted · 2 rejected")
    pane.press("u")
    pane.until("taken back: the decision")
    pane.until("▶ block 1 of 10: deferred")
    pane.press("y")
    pane.until("▶ block 4 of 10: OPEN")
    pane.press("n", "s")
    pane.until("4 open · 4 accepted · 2 rejected")
    pane.until("accepted blocks parse, no name is missing; tests have not run on them (t)")
    pane.press("q")


def second_on_the_screen(pane: Pane, other: tuple[int, int]) -> None:
    pane.until(lambda seen: "▶ block 7 of 10: OPEN" in seen and "q leave" in seen)
    pane.until("4 open · 4 accepted · 2 rejected")
    pane.press("l")
    pane.until("[ ] + - a new logo")
    pane.press("Space", "Space", "Down", "Space")
    said = pane.until("[x] + - sums are rounded")
    assert "[ ] + - a new logo" in said
    pane.press("Enter")
    pane.until("▶ block 8 of 10: OPEN")
    pane.press("e")
    pane.until("/prices.csv: Enter saves")
    pane.press("Enter")
    pane.until("▶ block 9 of 10: deferred")
    pane.until(f"comment: {REMARK}")
    pane.press("j")
    pane.until("▶ block 10 of 10: OPEN")
    pane.until("docs/done.md  moved from docs/draft.md")
    pane.press("y")
    pane.until("1 open · 7 accepted · 2 rejected")
    go_to(pane, "prices", 8)
    pane.until("block 8 of 10: accepted, edited")
    pane.until("bread,5<CR>")
    pane.resize(*other)
    pane.until(lambda seen: "bread,5<CR>" in seen and "q leave" in seen.splitlines()[other[1] - 1])
    pane.press("t")
    pane.until(re.compile(r"tests on them:\s+verified\s+\(1\s+fixed").search)
    pane.press("q")


def go_to(pane: Pane, file: str, block: int) -> None:
    pane.press("g")
    pane.until("go to a file")
    pane.type(file)
    pane.press("Enter")
    pane.until(f"▶ block {block} of 10: ")


WALKS = {"--plain": (first_by_prompts, second_by_prompts), "screen": (first_on_the_screen, second_on_the_screen)}


@pytest.mark.parametrize(
    ("mode", "size"),
    [(mode, size) for mode in WALKS for size in SIZES] if FULL else [*zip(WALKS, SIZES, strict=True)],
    ids=str,
)
def test_a_review_in_two_sittings(market: Market, mode: str, size: tuple[int, int]) -> None:
    repo, program = market.repo, Program(market.repo.path)
    index = repo.git("ls-files", "--stage")
    assert tree(market) == BEFORE
    first, second = WALKS[mode]
    options = [option for option in (mode,) if option.startswith("--")]
    other = (97, 31) if size[0] > 97 else (150, 40)

    with market.desk("main..topic", "--no-land", "--test", "python3 -m pytest -q", *options, size=size) as pane:
        first(pane, other)
        assert b"txt.exe" in pane.drawn
        assert pane.status() == 1
        assert "4 blocks are left open; go on with `swe-agent desk " in pane.text
    assert in_the_journal(market) == FIRST
    assert tree(market) == BEFORE

    with market.desk(*options, size=size) as pane:
        second(pane, other)
        pane.until("accepted blocks now? [Y/n]")
        pane.press("y", "Enter")
        assert pane.status() == 1
        said = " ".join(pane.text.split())
    assert "evidence: verified" in said
    (landed,) = re.findall(r"landed: ((?:\S+, )*\S+)", said)
    assert set(landed.split(", ")) == {name for name in LANDED if LANDED[name] != BEFORE[name]}
    assert "take it back with `swe-agent undo`" in said
    assert "1 block is left open; go on with `swe-agent desk " in said
    assert in_the_journal(market) == [*FIRST, *SECOND]
    assert tree(market) == LANDED
    assert repo.git("ls-files", "--stage") == index
    (job,) = program.run("list", "--json").object["jobs"]
    assert (job["state"], job["open_blocks"], len(job["landings"])) == ("1 of 10 blocks open", 1, 1)
    assert program.run("undo").code == 0
    assert tree(market) == BEFORE


@pytest.mark.parametrize("mode", ["screen", "--plain"])
def test_a_patch_from_a_pipe_leaves_the_keyboard_to_the_desk(market: Market, mode: str) -> None:
    desk = Program(market.repo.path).command("desk", "-", *([mode] if mode == "--plain" else []), "--sandbox", TIER)
    command = ["sh", "-c", f"git diff --binary main topic | {shlex.join(desk)}"]
    enter = ["Enter"] if mode == "--plain" else []
    first, second = ("block 1 of", "block 2 of") if enter else ("▶ block 1 of", "▶ block 2 of")
    with Pane(command, cwd=market.repo.path, size=(80, 24), folder=market.folder, env={}) as pane:
        pane.until(first)
        pane.press("j", *enter)
        pane.until(second)
        pane.press("q", *enter)
        assert pane.status() == 1
    assert tree(market) == BEFORE


# ---- nothing is cut off


def words(screen: str) -> str:
    """What stands in the box on the screen, or on all of it, as one line: what is wrapped is not cut off."""
    rows = screen.splitlines()
    top = next((row for row in rows if "╭" in row), "")
    if top:
        rows = [row[top.index("╭") + 1 : top.index("╮")] for row in rows if "│" in row]
    return told(" ".join(rows))


def told(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("columns", [60, 80, len(KEYS) + 2] if FULL else [60])
def test_no_key_and_no_question_is_cut_off(market: Market, columns: int) -> None:
    asked: dict[tuple[str, ...], tuple[str | type[Dialog[Any]], ...]] = {
        ("l",): (Lines,),
        ("i",): (Edit,),
        ("g",): (GoTo,),
        ("/",): (Question, "search in the blocks"),
        ("c",): (Question, "comment on this block"),
        ("x",): (Page,),
        ("n",): (
            "reject 1 block: why?",
            "w wrong s style c scope t tests d duplicate l later Enter no reason : words of your own Esc back",
        ),
        ("j", "j", "j", "y"): (
            "this needs 2 blocks more to be accepted",
            "Enter accept these too o overrule: accept it alone Esc back",
        ),
    }
    with market.desk("main..topic", size=(columns, 24)) as pane:
        keys = told(KEYS if columns >= len(KEYS) + 2 else KEYS_NARROW)
        pane.until(lambda seen: keys in words(seen))
        pane.press("j")
        pane.until("▶ block 2 of 10: OPEN")
        for typed, expected in asked.items():
            texts = [
                told(t)
                for one in expected
                for t in ([one] if isinstance(one, str) else (one.title_text, one.keys_text))
            ]
            pane.press(*typed)
            pane.until(lambda seen, texts=texts: all(text in words(seen) for text in texts))
            pane.press("Escape")
            pane.until(lambda seen: "╭" not in seen)
        pane.press("?")
        seen = words(pane.until("y  accept this block"))
        pane.press(*["j"] * 60)
        seen += words(pane.until("with the last one."))
        assert [line for line in HELP.splitlines() if told(line) not in seen] == []
        pane.press("Escape")  # by itself: with a key right behind it is Alt for a terminal
        pane.until(lambda seen: "╭" not in seen)
        pane.press("q")
        assert pane.status() == 1
