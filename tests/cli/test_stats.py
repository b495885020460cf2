from __future__ import annotations

from program import TIER, Program
from syrupy.assertion import SnapshotAssertion

from cli.shown import answer, shown


def test_after_one_acceptance(ready: Program, snapshot: SnapshotAssertion) -> None:
    ready.run("accept", "--sandbox", TIER)
    assert shown(ready.run("stats"), ready.cwd) == snapshot
    assert answer(ready, "stats")["rows"]["language"][0]["blocks"]["hits"] == 1


def test_nothing_yet(fresh: Program, snapshot: SnapshotAssertion) -> None:
    assert shown(fresh.run("stats"), fresh.cwd) == snapshot
