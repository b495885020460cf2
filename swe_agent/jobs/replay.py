"""A recorded job once more: its trees are laid out again without a model, and have to come out the same."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace

from swe_agent.core.decision import Decision
from swe_agent.core.errors import AnswerIsNo
from swe_agent.core.event import EventBody, ProposalReady, TaskEnded, ToolUsed
from swe_agent.jobs.carry import carry
from swe_agent.jobs.decide import open_desk
from swe_agent.jobs.job import box_of, load, open_workspace, snapshot_of, started_of
from swe_agent.jobs.kit import Kit
from swe_agent.jobs.run import options_of, start, typed_tier


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """`steps` are the trees that were laid out and read back; the last one is the proposal's, where there is one."""

    job: str
    steps: tuple[str, ...]
    tree: str


def replay(kit: Kit, job: str) -> Replayed:
    """Lay out each recorded tree in order and read it back; nothing is run. AnswerIsNo where one differs."""
    trajectory, events = load(kit, job)
    snapshot = snapshot_of(trajectory.job, events).snapshot
    box = box_of(kit, trajectory.job)
    with closing(open_workspace(kit, box, snapshot.commit, "namespaced")) as space:
        steps = [snapshot.tree, *_trees(events)]
        for tree in steps:
            space.reset(tree)
            if (found := space.leave().tree) != tree:
                raise AnswerIsNo(
                    f"tree {tree} came back as {found}", hint="the box is damaged; run the job again with `--rerun`"
                )
    return Replayed(job=trajectory.job, steps=tuple(steps), tree=steps[-1])


def _trees(events: tuple[EventBody, ...]) -> list[str]:
    trees = []
    for body in events:
        if isinstance(body, ToolUsed) and body.tree:
            trees.append(body.tree)
        elif isinstance(body, ProposalReady):
            trees.append(body.proposal.tree)
    return [tree for i, tree in enumerate(trees) if i == 0 or tree != trees[i - 1]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rerun:
    """The new job, how it ended, and what was decided of the same blocks before."""

    job: str
    ended: TaskEnded
    kept: tuple[Decision, ...] = ()


def rerun(kit: Kit, job: str, *, sandbox: str, versions: str) -> Rerun:
    """The same task and options as a new job, with the model asked again, on the recorded base. What was decided of a
    block holds where the same one comes again."""
    trajectory, events = load(kit, job)
    started, options = started_of(trajectory.job, events), options_of(events)
    tier = typed_tier(options, sandbox, f"swe-agent replay --rerun {trajectory.job}")
    box_of(kit, trajectory.job)  # before a job begins that could not
    options = replace(options, sandbox=tier)
    id_, ended = start(kit, started.task, options, versions=versions, base_of=trajectory.job)
    if ended.reason != "proposed" or not any(isinstance(body, ProposalReady) for body in events):
        return Rerun(job=id_, ended=ended)
    kept = carry(kit, open_desk(kit, trajectory.job), id_, why="run again", rejected=True)
    return Rerun(job=id_, ended=ended, kept=tuple(kept))
