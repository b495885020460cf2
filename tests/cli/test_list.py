from __future__ import annotations

from program import Program
from syrupy.assertion import SnapshotAssertion

from cli.shown import answer, shown


def test_jobs_that_wait(ready: Program, snapshot: SnapshotAssertion) -> None:
    assert shown(ready.run("list"), ready.cwd) == snapshot


def test_on_a_narrow_terminal(ready: Program, snapshot: SnapshotAssertion) -> None:
    assert shown(ready.run("list", env={"COLUMNS": "40"}), ready.cwd) == snapshot


def test_no_job_yet(fresh: Program, snapshot: SnapshotAssertion) -> None:
    assert shown(fresh.run("list"), fresh.cwd) == snapshot
    assert answer(fresh, "list")["jobs"] == []


def test_json(ready: Program, job: str) -> None:
    (row,) = answer(ready, "list")["jobs"]
    assert (row["job"], row["state"], row["verdict"], row["open_blocks"]) == (job, "1 of 1 blocks open", "verified", 1)
