"""Pictures of the full-screen desk for the documentation, the same at each run:

python tests/support/desk_pictures.py docs
"""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parent)]

from tables import MemoryTable  # noqa: E402  # found by then

from swe_agent.core.proposal import HazardNote  # noqa: E402  # found by then
from swe_agent.ui.desk_app import DeskApp  # noqa: E402  # found by then

CART = '''"""A cart."""

from shop.log import logged


def total(prices, discount=0):
    """The sum of the prices, less the discount in percent."""
    amount = sum(prices)
    return amount + amount * discount / 100


@logged
def count(prices):
    return len(prices)


def mean(prices):
    """What one item costs on average."""
    return total(prices) / count(prices)
'''
CART_NOW = '''"""A cart."""

from shop.log import logged
from shop.money import rounded


def total(prices, discount=0):
    """The sum of the prices, less the discount in percent."""
    amount = sum(prices)
    return rounded(amount - amount * discount / 100)


@logged
def count(prices):
    return len(prices)


def mean(prices):
    """What one item costs on average; 0 where there is none."""
    if not prices:
        return 0
    return total(prices) / count(prices)
'''
MONEY = '''"""Amounts of money."""

CENTS = 2


def rounded(amount):
    """To whole cents."""
    return round(amount, CENTS)
'''
TESTS = """from shop.cart import count, total


def test_total():
    assert total([100, 100]) == 200


def test_count():
    assert count([1, 2]) == 2
"""
TESTS_NOW = TESTS.replace("\n\ndef test_count", "    assert total([100, 100], discount=10) == 180\n\n\ndef test_count")
README = "# Shop\n\nPrices are numbers.\n"
BASE = {
    "shop/cart.py": CART,
    "tests/test_cart.py": TESTS,
    "README.md": README,
    "setup.cfg": "[metadata]\nname = shop\n",
}
HEAD = {
    "shop/cart.py": CART_NOW, "shop/money.py": MONEY, "tests/test_cart.py": TESTS_NOW,
    "README.md": README.replace("numbers", "numbers, totals are rounded to cents"),
    "setup.cfg": "[metadata]\nname = shop\nversion = 2\n",
}  # fmt: skip
PICTURES = {
    "desk-narrow.svg": ((80, 24), ["j", "y", "enter"]),
    "desk-wide.svg": ((200, 60), ["j", "y", "enter", "K", "K", "n", "c", "K", "k", "t"]),
}


def table() -> MemoryTable:
    return MemoryTable(
        {path: text.encode() for path, text in BASE.items()},
        {path: text.encode() for path, text in HEAD.items()},
        needs={("shop/cart.py", 1): [("shop/cart.py", 0)], ("shop/cart.py", 0): [("shop/money.py", 0)]},
        hazards=[HazardNote(kind="what the project is built with", path="setup.cfg", detail="is changed")],
    )


async def picture(size: tuple[int, int], keys: list[str]) -> str:
    app = DeskApp(table(), lambda _path: None)
    async with app.run_test(size=size) as pilot:
        await pilot.pause(0.3)
        for key in keys:
            await pilot.press(key)
            await pilot.pause(0.3)
        await pilot.pause(1)
        drawn = app.export_screenshot(title="swe-agent desk")
    app.desk.checks.wait()
    # Nothing is fetched: the viewer's own monospace font serves.
    drawn = re.sub(r"@font-face\s*\{[^}]*\}\s*", "", drawn)
    return "\n".join(line.rstrip() for line in drawn.splitlines()) + "\n"


def main() -> None:
    for name, (size, keys) in PICTURES.items():
        (Path(sys.argv[1]) / name).write_text(asyncio.run(picture(size, keys)), encoding="utf-8")


if __name__ == "__main__":
    main()
