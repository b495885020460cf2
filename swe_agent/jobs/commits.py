"""Two commits that are there already: what differs between them becomes a proposal."""

from __future__ import annotations

from contextlib import closing

from swe_agent.core.event import TaskEnded
from swe_agent.jobs.job import Job
from swe_agent.jobs.prepare import baseline_if_asked, open_bench, take_snapshot
from swe_agent.jobs.propose import propose


def propose_commits(job: Job) -> TaskEnded:
    """From the recorded commits to a proposal. Tests are run before and after where a command was named."""
    box = job.box()
    snapshot = take_snapshot(job, box)
    head = box.tree_of(job.options.head)
    with closing(job.workspace(box, snapshot.commit)) as space:
        bench = open_bench(job, space, box, snapshot, baseline_if_asked(job, space))
        space.reset(head)
        return propose(job, box, space, bench, snapshot=snapshot, plan=None, summary=job.task.text, targets=())
