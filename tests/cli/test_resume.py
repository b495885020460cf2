from __future__ import annotations

from program import TASK, TIER, Program
from syrupy.assertion import SnapshotAssertion

from cli.conftest import MODEL
from cli.shown import answer, conforms, shown


def test_a_job_with_a_proposal_has_nothing_to_resume(ready: Program, snapshot: SnapshotAssertion) -> None:
    assert shown(ready.run("resume"), ready.cwd) == snapshot
    assert answer(ready, "resume", "nowhere", code=2)["type"] == "Error"


def test_it_goes_on_after_a_limit(fresh: Program) -> None:
    stopped = fresh.run("run", TASK, "--model", MODEL, "--sandbox", TIER, "--max-turns", "1")
    assert stopped.code == 4
    assert "swe-agent resume" in stopped.stderr
    # The script begins anew in the new process, and the recorded plan is not asked for again.
    ran = fresh.run("resume", "--sandbox", TIER, "--max-turns", "9", "--json")
    assert ran.of("Resumed")[0]["options"]["limits"]["turns"] == 9
    assert [wrong for line in ran.events for wrong in conforms(line)] == []
    assert ran.object["type"] == "TaskEnded", ran.stderr
