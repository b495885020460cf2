"""One job at work: its trajectory, what earlier processes left of it, its box and its limits."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from swe_agent.core.errors import EnvironmentLacks, Interrupted, LimitReached, UsageError
from swe_agent.core.event import (
    Continued,
    EventBody,
    ModelAnswered,
    ProposalReady,
    SnapshotTaken,
    TaskStarted,
    ToolUsed,
    TrajectoryBody,
)
from swe_agent.core.proposal import Proposal
from swe_agent.core.usage import Spent
from swe_agent.jobs.kit import Kit
from swe_agent.store.trajectory import Trajectory, job_ids
from swe_agent.workspace.box import JobBox

if TYPE_CHECKING:
    from swe_agent.workspace.workspace import Workspace

Body = TypeVar("Body", bound=TrajectoryBody)


class Job:
    """`past` is what was recorded before this process began; empty for a new job."""

    def __init__(self, kit: Kit, trajectory: Trajectory, started: TaskStarted, past: tuple[EventBody, ...]) -> None:
        self.kit = kit
        self.id = trajectory.job
        self.task = started.task
        self.options = started.options
        self.trajectory = trajectory
        self.past = past
        self._began = kit.time.monotonic()

    def emit(self, body: EventBody) -> None:
        """Record, then show."""
        event = self.trajectory.append(body)  # type: ignore[arg-type]  # the agent speaks in Emit, of both logs
        self.kit.voices.tell(event)

    def recall(self, kind: type[Body]) -> Body | None:
        """The last event of this kind that an earlier process recorded."""
        return next((body for body in reversed(self.past) if isinstance(body, kind)), None)

    def last(self, kind: type[Body]) -> Body | None:
        """The last event of this kind, whichever process recorded it."""
        bodies = [event.body for event in self.trajectory.events()]
        return next((body for body in reversed(bodies) if isinstance(body, kind)), None)

    @property
    def spent(self) -> Spent:
        """By earlier processes."""
        return spent(self.past)

    def check_time(self) -> None:
        """LimitReached where the job has taken too long. Time spent by earlier processes is theirs."""
        if self.kit.stop.is_set():
            raise Interrupted("interrupted; everything so far is kept", hint=f"go on with `swe-agent resume {self.id}`")
        limit = self.options.limits.seconds
        if limit is not None and self.kit.time.monotonic() - self._began > limit:
            raise LimitReached(
                f"the time limit of {limit:.0f} s is reached", hint="go on with `--max-time` set higher", limit="time"
            )

    def seconds_left(self) -> float | None:
        limit = self.options.limits.seconds
        return None if limit is None else max(1.0, limit - (self.kit.time.monotonic() - self._began))

    # ---- box and workspace

    def box(self) -> JobBox:
        """The job's box: the one that is there, else a new one."""
        root = self.kit.place.paths.box(self.id)
        if (root / "box.json").exists():
            return JobBox.open(root, self.kit.time.clock)
        place = self.kit.place
        return JobBox.create(place.checkout.top, root, self.kit.time.clock, packs=place.paths.packs)

    def workspace(self, box: JobBox, commit: str) -> Workspace:
        """Laid out anew, or taken up and put back to where the trajectory says that it was."""
        space = open_workspace(self.kit, box, commit, self.options.sandbox)
        space.reset(self._last_tree() or box.tree_of(commit))
        return space

    def _last_tree(self) -> str | None:
        trees = [body.tree for body in self.past if isinstance(body, ToolUsed | Continued) and body.tree]
        return trees[-1] if trees else None


def open_workspace(kit: Kit, box: JobBox, commit: str, sandbox: str) -> Workspace:
    """The work tree in a box: taken up where an earlier process left it, else laid out anew."""
    # They bring all of the sandbox, and to look at a job needs nothing of it.
    from swe_agent.workspace.setup import lend
    from swe_agent.workspace.workspace import Workspace, tier_of

    root, tier = box.box.root, tier_of(sandbox)
    if box.has_workspace:
        return Workspace.open(root, tier=tier, rules=kit.tuning.sandbox, cancelled=kit.stop.is_set)
    # A half-made one has no description yet: nothing of it is wanted.
    box.clear_workspace()
    top, rules = kit.place.checkout.top, kit.tuning.sandbox
    made = lend(kit.tuning.set_up, box, commit) if kit.tuning.set_up else None
    return Workspace.create(
        box, commit, checkout=top, tier=tier, rules=rules, cancelled=kit.stop.is_set, made=made or ()
    )


def spent(events: tuple[EventBody, ...]) -> Spent:
    total = Spent()
    for body in events:
        if isinstance(body, ModelAnswered):
            total = Spent(
                usage=total.usage + body.usage,
                cost=total.cost + body.cost,
                calls=total.calls + 1,
                turns=total.turns + (body.role == "editor"),
            )
    return total


def find(kit: Kit, job: str) -> Trajectory:
    """The trajectory of a job by its id, or by the end of it that names only one. UsageError for anything else."""
    known = job_ids(kit.place.paths.trajectories)
    found = [id_ for id_ in known if id_ == job] or [id_ for id_ in known if id_.endswith(job) or id_.startswith(job)]
    if job in ("", "last"):
        here = (id_ for id_ in reversed(known) if _checkout_of(kit, id_) == str(kit.place.checkout.top))
        found = [first] if (first := next(here, "")) else list(known[-1:])
    if not found:
        raise UsageError(f"there is no job {job or 'yet'}", hint="`swe-agent list` shows what there is")
    if len(found) > 1:
        raise UsageError(f"{job} may be any of {', '.join(found[-5:])}", hint="give more of the id")
    return Trajectory(kit.trajectory(found[0]), kit.time.clock)


def load(kit: Kit, job: str) -> tuple[Trajectory, tuple[EventBody, ...]]:
    """The same with all that it tells."""
    trajectory = find(kit, job)
    return trajectory, tuple(event.body for event in trajectory.events())


def _checkout_of(kit: Kit, job: str) -> str:
    """Where a job was started. Worktrees of a repository share their jobs."""
    first = Trajectory(kit.trajectory(job), kit.time.clock).first()
    return first.body.checkout if first and isinstance(first.body, TaskStarted) else ""


def require_here(kit: Kit, job: str) -> None:
    """UsageError for a job of another work tree of this repository: it would land in the wrong one."""
    checkout = _checkout_of(kit, job)
    elsewhere = checkout and checkout != str(kit.place.checkout.top) and Path(checkout).is_dir()
    if elsewhere and (kit.place.paths.box(job) / "box.json").exists():
        raise UsageError(
            f"job {job} was started in {checkout}, and its change belongs there", hint=f"type it with `-C {checkout}`"
        )


def box_of(kit: Kit, job: str) -> JobBox:
    """The box of a job that has ended. EnvironmentLacks where it is not there any more."""
    root = kit.place.paths.box(job)
    if not (root / "box.json").exists():
        raise EnvironmentLacks(
            f"the private copy that job {job} worked in is not there: `gc` has removed it, or the repository was "
            "copied or moved since",
            hint=f"`swe-agent show {job}` still tells the change; start it again with `swe-agent run`",
        )
    return JobBox.open(root, kit.time.clock)


def proposal_of(job: str, events: tuple[EventBody, ...]) -> Proposal:
    """The proposal that a job came to. UsageError where it came to none."""
    for body in reversed(events):
        if isinstance(body, ProposalReady):
            return body.proposal
    raise UsageError(f"job {job} has no proposal", hint=f"`swe-agent show {job}` tells how far it came")


def started_of(job: str, events: tuple[EventBody, ...]) -> TaskStarted:
    for body in events:
        if isinstance(body, TaskStarted):
            return body
    raise EnvironmentLacks(f"the trajectory of {job} does not hold its start", hint="remove it with `swe-agent forget`")


def snapshot_of(job: str, events: tuple[EventBody, ...]) -> SnapshotTaken:
    for body in events:
        if isinstance(body, SnapshotTaken):
            return body
    raise UsageError(f"job {job} ended before its base was taken", hint=f"start it again: `swe-agent resume {job}`")
