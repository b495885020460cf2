"""`localise` and `context` with failing tests at hand."""

from __future__ import annotations

import json
from pathlib import Path

from program import TIER, Program, shop

from swe_agent.testing.repository import tree_digest

OURS = (".git/swe-agent",)
TEST = ("--test", "python3 -m pytest -q", "--sandbox", TIER)


def test_failing_tests_lead_to_the_definition_at_fault(tmp_path: Path) -> None:
    repo = shop(tmp_path / "shop")
    before = tree_digest(repo.path, leave_out=OURS)
    ran = Program(repo.path).run("localise", "totals are wrong", *TEST, "--json")
    assert ran.code == 0, ran.stderr
    led = json.loads(ran.stdout)["led"]
    assert led["tests"] == ["tests/test_cart.py::test_discount"]
    first = led["suspects"][0]
    assert first["path"] == "shop/cart.py"
    assert "`total` line" in first["reasons"][0]
    assert tree_digest(repo.path, leave_out=OURS) == before
    assert "no jobs yet" in Program(repo.path).run("list").stdout


def test_it_is_said_where_no_test_fails(tmp_path: Path) -> None:
    repo = shop(tmp_path / "shop")
    tests = (repo.path / "tests/test_cart.py").read_text()
    repo.commit("the fault shows nowhere", {"tests/test_cart.py": tests.replace("== 180", "== 220")})
    ran = Program(repo.path).run("localise", "totals are wrong", *TEST)
    assert ran.code == 0, ran.stderr
    assert "the failing tests tell nothing: every test passes" in ran.stderr
    assert "shop/cart.py" in ran.stdout


def test_it_is_said_where_failing_tests_run_nothing(tmp_path: Path) -> None:
    repo = shop(tmp_path / "shop")
    repo.commit("what is not there yet", {"tests/test_cart.py": "import shop\n\n\ndef test_new():\n    shop.new()\n"})
    ran = Program(repo.path).run("localise", "a cart can be made new", *TEST)
    assert ran.code == 0, ran.stderr
    assert "the failing tests tell nothing: they run no code that could be at fault" in ran.stderr


def test_the_context_shows_first_what_failing_tests_lead_to(tmp_path: Path) -> None:
    repo = shop(tmp_path / "shop")
    other = "".join(f"def total_{n}(prices):\n    '''Total of prices.'''\n    return {n}\n\n\n" for n in range(60))
    repo.commit("much that is called alike", {"shop/totals.py": other})
    ran = Program(repo.path).run("context", "Total of prices is wrong", "--tokens", "600", *TEST, "--json")
    assert ran.code == 0, ran.stderr
    assert json.loads(ran.stdout)["context"]["snippets"][0]["path"] == "shop/cart.py"
