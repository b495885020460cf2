"""A job from start to end, or from where it stopped: whichever way it goes, the trajectory says how it ended."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace

from swe_agent.core.errors import (
    EnvironmentLacks,
    Interrupted,
    LimitReached,
    SandboxMissing,
    SweAgentError,
    Terminated,
    UsageError,
)
from swe_agent.core.event import (
    BaselineTaken,
    Continued,
    EventBody,
    LimitHit,
    ProposalReady,
    ReplyTaken,
    Resumed,
    TaskEnded,
    TaskStarted,
    Warned,
)
from swe_agent.core.task import RunOptions, Task
from swe_agent.jobs.job import Job, box_of, load, require_here, snapshot_of, spent, started_of
from swe_agent.jobs.kit import Kit
from swe_agent.jobs.solve import solve
from swe_agent.store.trajectory import Trajectory
from swe_agent.workspace.workspace import tier_of


def start(
    kit: Kit,
    task: Task,
    options: RunOptions,
    *,
    versions: str,
    base_of: str = "",
    continued: Continued | None = None,
    reply: ReplyTaken | None = None,
    job_id: str = "",
) -> tuple[str, TaskEnded]:
    """A new job: its id, and how it ended. Raises what ended it, where that was an error.

    With `base_of` the job begins from the recorded base of that job instead of the user's tree as it is now; with
    `continued` also from a tree in that job's box, and with its tests before any edit. `reply` is for the engine
    `apply`. `job_id` is a new id that was made already.
    """
    trajectory = Trajectory(kit.trajectory(job_id or kit.time.new_id()), kit.time.clock)
    started = TaskStarted(task=task, options=options, checkout=str(kit.place.checkout.top), versions=versions)
    job = Job(kit, trajectory, started, ())
    with trajectory.running():
        with _said_how_it_ended(job):
            job.emit(started)
            if reply:
                job.emit(reply)
                job = Job(kit, trajectory, started, (reply,))
            if base_of:
                job = _on_recorded_base(job, started, base_of, continued)
            _warn_of_no_sandbox(job)
            ended = solve(job)
        job.emit(ended)
        return job.id, ended


def _warn_of_no_sandbox(job: Job) -> None:
    if job.options.sandbox == "none":
        job.emit(
            Warned(
                message="no sandbox: commands and tests of this repository run with your rights",
                hint="leave `--sandbox none` away to have them contained",
            )
        )


def options_of(events: Sequence[EventBody]) -> RunOptions:
    """How a job is to be run: as it was started, or as the last `resume` changed it."""
    return next(body.options for body in reversed(events) if isinstance(body, TaskStarted | Resumed))


def typed_tier(recorded: RunOptions, typed: str, command: str) -> str:
    """The tier that was typed now, else the recorded one. SandboxMissing where that is none: it has to be typed."""
    if typed:
        return tier_of(typed).value
    if recorded.sandbox == "none":
        raise SandboxMissing(
            "this job was started without a sandbox, and that is not taken over",
            hint=f"type it again: `{command} --sandbox none`, or name a tier that contains it",
        )
    return recorded.sandbox


def _on_recorded_base(job: Job, started: TaskStarted, base_of: str, continued: Continued | None) -> Job:
    """Copy the other job's base into this one's box, and the reply that it applied; from then on it is as if this job
    had taken them itself."""
    other, events = load(job.kit, base_of)
    taken = snapshot_of(other.job, events)
    box, theirs = job.box(), box_of(job.kit, other.job)
    box.borrow(theirs, taken.snapshot.commit)
    given: tuple[EventBody, ...] = (*(body for body in events if isinstance(body, ReplyTaken)), taken)
    if continued:
        box.borrow(theirs, theirs.commit(continued.tree, [taken.snapshot.commit], "accepted"))
        given = (continued, taken, *(body for body in events if isinstance(body, BaselineTaken)))
    for body in given:
        job.emit(body)
    return Job(job.kit, job.trajectory, started, given)


def resume(
    kit: Kit, job_id: str, change: Callable[[RunOptions], RunOptions], *, sandbox: str = ""
) -> tuple[str, TaskEnded]:
    """Go on with a job that has no proposal yet. `change` puts other limits or another model into its options."""
    trajectory, past = load(kit, job_id)
    require_here(kit, trajectory.job)
    with trajectory.running():
        if any(isinstance(body, ProposalReady) for body in past):
            raise UsageError(
                f"job {trajectory.job} has its proposal already", hint=f"decide it: `swe-agent desk {trajectory.job}`"
            )
        book = kit.books.ledger.book(trajectory.job)
        if book and book.job.closed:
            raise UsageError(
                f"job {trajectory.job} was closed", hint=f"start it anew: `swe-agent replay --rerun {trajectory.job}`"
            )
        started = started_of(trajectory.job, past)
        before = options_of(past)
        tier = typed_tier(before, sandbox, f"swe-agent resume {trajectory.job}")
        # A plan that was asked for alone is carried out now: that is what going on with it means.
        options = replace(change(before), plan_only=False, sandbox=tier)
        changed = TaskStarted(task=started.task, options=options, checkout=started.checkout, versions=started.versions)
        job = Job(kit, trajectory, changed, past)
        with _said_how_it_ended(job):
            job.emit(Resumed(after_seq=len(past), options=options))
            _warn_of_no_sandbox(job)
            ended = solve(job)
        job.emit(ended)
        return job.id, ended


@contextmanager
def _said_how_it_ended(job: Job) -> Iterator[None]:
    """Whatever ends the job before its end is recorded as its end, and goes on as an error that says what to do."""
    try:
        yield
    except LimitReached as error:
        events = tuple(event.body for event in job.trajectory.events())
        job.emit(LimitHit(limit=error.limit, detail=error.message, spent=spent(events)))
        hint = f"everything is kept; go on with `swe-agent resume {job.id}`" + (
            f" ({error.hint})" if error.hint else ""
        )
        job.emit(TaskEnded(reason="limit", exit_code=error.exit_code, message=error.message))
        raise LimitReached(error.message, hint=hint, limit=error.limit) from error
    except Terminated as error:
        _end(job, TaskEnded(reason="cancelled", exit_code=130, message="cancelled"))
        raise error.told from None
    except Interrupted as error:
        _end(job, TaskEnded(reason="interrupted", exit_code=error.exit_code, message="interrupted"))
        raise
    except KeyboardInterrupt as error:
        _end(job, TaskEnded(reason="interrupted", exit_code=130, message="interrupted"))
        raise Interrupted(
            "interrupted; everything so far is kept", hint=f"go on with `swe-agent resume {job.id}`"
        ) from error
    except BrokenPipeError as error:
        _end(job, TaskEnded(reason="interrupted", exit_code=130, message="whoever read the output has gone"))
        raise Interrupted(
            "whoever read the output has gone; everything so far is kept",
            hint=f"go on with `swe-agent resume {job.id}`",
        ) from error
    except SweAgentError as error:
        _end(job, TaskEnded(reason="failed", exit_code=error.exit_code, message=error.message))
        raise
    except Exception:
        _end(job, TaskEnded(reason="failed", exit_code=70, message="a bug in swe-agent"))
        raise


def _end(job: Job, ended: TaskEnded) -> None:
    """Where even this cannot be written or told (a full disk, a closed pipe), the error on its way says so already."""
    with suppress(EnvironmentLacks, BrokenPipeError):
        job.emit(ended)
