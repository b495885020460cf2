from __future__ import annotations

from program import BUG, TIER, Program
from syrupy.assertion import SnapshotAssertion

from cli.shown import answer, shown


def test_a_landing_is_taken_back(ready: Program, snapshot: SnapshotAssertion) -> None:
    ready.run("accept", "--sandbox", TIER)
    assert shown(ready.run("undo"), ready.cwd) == snapshot
    assert BUG in (ready.cwd / "shop/cart.py").read_text()
    assert shown(ready.run("undo"), ready.cwd) == snapshot(name="a second time")


def test_json(ready: Program, job: str) -> None:
    ready.run("accept", "--sandbox", TIER)
    assert answer(ready, "undo", "nowhere", code=2)["type"] == "Error"
    undone = answer(ready, "undo", job)
    assert (undone["type"], undone["files"]) == ("UndoDone", ["shop/cart.py"])


def test_a_copied_repository_has_no_images(ready: Program, snapshot: SnapshotAssertion) -> None:
    ready.run("accept", "--sandbox", TIER)
    landed = (ready.cwd / "shop/cart.py").read_text()
    (ready.cwd / ".git/swe-agent/id").unlink()
    assert shown(ready.run("undo"), ready.cwd) == snapshot
    assert (ready.cwd / "shop/cart.py").read_text() == landed
