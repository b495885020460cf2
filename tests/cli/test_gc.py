from __future__ import annotations

from program import Program
from syrupy.assertion import SnapshotAssertion

from cli.shown import answer, shown


def test_what_is_young_stays(ready: Program, snapshot: SnapshotAssertion) -> None:
    assert shown(ready.run("gc"), ready.cwd) == snapshot
    cleaned = answer(ready, "gc")
    assert (cleaned["closed"], cleaned["boxes"], cleaned["trajectories"]) == ([], [], [])


def test_a_box_of_no_job_goes(ready: Program) -> None:
    (box,) = (ready.cwd.parent / "state").glob("swe-agent/*/boxes/*")
    box.with_name("20200101-000000-aaaa").mkdir()
    assert answer(ready, "gc")["boxes"] == ["20200101-000000-aaaa"]
    assert box.is_dir()
