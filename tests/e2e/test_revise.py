"""Another attempt after a person has looked: it knows what was refused, and what was accepted stays."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from program import BUG, EDIT, FINISH, FIX, PLAN, TASK, TIER, Program, Ran, script, shop, tool

from swe_agent.testing.repository import tree_digest

OURS = (".git/swe-agent",)
SHOUTED = tool("edit", path="shop/cart.py", old='"""A cart."""', new='"""A CART."""')
SAID = tool("edit", path="shop/cart.py", old='"""A cart."""', new='"""The cart of a customer."""')


def first(path: Path) -> tuple[Program, str]:
    """A proposal of two blocks: the fix is accepted, the other refused with a reason and a comment."""
    repo = shop(path / "shop")
    program = Program(repo.path)
    model = script(path / "first.json", [PLAN, SHOUTED, EDIT, FINISH])
    ran = program.run("run", TASK, "--model", model, "--sandbox", TIER, "--json")
    assert ran.code == 0, ran.stderr
    decided = program.run("desk", "--no-land", input="c no capitals please\nn style\ny\n")
    assert decided.code == 0, decided.stderr
    return program, ran.events[0]["job"]


def asked(ran: Ran) -> str:
    """All that the editor was told before it began."""
    (event, *_) = [event for event in ran.of("ModelAsked") if event["role"] == "editor"]
    return json.dumps(event["new"])


def test_what_was_refused_is_told_and_what_was_accepted_stays(tmp_path: Path) -> None:
    program, job = first(tmp_path)
    before = tree_digest(program.cwd, leave_out=OURS)
    model = script(tmp_path / "second.json", [PLAN, SAID, FINISH])
    ran = program.run("revise", job, "--from-rejections", "--model", model, "--sandbox", TIER, "--json")
    assert ran.code == 0, ran.stderr
    assert "1 block you had accepted stays accepted" in ran.stderr
    assert tree_digest(program.cwd, leave_out=OURS) == before
    told = asked(ran)
    assert all(text in told for text in ("style; no capitals please", "A CART.", TASK.removeprefix("fix: ")))
    assert ran.of("BaselineTaken")[0]["run"]["cases"]  # as the first attempt saw it: not run again
    assert len(ran.of("TestsRan")) == 1
    new: dict[str, Any] = ran.of("ProposalReady")[0]["proposal"]
    assert new["provenance"]["attempt"] == 2
    assert new["verdict"]["states"]["tests/test_cart.py::test_discount"] == "fixed"
    shown = program.run("show", new["id"]).stdout
    assert "accepted" in shown
    assert program.run("desk", new["id"], input="y\ny\n").code == 0
    text = (program.cwd / "shop/cart.py").read_text()
    assert FIX in text
    assert BUG not in text
    assert '"""The cart of a customer."""' in text
    rows = program.run("stats", "--json").object["accepted"]
    assert rows["open"] == 0


def test_a_person_may_say_it_in_words(tmp_path: Path) -> None:
    program, job = first(tmp_path)
    model = script(tmp_path / "second.json", [PLAN, SAID, FINISH])
    ran = program.run("revise", job, "say whose cart it is", "--model", model, "--sandbox", TIER, "--json")
    assert ran.code == 0, ran.stderr
    assert "say whose cart it is" in asked(ran)
    again = program.run("revise", ran.events[0]["job"], "--from-rejections", "--model", model, "--sandbox", TIER)
    assert again.code == 2
    assert "nothing was refused or said" in again.stderr


def test_edited_blocks_are_where_the_next_attempt_begins(tmp_path: Path) -> None:
    repo = shop(tmp_path / "shop")
    program = Program(repo.path)
    model = script(tmp_path / "first.json", [PLAN, SHOUTED, EDIT, FINISH])
    program.run("run", TASK, "--model", model, "--sandbox", TIER)
    shown = program.run("show", "--json").object["proposal"]["changes"][0]["blocks"]
    rows = [
        {"block": shown[0]["id"], "decision": "amend", "text": '"""Carts."""\n'},
        {"block": shown[1]["id"], "decision": "reject", "reason": "wrong"},
    ]
    (tmp_path / "d").write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert program.run("desk", "--no-land", "--decisions", str(tmp_path / "d")).code == 0
    better = tool("edit", path="shop/cart.py", old=BUG, new="return amount * (100 - discount) / 100")
    model = script(tmp_path / "second.json", [PLAN, better, FINISH])
    ran = program.run("revise", "last", "--from-rejections", "--model", model, "--sandbox", TIER, "--json")
    assert ran.code == 0, ran.stderr
    assert program.run("accept", ran.events[0]["job"]).code == 0
    text = (program.cwd / "shop/cart.py").read_text()
    assert '"""Carts."""' in text
    assert "return amount * (100 - discount) / 100" in text


def test_a_text_alone_is_no_job_and_the_last_one_is_named(tmp_path: Path) -> None:
    program = Program(shop(tmp_path / "shop").path)
    assert "there is no job say more" in program.run("revise", "say more").stderr
    program, job = first(tmp_path / "more")
    ran = program.run("revise", "say more")
    assert ran.code == 2
    assert f"the job comes before the text: `swe-agent revise {job} 'say more'`" in ran.stderr


def test_two_ways_at_once_are_refused(tmp_path: Path) -> None:
    program = Program(shop(tmp_path / "shop").path)
    ran = program.run("revise", "last", "text", "--from-rejections")
    assert ran.code == 2
    assert "two ways" in ran.stderr
