from __future__ import annotations

from program import BUG, Program
from syrupy.assertion import SnapshotAssertion

from cli.shown import answer, shown


def test_the_tree_stays(ready: Program, snapshot: SnapshotAssertion) -> None:
    assert shown(ready.run("reject", "--reason", "not now"), ready.cwd) == snapshot
    assert BUG in (ready.cwd / "shop/cart.py").read_text()
    assert shown(ready.run("reject"), ready.cwd) == snapshot(name="a second time")


def test_json(ready: Program, job: str) -> None:
    rejected = answer(ready, "reject", "--reason", "not now")
    assert (rejected["job"], rejected["reason"], len(rejected["blocks"])) == (job, "not now", 1)
    assert answer(ready, "reject", "--block", "ffff", code=2)["type"] == "Error"
