"""Two commits that are there already: what differs between them becomes a proposal."""

from __future__ import annotations

from contextlib import closing

from swe_agent.core.event import TaskEnded, Warned
from swe_agent.core.proposal import Snapshot
from swe_agent.jobs.job import Job
from swe_agent.jobs.prepare import baseline_if_asked, open_bench, take_snapshot
from swe_agent.jobs.propose import propose
from swe_agent.workspace.box import JobBox


def propose_commits(job: Job) -> TaskEnded:
    """From the recorded commits to a proposal."""
    box = job.box()
    snapshot = take_snapshot(job, box)
    return propose_tree(job, box, snapshot, box.tree_of(job.options.head))


def propose_tree(job: Job, box: JobBox, snapshot: Snapshot, head: str) -> TaskEnded:
    """A tree that is there already, but for pointers of submodules, which no work tree of ours holds. Tests are run
    before and after where a command was named."""
    with closing(job.workspace(box, snapshot.commit)) as space:
        bench = open_bench(job, space, box, snapshot, baseline_if_asked(job, space))
        space.reset(head)
        if lost := [change.path for change in box.changes(space.leave().tree, head)]:
            hint = "a submodule is moved by git: `git -C PATH checkout COMMIT`, then `git add PATH`"
            job.emit(Warned(message=f"left as they are: {', '.join(lost)}", hint=hint))
        return propose(job, box, space, bench, snapshot=snapshot, plan=None, summary=job.task.text, targets=())
