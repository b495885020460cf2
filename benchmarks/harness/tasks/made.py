"""A task made up here, with a bug put in: shows that everything works where there are neither data nor a network."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.harness.tasks import patches
from benchmarks.harness.tasks.environment import NAME, Environment
from benchmarks.harness.tasks.grade import Bench
from benchmarks.harness.tasks.load import Task
from benchmarks.harness.tasks.material import Material
from benchmarks.harness.tasks.runners import Runner

BASKET = '''"""A basket of articles, with prices in cents."""


def total(prices, discount=0):
    """The sum after a discount in per cent."""
    return sum(prices) - sum(prices) * discount


def cheapest(prices):
    """None where the basket is empty."""
    return min(prices, default=None)
'''
TESTS = """import unittest

import basket


class TestBasket(unittest.TestCase):
    def test_total(self):
        self.assertEqual(basket.total([100, 200]), 300)

    def test_cheapest(self):
        self.assertEqual(basket.cheapest([3, 2]), 2)
"""
HIDDEN = (
    TESTS
    + """
    def test_discount(self):
        self.assertEqual(basket.total([100, 200], discount=10), 270)
"""
)
MENDED = BASKET.replace("* discount", "* discount // 100")


class Beside(Environment):
    """Of the interpreter that runs this: nothing is installed, and no copy is made."""

    def beside(self, tree: Path) -> None:
        (tree / NAME / "bin").mkdir(parents=True)
        (tree / NAME / "bin/python").symlink_to(sys.executable)


def bench() -> Bench:
    files = {"basket.py": BASKET, "test_basket.py": TESTS}
    before = {name: text.encode() for name, text in files.items()}
    task = Task(
        id="made__basket-1",
        source="made",
        repository="made/basket",
        base="",
        fix="",
        date="",
        statement="`basket.total` is far too low with a discount: 10 % off 300 should be 270.",
        gold=patches.between(before, before | {"basket.py": MENDED.encode()}),
        test_patch=patches.between(before, before | {"test_basket.py": HIDDEN.encode()}),
        test_files=("test_basket.py",),
        fail_to_pass=("test_basket.TestBasket::test_discount",),
        pass_to_pass=("test_basket.TestBasket::test_total", "test_basket.TestBasket::test_cheapest"),
        files=files,
    )
    return Bench(
        material=Material(task=task, lay=lambda folder: patches.write(folder, before), version="1.0"),
        environment=Beside(folder=Path(), python="", until="", roots=("",)),
        runner=Runner(kind="unittest", what=("test_basket",)),
        keep=task.pass_to_pass,
        listed=len(task.pass_to_pass),
        seconds=1,
    )
