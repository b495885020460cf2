"""Commits that are there already, as a proposal: a branch of somebody's, or what another tool has committed."""

from __future__ import annotations

from dataclasses import dataclass

from swe_agent.core.errors import UsageError
from swe_agent.core.event import ProposalReady, TaskStarted
from swe_agent.core.task import RunOptions, Task
from swe_agent.jobs.kit import Kit
from swe_agent.jobs.run import start
from swe_agent.repo.git import Git
from swe_agent.store.trajectory import Trajectory, job_ids


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """Two commits by their full ids, and what was typed."""

    base: str
    head: str
    typed: str


def range_of(git: Git, typed: str) -> Range | None:
    """`A..B`, `A...B` (from where B left A), or `REV` alone: what it has since it left HEAD. None for what is none of
    these. UsageError for a range of which one end is no commit."""
    for mark in ("...", ".."):
        base, found, head = typed.partition(mark)
        if found:
            ends = [_commit(git, end or "HEAD") for end in (base, head)]
            if None in ends:
                bad = base if ends[0] is None else head
                raise UsageError(f"`{bad}` names no commit", hint="see `git log --oneline --all` for what there is")
            return _between(git, str(ends[0]), str(ends[1]), typed, fork=mark == "...")
    head_alone = _commit(git, typed) if typed else None
    here = _commit(git, "HEAD")
    return _between(git, here, head_alone, typed, fork=True) if head_alone and here else None


def _between(git: Git, base: str, head: str, typed: str, *, fork: bool) -> Range:
    if fork:
        base = git.text("merge-base", base, head, check=False) or base
    return Range(base=base, head=head, typed=typed)


def _commit(git: Git, revision: str) -> str | None:
    if revision.startswith("-"):
        return None
    return git.text("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}", check=False) or None


def open_range(kit: Kit, found: Range, *, test: str, sandbox: str, versions: str) -> str:
    """The job of a range: the one that was made of it before, so that its decisions stand, else a new one. UsageError
    where nothing differs."""
    if job := _made_before(kit, found):
        return job
    options = RunOptions(
        engine="range",
        base=found.base,
        head=found.head,
        sandbox=sandbox,
        test_command=(test,) if test else (),
    )
    title = kit.place.git.text("log", "-1", "--format=%s", found.head)
    job, ended = start(
        kit, Task(text=f"{found.typed}: {title}", kind="feature", source=found.typed), options, versions=versions
    )
    if ended.reason != "proposed":
        raise UsageError(f"{found.typed}: {ended.message}", hint="name a range that changes something")
    return job


def _made_before(kit: Kit, found: Range) -> str:
    """The last job of the same commits whose box is still there."""
    paths = kit.place.paths
    for id_ in reversed(job_ids(paths.trajectories)):
        trajectory = Trajectory(kit.trajectory(id_), kit.time.clock)
        first = trajectory.first()
        options = first.body.options if first and isinstance(first.body, TaskStarted) else None
        if options is None or options.engine != "range" or (options.base, options.head) != (found.base, found.head):
            continue
        ready = any(isinstance(event.body, ProposalReady) for event in trajectory.events())
        if ready and (paths.box(id_) / "box.json").exists():
            return id_
    return ""
