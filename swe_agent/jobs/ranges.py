"""Commits that are there already, as a proposal: a branch of somebody's, or what another tool has committed."""

from __future__ import annotations

from swe_agent.core.errors import UsageError
from swe_agent.core.event import ProposalReady, TaskStarted
from swe_agent.core.task import RunOptions, Task
from swe_agent.jobs.kit import Kit
from swe_agent.jobs.run import start
from swe_agent.repo.commits import commit_of
from swe_agent.repo.git import Git
from swe_agent.repo.ranges import Range
from swe_agent.store.trajectory import Trajectory, job_ids


def open_range(kit: Kit, found: Range, *, test: str, sandbox: str, versions: str) -> str:
    """The job of a range: the one that was made of it before, so that its decisions stand, else a new one. UsageError
    where nothing differs."""
    if not found.base:
        raise UsageError(f"nothing came before {found.until}", hint="name a range that begins with a commit")
    _require_difference(kit.place.git, found)
    if job := _made_before(kit, found):
        return job
    options = RunOptions(
        engine="range",
        base=found.base,
        head=found.head,
        sandbox=sandbox,
        test_command=(test,) if test else (),
    )
    text = _task_of(kit.place.git, found) or found.typed
    job, ended = start(kit, Task(text=text, kind="feature", source=found.typed), options, versions=versions)
    if ended.reason != "proposed":
        raise UsageError(f"{found.typed}: {ended.message}", hint="name a range that changes something")
    return job


def _require_difference(git: Git, found: Range) -> None:
    hint = "name a range that changes something"
    if git.text("rev-parse", f"{found.base}^{{tree}}") != git.text("rev-parse", f"{found.head}^{{tree}}"):
        return
    if found.base == found.head != commit_of(git, found.since):
        raise UsageError(f"{found.until} has no commit that {found.since} lacks", hint=hint)
    raise UsageError(f"nothing differs between {found.since} and {found.until}", hint=hint)


def _task_of(git: Git, found: Range) -> str:
    """What the commits say of themselves: all that one says, of several the last one's subject."""
    more = int(git.text("rev-list", "--count", f"{found.base}..{found.head}")) - 1
    if more < 1:
        return git.text("log", "-1", "--format=%B", found.head)
    subject = git.text("log", "-1", "--format=%s", found.head) or found.typed
    return f"{subject}, and {more} more {'commit' if more == 1 else 'commits'}"


def _made_before(kit: Kit, found: Range) -> str:
    """The last job of the same commits and of this work tree whose box is still there."""
    paths, here = kit.place.paths, str(kit.place.checkout.top)
    for id_ in reversed(job_ids(paths.trajectories)):
        trajectory = Trajectory(kit.trajectory(id_), kit.time.clock)
        first = trajectory.first()
        started = first.body if first and isinstance(first.body, TaskStarted) else None
        if started is None or started.options.engine != "range" or started.checkout != here:
            continue
        if (started.options.base, started.options.head) != (found.base, found.head):
            continue
        ready = any(isinstance(event.body, ProposalReady) for event in trajectory.events())
        if ready and (paths.box(id_) / "box.json").exists():
            return id_
    return ""
