"""Where failing tests lead, without a proposal: a job that leaves no record, in a box that is gone afterwards."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from sandbox.box import remove_tree
from swe_agent.core.event import TaskStarted
from swe_agent.core.suspicion import Suspected
from swe_agent.core.task import RunOptions, Task
from swe_agent.jobs.job import Job
from swe_agent.jobs.kit import Kit
from swe_agent.jobs.prepare import build_index, open_bench, query_before, run_baseline, set_up, take_snapshot
from swe_agent.jobs.tracing import suspected
from swe_agent.store.trajectory import Trajectory


@dataclass(frozen=True, slots=True, kw_only=True)
class Led:
    """`query` is the task with what failing tests say."""

    suspected: Suspected
    query: str


def led(kit: Kit, task: Task, options: RunOptions) -> Led:
    """By the tests of `options`, on the tree as it is or at their base. The note says why nothing is known."""
    with ExitStack() as ending:
        home = Path(ending.enter_context(tempfile.TemporaryDirectory(prefix="swe-agent-")))
        own = replace(kit, place=replace(kit.place, paths=replace(kit.place.paths, home=home)))
        trajectory = Trajectory(own.trajectory(kit.time.new_id()), kit.time.clock)
        started = TaskStarted(task=task, options=options, checkout=str(kit.place.checkout.top))
        job = Job(own, trajectory, started, ())
        ending.callback(remove_tree, own.place.paths.box(job.id))
        ending.enter_context(trajectory.running())
        job.emit(started)
        box = job.box()
        snapshot = take_snapshot(job, box)
        set_up(job, box, snapshot.commit)
        space = job.workspace(box, snapshot.commit)
        ending.callback(space.close)
        baseline = run_baseline(job, space)
        bench = open_bench(job, space, box, snapshot, baseline)
        build_index(job, bench)
        found = suspected(job, space, bench, baseline)
        if not (found.suspects or found.note):
            found = replace(found, note=baseline.note or "every test passes")
        return Led(suspected=found, query=query_before(task.text, baseline.run))
