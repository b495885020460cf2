from __future__ import annotations

from program import TIER, Program
from syrupy.assertion import SnapshotAssertion

from cli.shown import answer, shown


def test_nothing_is_accepted_yet(ready: Program, snapshot: SnapshotAssertion) -> None:
    assert shown(ready.run("land"), ready.cwd) == snapshot


def test_what_was_accepted_and_taken_back_is_open_again(ready: Program) -> None:
    assert ready.run("accept", "--sandbox", TIER).code == 0
    assert ready.run("undo").code == 0
    assert answer(ready, "land", code=2)["type"] == "Error"
    assert answer(ready, "list", "--all")["jobs"][0]["state"] == "undone"
    assert ready.run("accept", "--sandbox", TIER).code == 0
