"""Attempts that evidence does not tell apart, shown to the critic.

What it says is recorded with the attempt that was the best until then, whose share of the budget pays for it: what was
asked once is not asked again when the group is resumed.
"""

from __future__ import annotations

from contextlib import closing

from swe_agent.agent.critic import better
from swe_agent.core.errors import Interrupted, SweAgentError
from swe_agent.core.event import Compared, TaskStarted, Warned
from swe_agent.core.selection import Candidate, Prefers, nobody
from swe_agent.jobs.discretion import keep_secret
from swe_agent.jobs.job import Job, box_of, load, open_workspace, started_of
from swe_agent.jobs.kit import Kit
from swe_agent.jobs.run import options_of
from swe_agent.jobs.talk import open_speaker


def by_critic(kit: Kit) -> Prefers:
    """Nobody where the settings want no critic."""
    if kit.tuning.critic == "never":
        return nobody

    def prefers(first: Candidate, second: Candidate) -> bool:
        trajectory, past = load(kit, first.job)
        trees = (first.proposal.tree, second.proposal.tree)
        for body in past:
            if isinstance(body, Compared) and (body.tree, body.other_tree) == trees:
                return bool(body.why)
        began = started_of(first.job, past)
        started = TaskStarted(
            task=began.task, options=options_of(past), checkout=began.checkout, versions=began.versions
        )
        job = Job(kit, trajectory, started, past)
        with trajectory.running():
            kit.voices.progress("asking the critic which attempt is better")
            try:
                why = _compared(job, first, second)
            except Interrupted:
                raise
            except SweAgentError as error:
                # The attempts are there and told apart by evidence and size; a comparison is no reason to lose them.
                job.emit(Warned(message=f"the attempts were not compared by the critic: {error.message}"))
                return False
            job.emit(Compared(other=second.job, tree=trees[0], other_tree=trees[1], why=why))
        return bool(why)

    return prefers


def _compared(job: Job, first: Candidate, second: Candidate) -> str:
    speaker = open_speaker(job)
    box = box_of(job.kit, job.id)
    snapshot = first.proposal.snapshot
    with closing(open_workspace(job.kit, box, snapshot.commit, job.options.sandbox)) as space:
        speaker.redact = keep_secret(job, snapshot, space).secrets.redact
    patches = [_patch(job.kit, one) for one in (first, second)]
    return better(speaker, job.task, *patches, effort=job.options.effort)


def _patch(kit: Kit, one: Candidate) -> str:
    return box_of(kit, one.job).patch(one.proposal.snapshot.tree, one.proposal.tree).decode("utf-8", "replace")
