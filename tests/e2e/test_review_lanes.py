"""What looks at a change besides the signals: linters of the repository, and a model."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from program import EDIT, FINISH, PLAN, TASK, TIER, Program, script, shop, tool

from swe_agent.testing.repository import RepoBuilder, tree_digest

BEFORE = "import os\n\n\ndef total(prices: list[int]) -> int:\n    return sum(prices)\n"
AFTER = "import os\n\n\ndef total(prices: list[int]) -> int:\n    return sum(prices) + shipping\n"


def review(program: Program, *args: str, code: int = 0) -> dict[str, Any]:
    ran = program.run("review", *args, "--json")
    assert ran.code == code, ran.stderr
    return ran.object


@pytest.fixture
def repo(tmp_path: Path) -> RepoBuilder:
    repo = RepoBuilder(tmp_path / "shop")
    repo.commit("first", {"cart.py": BEFORE, "pyproject.toml": '[tool.ruff.lint]\nselect = ["F"]\n'})
    repo.git("switch", "--quiet", "-c", "topic")
    return repo


@pytest.mark.namespaces
def test_linters_say_what_is_new_by_the_settings_of_the_base(repo: RepoBuilder) -> None:
    repo.commit("second", {"cart.py": AFTER, "pyproject.toml": "[tool.ruff.lint]\nselect = []\n"})
    before = tree_digest(repo.path, leave_out=(".git/swe-agent",))
    found = review(Program(repo.path))
    linted = [one for one in found["findings"] if one["rule"].startswith("ruff/")]
    assert [(one["rule"], one["path"], one["first"], one["severity"]) for one in linted] == [
        ("ruff/F821", "cart.py", 5, "high")
    ]
    assert {"name": "ruff", "state": "ran", "why": "", "paths": ["cart.py"], "before": []} in found["checks"]
    assert tree_digest(repo.path, leave_out=(".git/swe-agent",)) == before


def test_without_a_linter_there_is_no_work_tree_for_it(tmp_path: Path) -> None:
    """It would take seconds. In this partial clone none can be made, and that is not what is told."""
    repo = RepoBuilder(tmp_path / "shop")
    first = {"web/a.js": "var a = 1\n", "eslint.config.mjs": "export default []\n", "rest.txt": "rest\n"}
    repo.commit("first", {**first, ".flake8": "[flake8]\n", "a.py": "a = 1\n"})
    repo.commit("second", {"web/a.js": "var b = 1\n", "a.py": "a = 2\n"})
    repo.git("config", "uploadpack.allowFilter", "true")
    some = tmp_path / "some"
    repo.git("clone", "--quiet", "--filter=blob:none", "--no-checkout", f"file://{repo.path}", str(some))
    for command in (["diff", "HEAD~1", "HEAD"], ["checkout", "HEAD", "--", "web", "a.py", ".flake8"]):
        subprocess.run(["git", *command], cwd=some, capture_output=True, check=True)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/flake8").write_text("#!/bin/sh\n")
    ran = Program(some).run(
        "review", "HEAD^!", "--json", env={"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}"}
    )  # fmt: skip
    told = {one["name"]: (one["state"], one["why"]) for one in ran.object["checks"]}
    assert told["eslint"] == ("skipped", "it is not installed here")
    assert told["flake8"][0] == "skipped"
    assert "this partial clone lacks" in told["flake8"][1]
    assert "\n" not in told["flake8"][1]


@pytest.mark.namespaces
def test_what_mypy_is_not_to_look_at_is_not_named_to_it(tmp_path: Path) -> None:
    repo = RepoBuilder(tmp_path / "shop")
    repo.commit("first", {"pyproject.toml": '[tool.mypy]\nfiles = ["src"]\n', "src/a.py": "", "tests/test_a.py": ""})
    wrong = "a: int = ''\n"
    repo.write({"tests/test_a.py": wrong})
    assert [one["name"] for one in review(Program(repo.path))["checks"]] == ["signals"]
    repo.write({"src/a.py": wrong})
    found = review(Program(repo.path))
    assert [one["path"] for one in found["findings"] if one["rule"].startswith("mypy/")] == ["src/a.py"]


@pytest.mark.namespaces
def test_a_linter_that_is_not_here_is_named(repo: RepoBuilder) -> None:
    repo.git("switch", "--quiet", "main")
    repo.commit("eslint", {"web/a.js": "var a = 1\n", "eslint.config.mjs": "export default []\n"})
    repo.write({"web/a.js": "var b = 1\n"})
    program = Program(repo.path)
    [check] = [one for one in review(program)["checks"] if one["name"] == "eslint"]
    assert (check["state"], check["why"]) == ("skipped", "it is not installed here")
    assert "not run: eslint (it is not installed here)" in program.run("review").stdout


FOUND = {
    "path": "cart.py", "line": 9, "quote": "    return sum(prices) + shipping", "severity": "high",
    "category": "correctness", "message": "Nobody defines `shipping`; ask @ann.", "confidence": 0.9,
    "suggestion": "return sum(prices)",
}  # fmt: skip
ELSEWHERE = {**FOUND, "path": "nowhere.py"}
DOUBTED = {**FOUND, "quote": "    return sum(prices)", "message": "It may be slow."}


def say(*rows: dict[str, Any], around: str = "") -> dict[str, str]:
    return {"content": f"{around}{json.dumps(rows)}{around}"}


def stands(number: int, **more: Any) -> dict[str, Any]:
    return {"number": number, "stands": True, "scenario": "total([1]) raises NameError.", "confidence": 0.9, **more}


def test_a_model_says_what_it_can_prove(repo: RepoBuilder, tmp_path: Path) -> None:
    """Of what three passes say: once, at the line that is quoted, with a scenario, and not what the verifier doubts."""
    repo.commit("add shipping", {"cart.py": AFTER})
    turns = [say(FOUND, ELSEWHERE), say(FOUND, DOUBTED, around="\nHere you are:\n"), say(), say(stands(1))]
    program = Program(repo.path)
    found = review(program, "--checks", "model", "--model", script(tmp_path / "s.json", turns))
    [one] = [one for one in found["findings"] if one["place"] == "line"]
    assert (one["first"], one["side"], one["rule"], one["from_model"]) == (5, "right", "model/correctness", True)
    assert one["detail"] == "total([1]) raises NameError."
    assert one["suggestion"] == "    return sum(prices)"
    assert found["calls"] == 4
    shown = program.run("show", "--trajectory").stdout
    assert "add shipping" in shown
    assert "+ " in shown
    assert program.run("list", "--all").stdout.count("reviewed") == 1


def test_what_posts_it_calls_nobody(repo: RepoBuilder, tmp_path: Path) -> None:
    repo.commit("add shipping", {"cart.py": AFTER})
    name = script(tmp_path / "s.json", [say(FOUND), say(), say(), say(stands(1))])
    ran = Program(repo.path).run("review", "--checks", "model", "--model", name, "-o", "github-review")
    [comment] = json.loads(ran.stdout)["comments"]
    assert comment["line"] == 5
    assert "ask @\u2060ann" in comment["body"]
    assert "```suggestion\n    return sum(prices)\n```" in comment["body"]


def test_of_what_is_said_twice_one_is_told(repo: RepoBuilder, tmp_path: Path) -> None:
    """The verifier says which claims are the same; where two name each other, one is told still."""
    repo.commit("add shipping", {"cart.py": AFTER})
    again = {**FOUND, "category": "tests", "message": "Nothing defines it."}
    for first, second in ((stands(1), stands(2, same_as=1)), (stands(1, same_as=2), stands(2, same_as=1))):
        turns = [say(FOUND), say(again), say(), say(first, second)]
        found = review(Program(repo.path), "--checks", "model", "--model", script(tmp_path / "s.json", turns))
        assert [one["message"] for one in found["findings"]] == [FOUND["message"]]


def test_a_claim_without_a_scenario_is_not_told(repo: RepoBuilder, tmp_path: Path) -> None:
    repo.commit("add shipping", {"cart.py": AFTER})
    turns = [say(FOUND), say(), say(), say(stands(1, scenario="  "))]
    found = review(Program(repo.path), "--checks", "model", "--model", script(tmp_path / "s.json", turns))
    assert found["findings"] == []


def test_a_budget_is_a_hard_stop_and_the_gap_is_told(repo: RepoBuilder, tmp_path: Path) -> None:
    """Signals stand whatever becomes of the model."""
    repo.commit("add shipping", {"cart.py": AFTER + "breakpoint()\n"})
    name = script(tmp_path / "s.json", [say(FOUND), say(), say(), say(stands(1))])
    program = Program(repo.path)
    found = review(program, "--model", name, "--budget-tokens", "50")
    assert "leftover" in [one["rule"] for one in found["findings"] if one["place"] == "line"]
    assert not any(one["from_model"] for one in found["findings"])
    [check] = [one for one in found["checks"] if one["name"] == "model"]
    assert check["state"] == "failed"
    assert [one["state"] for one in found["coverage"]] == ["partial"]
    assert "budget" in found["coverage"][0]["why"]
    assert program.run("review", "--model", name, "--budget-tokens", "50", "--min-coverage", "100").code == 1


def test_files_of_secrets_are_not_shown_to_a_model(repo: RepoBuilder, tmp_path: Path) -> None:
    secret = "hunter2-hunter2-hunter2"
    repo.commit("more", {".env": f"PASSWORD={secret}\n", "cart.py": AFTER + f"# {secret}\n"})
    program = Program(repo.path)
    name = script(tmp_path / "s.json", [say({**FOUND, "message": f"It says {secret}."}), say(), say(), say(stands(1))])
    found = review(program, "--checks", "model", "--model", name)
    assert [(one["path"], one["state"]) for one in found["coverage"] if one["state"] != "full"] == [(".env", "skipped")]
    assert secret not in json.dumps(found)
    asked = [event for event in program.run("show", "--trajectory").events if event["type"] == "ModelAsked"]
    assert len(asked) == 4
    assert secret not in json.dumps(asked)


def test_without_a_model_only_what_needs_none(repo: RepoBuilder) -> None:
    repo.commit("add shipping", {"cart.py": AFTER})
    ran = Program(repo.path).run("review", "--checks", "model")
    assert (ran.code, "no model is configured" in ran.stderr) == (2, True)


def test_an_agent_hears_of_its_own_change_first(tmp_path: Path) -> None:
    """Before a person sees a proposal, what a review says of it goes back to who made it, with callers elsewhere."""
    repo = shop(tmp_path / "shop", {"shop/order.py": "from shop.cart import count\n\nlines = count([1])\n"})
    renamed = tool("edit", path="shop/cart.py", old="def count(prices):", new="def number_of(prices):")
    tests = tool("edit", path="tests/test_cart.py", old="import count, total", new="import number_of as count, total")
    amount, shout = "    amount = sum(prices)\n", '    print("DEBUG", prices)\n'
    stop = tool("edit", path="shop/cart.py", old=amount, new=amount + shout)
    go_on = tool("edit", path="shop/cart.py", old=shout, new="")
    name = script(tmp_path / "s.json", [PLAN, EDIT, renamed, tests, stop, FINISH, go_on, FINISH])
    program = Program(repo.path)
    ran = program.run("run", TASK, "--model", name, "--sandbox", TIER)
    assert ran.code == 0, ran.stderr
    said = program.run("show", "--trajectory").stdout
    assert "a dump of a value" in said
    assert "`count` is gone, but something still uses it" in said
    assert "shop/order.py:1" in said
