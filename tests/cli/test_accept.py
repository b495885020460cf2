from __future__ import annotations

from program import FIX, TIER, Program
from syrupy.assertion import SnapshotAssertion

from cli.shown import answer, shown


def test_it_lands(ready: Program, snapshot: SnapshotAssertion) -> None:
    assert shown(ready.run("accept", "--sandbox", TIER), ready.cwd) == snapshot
    assert FIX in (ready.cwd / "shop/cart.py").read_text()
    assert shown(ready.run("accept"), ready.cwd) == snapshot(name="a second time")


def test_a_block_that_is_not_there(ready: Program, snapshot: SnapshotAssertion) -> None:
    assert shown(ready.run("accept", "--block", "ffff"), ready.cwd) == snapshot


def test_a_conflict(ready: Program, snapshot: SnapshotAssertion) -> None:
    cart = ready.cwd / "shop/cart.py"
    cart.write_text(mine := cart.read_text().replace("amount + amount", "amount * amount"))
    assert shown(ready.run("accept", "--sandbox", TIER), ready.cwd) == snapshot
    assert cart.read_text() == mine


def test_json(ready: Program, job: str) -> None:
    landed = answer(ready, "accept", "--sandbox", TIER)
    assert (landed["type"], landed["job"], landed["files"]) == ("LandingDone", job, ["shop/cart.py"])


def test_a_copied_repository_has_no_box_and_decides_nothing(ready: Program, snapshot: SnapshotAssertion) -> None:
    (ready.cwd / ".git/swe-agent/id").unlink()
    assert shown(ready.run("accept"), ready.cwd) == snapshot
    assert answer(ready, "list")["jobs"][0]["open_blocks"] == 1
