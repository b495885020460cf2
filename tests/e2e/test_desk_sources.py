"""What comes to the desk: a range of commits, a branch, a patch on stdin; and decisions out of a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from program import BUG, FIX, Program, shop

from swe_agent.testing.repository import RepoBuilder, tree_digest

OURS = (".git/swe-agent",)


def branched(path: Path) -> RepoBuilder:
    """The shop with a branch `topic`: a fix, a renamed function, a new file; and the user on `main`."""
    repo = shop(path)
    repo.git("checkout", "--quiet", "-b", "topic")
    cart = (repo.path / "shop/cart.py").read_text()
    changed = cart.replace(BUG, FIX).replace('"""A cart."""', '"""The cart."""')
    repo.commit("Mend the discount", {"shop/cart.py": changed, "shop/tax.py": "RATE = 20\n"})
    repo.git("checkout", "--quiet", "main")
    return repo


def decisions(path: Path, rows: list[dict[str, Any]]) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(path)


def blocks(program: Program, job: str) -> dict[str, str]:
    """Ids of the blocks by what they add."""
    shown = program.run("show", job, "--json").object
    return {
        "".join(block["added"]): block["id"] for change in shown["proposal"]["changes"] for block in change["blocks"]
    }


@pytest.mark.parametrize("typed", ["topic", "main..topic", "main...topic", "..topic"])
def test_a_branch_is_decided_block_by_block(tmp_path: Path, typed: str) -> None:
    repo = branched(tmp_path / "shop")
    (repo.path / "README.md").write_text("mine\n")
    program = Program(repo.path)
    ran = program.run("desk", typed, "--no-land", input="y\nn scope\nq\n")
    assert ran.code == 1, ran.stderr
    assert program.run("list", "--json").object["jobs"][0]["title"] == f"{typed}: Mend the discount"
    before = tree_digest(repo.path, leave_out=OURS)
    again = program.run("desk", typed, input="s\n")  # the same job: what was decided stands
    assert "block 3 of 3, 1 open" in again.stdout
    assert again.code == 1
    assert "landed: shop/cart.py" in again.stdout
    assert tree_digest(repo.path, leave_out=OURS) != before
    assert '"""The cart."""' in (repo.path / "shop/cart.py").read_text()
    assert BUG in (repo.path / "shop/cart.py").read_text()
    assert not (repo.path / "shop/tax.py").exists()
    assert (repo.path / "README.md").read_text() == "mine\n"
    assert len(program.run("list", "--json").object["jobs"]) == 1
    assert program.run("undo").code == 0
    assert tree_digest(repo.path, leave_out=OURS) == before


def test_a_range_is_tested_where_a_command_is_named(tmp_path: Path) -> None:
    repo = branched(tmp_path / "shop")
    everything = decisions(tmp_path / "d", [{"block": "*", "decision": "accept"}])
    test = ("--test", "python3 -m pytest -q")
    ran = Program(repo.path).run("desk", "main..topic", "--decisions", everything, *test, "--json")
    assert ran.code == 0, ran.stderr
    assert ran.object["verdict"]["states"]["tests/test_cart.py::test_discount"] == "fixed"
    repo.git("add", "--all")
    assert repo.git("diff", "topic", "--stat").strip() == ""


def test_a_patch_on_stdin_and_decisions_from_a_file(tmp_path: Path) -> None:
    repo = branched(tmp_path / "shop")
    patch = repo.git("diff", "main", "topic")
    program = Program(repo.path)
    rows = [{"block": "*", "decision": "defer"}]
    ran = program.run("desk", "-", "--decisions", decisions(tmp_path / "one", rows), "--json", input=patch)
    assert ran.code == 1, ran.stderr
    job = ran.object["job"]
    found = blocks(program, job)
    assert set(found) == {'"""The cart."""\n', f"    {FIX}\n", "RATE = 20\n"}
    rows = [
        {"block": found[f"    {FIX}\n"][:6], "decision": "accept"},
        {"block": found["RATE = 20\n"], "decision": "amend", "text": "RATE = 21\n"},
        {"block": "*", "decision": "reject", "reason": "style"},
    ]
    ran = program.run("desk", job, "--decisions", decisions(tmp_path / "two", rows))
    assert ran.code == 0, ran.stderr
    assert (repo.path / "shop/tax.py").read_text() == "RATE = 21\n"
    assert FIX in (repo.path / "shop/cart.py").read_text()
    assert '"""A cart."""' in (repo.path / "shop/cart.py").read_text()
    assert "rejected: style" in program.run("show", job).stdout


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "holds no decisions"),
        ("nonsense", "line 1 is not JSON"),
        ('{"block": "*", "decision": "accept"}\n[]', "line 2 is no object"),
        ('{"decision": "accept"}', "names no block"),
        ('{"block": "0000zzzz", "decision": "accept"}', "no block is called 0000zzzz"),
        ('{"block": "*", "decision": "maybe"}', "`maybe` is no decision"),
        ('{"block": "*", "decision": "amend"}', "needs its `text`"),
        ('{"block": "*", "decision": "reject", "why": "x"}', "has `why`"),
        ("[1]", "decision 1 is no object"),
        ("[", "not JSON"),
    ],
)
def test_a_file_with_a_mistake_decides_nothing(tmp_path: Path, text: str, said: str) -> None:
    repo = branched(tmp_path / "shop")
    program = Program(repo.path)
    (tmp_path / "d").write_text(text)
    ran = program.run("desk", "topic", "--decisions", str(tmp_path / "d"))
    assert ran.code == 2
    assert said in ran.stderr
    assert "Traceback" not in ran.stderr
    assert "open" in program.run("show").stdout or "accepted" not in program.run("show").stdout


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("nosuch", "there is no job nosuch"),
        ("main..nosuch", "`nosuch` names no commit"),
        ("main..main", "changes something"),
        ("--", "no job"),
    ],
)
def test_what_is_no_proposal_is_said(tmp_path: Path, typed: str, said: str) -> None:
    ran = Program(branched(tmp_path / "shop").path).run("desk", typed)
    assert ran.code in (1, 2)
    assert said in ran.stderr


def test_one_stdin_is_not_both(tmp_path: Path) -> None:
    ran = Program(branched(tmp_path / "shop").path).run("desk", "-", "--decisions", "-", input="")
    assert ran.code == 2
    assert "stdin cannot be both" in ran.stderr
