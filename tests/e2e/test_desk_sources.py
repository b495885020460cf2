"""What comes to the desk: a range of commits, a branch, a patch on stdin; and decisions out of a file."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from program import BUG, FIX, Program, shop

from swe_agent.testing.repository import RepoBuilder, tree_digest

OURS = (".git/swe-agent",)
FULL = os.environ.get("HYPOTHESIS_PROFILE") == "full"


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


@pytest.mark.parametrize("typed", ["topic", "main..topic", "main...topic", "..topic"] if FULL else ["..topic"])
def test_a_branch_is_decided_block_by_block(tmp_path: Path, typed: str) -> None:
    repo = branched(tmp_path / "shop")
    (repo.path / "README.md").write_text("mine\n")
    program = Program(repo.path)
    ran = program.run("desk", typed, "--no-land", input="y\nn scope\nq\n")
    assert ran.code == 1, ran.stderr
    assert program.run("list", "--json").object["jobs"][0]["title"] == f"{typed}: Mend the discount"
    task = program.run("show", "--json").object["proposal"]["task"]
    assert (task["text"], task["source"]) == ("Mend the discount", typed)
    assert f": Mend the discount ({typed})" in program.run("show").stdout
    assert f"base: {repo.head[:10]}\n" in ran.stderr
    before = tree_digest(repo.path, leave_out=OURS)
    again = program.run("desk", typed, input="s\ny\n")  # the same job: what was decided stands
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


@pytest.mark.parametrize("typed", ["topic", "main..topic", "main...topic"])
def test_what_main_has_gained_since_is_not_taken_back(tmp_path: Path, typed: str) -> None:
    repo = branched(tmp_path / "shop")
    repo.commit("Say what this is", {"README.md": "A shop.\n"})
    program = Program(repo.path)
    program.run("desk", typed, "--no-land", input="q\n")
    assert set(blocks(program, "last")) == {'"""The cart."""\n', f"    {FIX}\n", "RATE = 20\n"}


def test_the_task_of_a_range_is_what_its_commits_say(tmp_path: Path) -> None:
    repo = branched(tmp_path / "shop")
    program = Program(repo.path)

    def task(base: str) -> str:
        program.run("desk", f"{base}..topic", "--no-land", input="q\n")
        return str(program.run("show", "--json").object["proposal"]["task"]["text"])

    repo.git("checkout", "--quiet", "topic")
    repo.commit("Tell the rate\n\nIt is asked for\nby the law.", {"RATE.md": "20\n"})
    assert task("topic~1") == "Tell the rate\n\nIt is asked for\nby the law."
    assert task("main") == "Tell the rate, and 1 more commit"
    repo.git("commit", "--quiet", "--allow-empty-message", "--message", "", "--allow-empty")
    assert task("main") == "main..topic, and 2 more commits"


def test_a_range_has_a_job_in_each_work_tree(tmp_path: Path) -> None:
    repo = branched(tmp_path / "shop")
    linked = repo.worktree(tmp_path / "linked", "other")
    for place in (repo.path, linked.path):
        ran = Program(place).run("desk", "main..topic", "--no-land", input="q\n")
        assert ran.code == 1, ran.stderr
    assert len(Program(repo.path).run("list", "--json").object["jobs"]) == 2


def accepted(path: Path, *rows: dict[str, Any]) -> Program:
    """A program with a job of three blocks, all accepted unless `rows` say otherwise."""
    program = Program(branched(path / "shop").path)
    everything = decisions(path / "d", list(rows) or [{"block": "*", "decision": "accept"}])
    ran = program.run("desk", "topic", "--no-land", "--decisions", everything)
    assert ran.code == (1 if rows else 0), ran.stderr
    return program


def state(program: Program) -> tuple[str, int]:
    (row,) = program.run("list", "--json").object["jobs"]
    return row["state"], row["open_blocks"]


def test_what_is_accepted_and_what_was_taken_back_is_told(tmp_path: Path) -> None:
    program = accepted(tmp_path)
    assert state(program) == ("3 accepted, not landed", 0)
    assert program.run("land").code == 0
    assert program.run("list", "--json").object["jobs"] == []
    assert program.run("undo").code == 0
    assert state(program) == ("undone", 3)
    assert "undone, 3 of 3 blocks open" in program.run("list", env={"COLUMNS": "60"}).stdout
    assert "block 3  shop/tax.py  open" in program.run("show").stdout
    first = program.run("show", "--json").object["proposal"]["changes"][0]["blocks"][0]["id"]
    assert program.run("reject", "--block", first[:6]).code == 0
    assert state(program) == ("undone", 2)
    assert program.run("reject").code == 0
    assert program.run("list", "--json").object["jobs"] == []


def test_to_reject_leaves_what_is_accepted(tmp_path: Path) -> None:
    program = accepted(tmp_path, {"block": "*", "decision": "defer"})
    found = list(blocks(program, "last").values())
    accept = decisions(tmp_path / "one", [{"block": found[0], "decision": "accept"}])
    program.run("desk", "--no-land", "--decisions", accept)
    assert "rejected 2 blocks" in program.run("reject", "--reason", "scope").stdout
    assert state(program) == ("1 accepted, not landed", 0)
    ran = program.run("reject")
    assert ran.code == 2
    assert "is open; 1 is accepted and not landed" in ran.stderr
    assert "--accepted` rejects it" in ran.stderr
    assert "rejected 1 block of" in program.run("reject", "--accepted").stdout
    assert program.run("list", "--json").object["jobs"] == []
    assert program.run("reject", "--accepted", "--block", found[0]).code == 2


def test_the_beginning_of_an_id_names_a_block(tmp_path: Path) -> None:
    program = accepted(tmp_path, {"block": "*", "decision": "defer"})
    found = blocks(program, "last")
    ran = program.run("accept", "--block", found["RATE = 20\n"][:6])
    assert ran.code == 0, ran.stderr
    assert (program.cwd / "shop/tax.py").exists()
    assert BUG in (program.cwd / "shop/cart.py").read_text()


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


MISTAKES = [
    ("", "holds no decisions"),
    ("nonsense", "line 1 is not JSON"),
    ('{"block": "*", "decision": "accept"}\n[]', "line 2 is no object"),
    ('{"decision": "accept"}', "names no block"),
    ('{"block": "0000zzzz", "decision": "accept"}', "line 1: there is no block 0000zzzz"),
    ('{"block": "*", "decision": "maybe"}', "`maybe` is no decision"),
    ('{"block": "*", "decision": "amend"}', "needs its `text`"),
    ('{"block": "*", "decision": "reject", "why": "x"}', "has `why`"),
    ("[1]", "decision 1 is no object"),
    ("[", "not JSON"),
]


def test_a_file_with_a_mistake_decides_nothing(tmp_path: Path) -> None:
    program = Program(branched(tmp_path / "shop").path)
    for text, said in MISTAKES:
        (tmp_path / "d").write_text(text)
        ran = program.run("desk", "topic", "--decisions", str(tmp_path / "d"))
        assert ran.code == 2, text
        assert said in ran.stderr
        assert "Traceback" not in ran.stderr
    shown = program.run("show").stdout
    assert "open" in shown or "accepted" not in shown


NO_PROPOSALS = [
    ("nosuch", "there is no job nosuch"),
    ("main..nosuch", "`nosuch` names no commit"),
    ("main..main", "nothing differs between main and main"),
    ("topic..main", "main has no commit that topic lacks"),
    ("main..alone", "main and alone have no commit in common"),
    ("alone^!", "nothing came before alone"),
    ("--", "no job"),
]


def test_what_is_no_proposal_is_said(tmp_path: Path) -> None:
    repo = branched(tmp_path / "shop")
    repo.git("branch", "alone", repo.git("commit-tree", "topic^{tree}", "-m", "alone").strip())
    for typed, said in NO_PROPOSALS:
        ran = Program(repo.path).run("desk", typed)
        assert ran.code in (1, 2), typed
        assert said in ran.stderr


def test_one_stdin_is_not_both(tmp_path: Path) -> None:
    ran = Program(branched(tmp_path / "shop").path).run("desk", "-", "--decisions", "-", input="")
    assert ran.code == 2
    assert "stdin cannot be both" in ran.stderr
