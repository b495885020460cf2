"""What the context benchmark takes for the places of a fix, and when it says that they are shown."""

from __future__ import annotations

from pathlib import Path

from indexes import indexed

from benchmarks.harness import context_tests
from benchmarks.harness.context_gold import Function, Gold, gold
from benchmarks.harness.tasks import made, patches
from swe_agent.core.source import Span
from swe_agent.core.suspicion import Suspicion

OLD = """import os


class Cart:
    limit = 3

    def total(self):
        def rate():
            return 2

        return sum(self.prices) * rate()

    def cheapest(self):
        return min(self.prices)


def tax(amount):
    return amount
"""
TOTAL = Function(path="cart.py", name="Cart.total", start=7, end=11)
RATE = Function(path="cart.py", name="Cart.total.rate", start=8, end=9)
CHEAPEST = Function(path="cart.py", name="Cart.cheapest", start=13, end=14)
TAX = Function(path="cart.py", name="tax", start=17, end=18)


def changed(new: str, tmp_path: Path) -> tuple[Function, ...]:
    files = {"cart.py": OLD.encode()}
    patches.write(tmp_path, files)
    return gold(patches.between(files, {"cart.py": new.encode()}), tmp_path).functions


def test_a_changed_line_belongs_to_the_innermost_function(tmp_path: Path) -> None:
    assert changed(OLD.replace("return 2", "return 3"), tmp_path) == (RATE,)
    assert changed(OLD.replace("* rate()", "+ rate()").replace("min", "max"), tmp_path) == (CHEAPEST, TOTAL)


def test_what_is_added_at_the_end_of_a_function_is_a_change_of_it_and_what_follows_it_is_not(tmp_path: Path) -> None:
    assert changed(f"{OLD}    # so far\n    amount += 1\n", tmp_path) == (TAX,)
    assert changed(OLD.replace("return amount", "amount += 1\n    return amount"), tmp_path) == (TAX,)
    assert changed(f"{OLD}\n\ndef rate(amount):\n    return 2\n", tmp_path) == ()
    method = "    def dearest(self):\n        return max(self.prices)\n\n    def cheapest"
    assert changed(OLD.replace("    def cheapest", method), tmp_path) == ()


def test_a_new_inner_function_is_a_change_of_the_one_around_it(tmp_path: Path) -> None:
    inner = "    def total(self):\n        def first():\n            return 1\n\n"
    assert changed(OLD.replace("    def total(self):\n", inner), tmp_path) == (TOTAL,)


def test_what_stands_outside_of_functions_and_new_files_change_none(tmp_path: Path) -> None:
    assert changed(OLD.replace("limit = 3", "limit = 4"), tmp_path) == ()
    patches.write(tmp_path, {"cart.py": OLD.encode()})
    new = patches.between({}, {"tax.py": b"def tax():\n    return 1\n"})
    assert gold(new, tmp_path) == Gold(places={}, functions=())


def test_a_function_counts_when_it_is_shown_as_a_whole_by_each_way_and_suspects_by_their_order() -> None:
    files = {
        "cart.py": "".join(f"def helper_{n}():\n    return {n}\n\n\n" for n in range(60)),
        "words.py": "def discount():\n    return 0\n",
    }
    aims = Gold(
        places={"cart.py": [(82, 82)]}, functions=(Function(path="cart.py", name="helper_20", start=81, end=82),)
    )
    suspects = tuple(
        Suspicion(path="cart.py", span=Span(start=line, end=line + 1), score=1.0, reasons=()) for line in (41, 81)
    )
    led = context_tests.Led(query="the discount is lost", suspects=suspects, seconds=1.0)
    found = context_tests.measure_led(made.bench(), indexed(files), led, aims, (2000,))
    assert found.ranks["suspects: functions"] == 2
    assert found.reached["messages"][2000].functions is False
    assert found.reached["traced"][2000] == context_tests.Reached(files=True, places=True, functions=True)
    figures = context_tests.tested_figures([found])
    assert figures["2,000 tokens: functions, traced against messages"] == "1 gained, 0 lost (p 1)"
    assert context_tests.points([found], 2000, "functions") == 100
