from __future__ import annotations

import json
from pathlib import Path

from program import BUG, FINISH, FIX, PLAN, TASK, TIER, Program, script, tool
from syrupy.assertion import SnapshotAssertion

from cli.shown import answer, conforms, shown


def test_a_proposal(ready: Program, snapshot: SnapshotAssertion) -> None:
    assert shown(ready.run("show"), ready.cwd) == snapshot


def test_ids_that_name_nothing(ready: Program, snapshot: SnapshotAssertion) -> None:
    assert shown(ready.run("show", "nowhere"), ready.cwd) == snapshot


def test_the_end_of_an_id_is_enough(ready: Program, job: str) -> None:
    assert answer(ready, "show", job[-4:])["job"] == job


def test_patch(ready: Program) -> None:
    patch = ready.run("show", "--patch").stdout
    assert f"-    {BUG}\n+    {FIX}\n" in patch


def test_the_trajectory_conforms(ready: Program) -> None:
    lines = ready.run("show", "--trajectory").events
    assert lines[0]["type"] == "TaskStarted"
    assert [wrong for line in lines for wrong in conforms(line)] == []


def test_the_picture_is_a_file(ready: Program, tmp_path: Path) -> None:
    assert ready.run("show", "--svg", str(tmp_path / "a.svg")).code == 0
    assert (tmp_path / "a.svg").read_text().startswith("<svg")


def test_the_review_page_is_a_file_or_stdout(ready: Program, tmp_path: Path) -> None:
    """Of the same bytes, with the change, its evidence and what was decided."""
    assert ready.run("show", "--html", str(tmp_path / "a.html")).code == 0
    written = (tmp_path / "a.html").read_text("utf-8")
    assert written == ready.run("show", "--html", "-").stdout
    assert "tests/test_cart.py::test_discount" in written
    assert "<mark>-</mark>" in written
    assert "<b>open</b>" in written
    assert ready.run("reject", "--reason", "too <small>").code == 0
    assert ">rejected: too &lt;small&gt;</b>" in ready.run("show", "--html", "-").stdout


def test_the_review_page_tells_companions_and_comments(fresh: Program) -> None:
    imported = tool("edit", path="shop/cart.py", old='"""A cart."""\n', new='"""A cart."""\nimport math\n')
    used = tool("edit", path="shop/cart.py", old=BUG, new="return math.fsum([amount, -amount * discount / 100])")
    script(fresh.cwd / ".git/s.json", [PLAN, imported, used, FINISH])
    assert fresh.run("run", TASK, "--model", "scripted:.git/s.json", "--sandbox", TIER).code == 0
    page = fresh.run("show", "--html", "-").stdout
    assert 'needs <a href="#b1">block 1</a>' in page
    assert 'needed by <a href="#b2">block 2</a>' in page
    assert "Wrong with the accepted blocks alone" not in page
    second = fresh.run("show", "--json").object["proposal"]["changes"][0]["blocks"][1]["id"]
    said = [{"block": second, "decision": "accept"}]
    fresh.run("desk", "--no-land", "--decisions", "-", input="".join(json.dumps(one) + "\n" for one in said))
    page = fresh.run("show", "--html", "-").stdout
    assert "<code>math</code> is not defined" in page


def test_a_review_page_that_cannot_be_written(ready: Program, snapshot: SnapshotAssertion) -> None:
    assert shown(ready.run("show", "--html", "missing/a.html"), ready.cwd) == snapshot


def test_the_schema_is_shipped(fresh: Program) -> None:
    schema = json.loads(fresh.run("show", "--schema").stdout)
    assert schema["$defs"]["TaskEnded"]["required"] == ["type", "reason", "exit_code"]
    assert conforms({"v": 1, "type": "Rejected", "job": 3}) != []


def test_a_copied_repository_still_shows_the_change(ready: Program, snapshot: SnapshotAssertion) -> None:
    """Its box stays with the original, so the block is shown without the lines around it."""
    (ready.cwd / ".git/swe-agent/id").unlink()
    assert shown(ready.run("show"), ready.cwd) == snapshot
    assert "<mark>-</mark>" in ready.run("show", "--html", "-").stdout
