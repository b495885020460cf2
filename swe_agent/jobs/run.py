"""A job from start to end, or from where it stopped: whichever way it goes, the trajectory says how it ended."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from swe_agent.core.errors import Cancelled, EnvironmentLacks, Interrupted, LimitReached, SweAgentError, UsageError
from swe_agent.core.event import LimitHit, ProposalReady, Resumed, TaskEnded, TaskStarted, Warned
from swe_agent.core.task import RunOptions, Task
from swe_agent.jobs.job import Job, box_of, load, snapshot_of, spent, started_of
from swe_agent.jobs.kit import Kit
from swe_agent.jobs.solve import solve
from swe_agent.store.trajectory import Trajectory


def start(kit: Kit, task: Task, options: RunOptions, *, versions: str, base_of: str = "") -> tuple[str, TaskEnded]:
    """A new job: its id, and how it ended. Raises what ended it, where that was an error.

    With `base_of` the job begins from the recorded base of that job instead of the user's tree as it is now.
    """
    trajectory = Trajectory(kit.trajectory(kit.time.new_id()), kit.time.clock)
    started = TaskStarted(task=task, options=options, checkout=str(kit.place.checkout.top), versions=versions)
    job = Job(kit, trajectory, started, ())
    with trajectory.running():
        job.emit(started)
        if base_of:
            job = _on_recorded_base(job, started, base_of)
        if options.sandbox == "none":
            job.emit(
                Warned(
                    message="no sandbox: commands and tests of this repository run with your rights",
                    hint="leave `--sandbox none` away to have them contained",
                )
            )
        return job.id, _to_its_end(job)


def _on_recorded_base(job: Job, started: TaskStarted, base_of: str) -> Job:
    """Copy the other job's base into this one's box; from then on it is as if this job had taken it itself."""
    other, events = load(job.kit, base_of)
    taken = snapshot_of(other.job, events)
    job.box().borrow(box_of(job.kit, other.job), taken.snapshot.commit)
    job.emit(taken)
    return Job(job.kit, job.trajectory, started, (taken,))


def resume(kit: Kit, job_id: str, change: Callable[[RunOptions], RunOptions]) -> tuple[str, TaskEnded]:
    """Go on with a job that has no proposal yet. `change` puts other limits or another model into its options."""
    trajectory, past = load(kit, job_id)
    with trajectory.running():
        if any(isinstance(body, ProposalReady) for body in past):
            raise UsageError(
                f"job {trajectory.job} has its proposal already", hint=f"decide it: `swe-agent desk {trajectory.job}`"
            )
        started = started_of(trajectory.job, past)
        options = change(started.options)
        changed = TaskStarted(task=started.task, options=options, checkout=started.checkout, versions=started.versions)
        job = Job(kit, trajectory, changed, past)
        job.emit(Resumed(after_seq=len(past), options=options))
        return job.id, _to_its_end(job)


def _to_its_end(job: Job) -> TaskEnded:
    try:
        ended = solve(job)
    except LimitReached as error:
        events = tuple(event.body for event in job.trajectory.events())
        job.emit(LimitHit(limit=error.limit, detail=error.message, spent=spent(events)))
        hint = f"everything is kept; go on with `swe-agent resume {job.id}`" + (
            f" ({error.hint})" if error.hint else ""
        )
        job.emit(TaskEnded(reason="limit", exit_code=error.exit_code, message=error.message))
        raise LimitReached(error.message, hint=hint, limit=error.limit) from error
    except Cancelled as error:
        _end(job, TaskEnded(reason="cancelled", exit_code=error.exit_code, message="cancelled"))
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
    job.emit(ended)
    return ended


def _end(job: Job, ended: TaskEnded) -> None:
    """Where even this cannot be written or told (a full disk, a closed pipe), the error on its way says so already."""
    with suppress(EnvironmentLacks, BrokenPipeError):
        job.emit(ended)
