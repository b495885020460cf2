from __future__ import annotations

from program import TIER, Program
from syrupy.assertion import SnapshotAssertion

from cli.shown import answer, shown


def test_the_recorded_trees_come_back(ready: Program, snapshot: SnapshotAssertion) -> None:
    assert shown(ready.run("replay", "--sandbox", TIER), ready.cwd) == snapshot
    replayed = answer(ready, "replay", "--sandbox", TIER)
    assert replayed["type"] == "Replayed"
    assert replayed["tree"] == replayed["steps"][-1]


def test_no_job_yet(fresh: Program, snapshot: SnapshotAssertion) -> None:
    assert shown(fresh.run("replay"), fresh.cwd) == snapshot
