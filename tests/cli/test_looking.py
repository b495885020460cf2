"""The commands that look into a repository: what they say to a person, to a pipe and in JSON."""

from __future__ import annotations

from pathlib import Path

import pytest
from program import TASK, Program, shop

from cli.shown import answer
from swe_agent.testing.repository import tree_digest


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(shop(tmp_path / "shop").path)


def test_where_a_task_belongs(program: Program) -> None:
    before = tree_digest(program.cwd)
    ran = program.run("localise", TASK)
    assert ran.code == 0, ran.stderr
    assert ran.stdout.splitlines()[0].startswith(" 1. shop/cart.py")
    assert "shop/cart.py:4: total" in ran.stdout
    why = program.run("localise", TASK, "--why")
    assert "words +" in why.stdout
    said = answer(program, "localise", "-", input=TASK)
    assert (said["files"][0]["path"], said["functions"][0]["qualified"]) == ("shop/cart.py", "total")
    assert tree_digest(program.cwd) == before


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        (("total",), ["shop/cart.py:4: def total(prices, discount=0)  [function total]"]),
        (("symbol", "count"), ["shop/cart.py:10: def count(prices)  [function count]"]),
        (("text", "sum(prices)"), ["shop/cart.py:6: amount = sum(prices)"]),
        (("regex", "^def c"), ["shop/cart.py:10: def count(prices):"]),
        (("callers", "count"), ["tests/test_cart.py:13: assert count([1, 2]) == 2  [in test_count]"]),
    ],
)
def test_find(program: Program, words: tuple[str, ...], lines: list[str]) -> None:
    ran = program.run("find", *words)
    assert (ran.code, ran.stdout.splitlines()) == (0, lines), ran.stderr


def test_find_nothing_and_what_cannot_be_found(program: Program) -> None:
    nothing = program.run("find", "nowhere")
    assert (nothing.code, nothing.stdout.strip()) == (1, "")
    assert "nothing found" in nothing.stderr
    assert program.run("find", "regex", "(a+)+").code == 2
    assert program.run("find", "symbol", "a", "b").code == 2
    found = answer(program, "find", "references", "total", "--in", "tests")
    assert {row["path"] for row in found["found"]} == {"tests/test_cart.py"}


def test_outline_from_below_and_of_what_is_no_file(program: Program) -> None:
    ran = program.run("outline", "cart.py", "-C", str(program.cwd / "shop"))
    assert ran.stdout.splitlines()[0].strip().startswith("4  def total(prices, discount=0)")
    assert program.run("outline", "nothing.py").code == 2


def test_map_with_and_without_a_task(program: Program) -> None:
    assert program.run("map", TASK).stdout.startswith("shop/cart.py\n  4: def total(prices, discount=0)\n")
    assert "shop/cart.py" in program.run("map").stdout
    assert answer(program, "map", "--tokens", "60")["tokens"] <= 60


def test_context_says_what_and_why(program: Program) -> None:
    ran = program.run("context", TASK)
    assert "shop/cart.py:1-12" in ran.stdout
    assert answer(program, "context", TASK)["context"]["snippets"][0]["path"] == "shop/cart.py"
    assert answer(program, "outline", "shop/cart.py")["symbols"][0]["name"] == "total"
    assert "return amount + amount * discount / 100" in ran.stdout


def test_the_index_is_kept_told_and_cleared(program: Program) -> None:
    built = answer(program, "index", "build")
    assert (built["files"], built["read"], built["symbols"]) == (4, 4, 8)
    assert answer(program, "index", "build")["read"] == 0
    assert answer(program, "index")["parsed"] == 4
    status = program.run("index")
    assert "python 3" in status.stdout
    assert answer(program, "index", "clear")["bytes"] > 0
    untouched = answer(program, "index", "status")
    assert (untouched["words"], untouched["parsed"], untouched["outlines"]) == (0, 0, 0)
    assert answer(program, "index", "build", "--symbols")["symbols"] == 8
    assert program.run("index", "polish").code == 2
    assert program.run("index", "status", "--symbols").code == 2


def test_a_commit_instead_of_the_files(program: Program) -> None:
    (program.cwd / "shop/cart.py").write_text("def fresh(): pass\n")
    assert program.run("find", "fresh").code == 0
    assert program.run("find", "fresh", "--at", "HEAD").code == 1
    assert program.run("find", "fresh", "--at", "no-such").code == 3
