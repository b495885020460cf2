from __future__ import annotations

from program import Program
from syrupy.assertion import SnapshotAssertion

from cli.shown import answer, shown


def test_nothing_is_running(ready: Program, snapshot: SnapshotAssertion) -> None:
    assert shown(ready.run("cancel"), ready.cwd) == snapshot
    assert answer(ready, "cancel", code=2)["type"] == "Error"
