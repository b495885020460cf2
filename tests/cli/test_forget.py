from __future__ import annotations

from program import Program
from syrupy.assertion import SnapshotAssertion

from cli.shown import answer, shown


def test_it_is_gone(ready: Program, job: str, snapshot: SnapshotAssertion) -> None:
    assert shown(ready.run("forget", job), ready.cwd) == snapshot
    assert ready.run("show", job).code == 2


def test_it_has_to_be_named(ready: Program, job: str, snapshot: SnapshotAssertion) -> None:
    assert shown(ready.run("forget"), ready.cwd) == snapshot
    assert answer(ready, "forget", "nowhere", code=2)["type"] == "Error"
    assert answer(ready, "forget", job)["job"] == job
