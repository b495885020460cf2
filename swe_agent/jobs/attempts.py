"""Several attempts at one task, side by side, and the best of them chosen by evidence.

Each attempt is a job of its own, with its own box, trajectory and share of the budget; together they are a group, named
by its first job. A group that was interrupted goes on by `resume`: attempts that are done are kept, the others go on.
The losing attempts stay, so that blocks of them can be taken too; undecided, they count in no acceptance rate.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace

from swe_agent.core.errors import SweAgentError
from swe_agent.core.event import BaselineTaken, Event, EventBody, ProposalReady, Superseded, TaskEnded, TaskStarted
from swe_agent.core.selection import Candidate, Ranked, rank
from swe_agent.core.task import RunOptions, Task
from swe_agent.core.usage import Limits
from swe_agent.jobs.comparing import by_critic
from swe_agent.jobs.job import box_of, load, open_workspace, proposal_of, started_of
from swe_agent.jobs.kit import Kit
from swe_agent.jobs.run import options_of, resume, start
from swe_agent.store.trajectory import Trajectory, job_ids
from swe_agent.syntax.language import is_test_file
from swe_agent.verify.command import TestCommand
from swe_agent.verify.run import run_tests, selects
from swe_agent.workspace.workspace import Ran

AT_ONCE = 4
"""Attempts that go on beside each other: each runs tests, and a person waits for all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """`ended` is how the best attempt ended; `ranking` has all that came to a proposal, best first."""

    job: str
    ended: TaskEnded
    ranking: tuple[Ranked, ...]


def attempt(kit: Kit, task: Task, options: RunOptions, models: Sequence[str], *, versions: str) -> Chosen:
    """Start `options.attempts` jobs and choose. `models` take turns where there are several.

    Raises what ended the first attempt where none came to an end of its own.
    """
    ids = [kit.time.new_id() for _ in range(options.attempts)]
    share = _share(options.limits, options.attempts)
    own = [
        replace(
            options,
            limits=share,
            attempt=number,
            group=ids[0],
            model=models[(number - 1) % len(models)] if models else options.model,
        )
        for number in range(1, options.attempts + 1)
    ]

    def begin(number: int, kit: Kit) -> TaskEnded:
        return start(kit, task, own[number], versions=versions, job_id=ids[number])[1]

    return _chosen(kit, ids, _all(kit, len(ids), begin))


def resume_group(kit: Kit, group: Sequence[str], change: Callable[[RunOptions], RunOptions], *, sandbox: str) -> Chosen:
    """Go on with the attempts of a group that are not done, and choose anew."""

    def go_on(number: int, kit: Kit) -> TaskEnded:
        _, events = load(kit, group[number])
        if any(isinstance(body, ProposalReady) for body in events):
            return _end_of(events)
        return resume(kit, group[number], change, sandbox=sandbox)[1]

    return _chosen(kit, group, _all(kit, len(group), go_on))


def group_of(kit: Kit, job: str) -> tuple[str, ...]:
    """The jobs that were started together with this one, in their order; none where it stands alone."""
    _, events = load(kit, job)
    started = started_of(job, events)
    if not started.options.group:
        return ()
    found = []
    for id_ in job_ids(kit.place.paths.trajectories):
        first = Trajectory(kit.trajectory(id_), kit.time.clock).first()
        if first and isinstance(first.body, TaskStarted) and first.body.options.group == started.options.group:
            found.append((first.body.options.attempt, id_))
    return tuple(id_ for _, id_ in sorted(found))


# ---- side by side

Ending = TaskEnded | SweAgentError


def _all(kit: Kit, count: int, one: Callable[[int, Kit], TaskEnded]) -> list[Ending]:
    """How each ended. Ctrl-C stops all of them at their next step."""
    quiet = _side_by_side(kit)

    def run(number: int) -> Ending:
        try:
            return one(number, quiet)
        except SweAgentError as error:
            return error

    with ThreadPoolExecutor(max_workers=min(count, AT_ONCE)) as pool:
        running = [pool.submit(run, number) for number in range(count)]
        try:
            return [future.result() for future in running]
        except BaseException:
            kit.stop.set()
            for future in running:
                future.cancel()
            raise


def _side_by_side(kit: Kit) -> Kit:
    """Events one at a time, and nothing that would overwrite another's line."""
    lock = threading.Lock()

    def tell(event: Event) -> None:
        with lock:
            kit.voices.tell(event)

    return replace(kit, voices=replace(kit.voices, tell=tell, on_token=_unheard, progress=_unheard))


def _unheard(_text: str) -> None:
    """Of several at once nobody could follow it."""


def _share(limits: Limits, parts: int) -> Limits:
    """What one of several may spend, so that together they stay within the limits."""
    return replace(
        limits,
        nano_usd=None if limits.nano_usd is None else limits.nano_usd // parts,
        tokens=None if limits.tokens is None else limits.tokens // parts,
    )


# ---- choosing


def _chosen(kit: Kit, ids: Sequence[str], endings: Sequence[Ending]) -> Chosen:
    ended = {id_: ending for id_, ending in zip(ids, endings, strict=True) if isinstance(ending, TaskEnded)}
    candidates = [
        Candidate(job=id_, proposal=proposal_of(id_, load(kit, id_)[1]), exit_code=ending.exit_code)
        for id_, ending in ended.items()
        if ending.reason == "proposed"
    ]
    if not candidates:
        if ended:
            job = min(ended, key=lambda id_: ended[id_].exit_code)
            return Chosen(job=job, ended=ended[job], ranking=())
        raise next(ending for ending in endings if isinstance(ending, SweAgentError))
    ranking = rank(_crossed(kit, candidates), by_critic(kit))
    for loser in ranking[1:]:
        kit.books.journal.append(loser.job, Superseded(by=ranking[0].job, why=loser.why))
    return Chosen(job=ranking[0].job, ended=ended[ranking[0].job], ranking=ranking)


def _crossed(kit: Kit, candidates: Sequence[Candidate]) -> list[Candidate]:
    """The candidates with what the tests that the others brought say of them."""
    if len({one.proposal.tree for one in candidates}) < 2:
        return list(candidates)
    kit.voices.progress("trying each attempt with the tests of the others")
    return [replace(one, failed=_failed(kit, one, [o for o in candidates if o.job != one.job])) for one in candidates]


def _failed(kit: Kit, one: Candidate, others: Sequence[Candidate]) -> tuple[str, ...]:
    """Tests of others that prove their changes, and that this one does not pass.

    A file of tests that both have changed is the other's in this run; helpers that lie elsewhere are missing, so that a
    test which cannot even be collected says nothing.
    """
    _, events = load(kit, one.job)
    taken = next((body for body in events if isinstance(body, BaselineTaken)), None)
    if taken is None or not taken.command or not selects(TestCommand(argv=taken.command, reason="")):
        return ()
    box = box_of(kit, one.job)
    failed: list[str] = []
    for other in others:
        wanted = other.proposal.verdict.reproduced
        theirs = [change for change in other.proposal.changes if change.new and is_test_file(change.path)]
        if not wanted or not theirs:
            continue
        box_of_other = box_of(kit, other.job)
        files = {c.path: replace(c.new, id=box.write_blob(box_of_other.blob(c.new.id))) for c in theirs if c.new}
        tree = box.tree_with(one.proposal.tree, files)
        command = TestCommand(argv=taken.command, reason=taken.reason)
        with closing(open_workspace(kit, box, one.proposal.snapshot.commit, options_of(events).sandbox)) as space:
            space.reset(tree)

            def run_command(argv: Sequence[str], environment: dict[str, str], seconds: float) -> Ran:
                return space.run(argv, seconds=seconds, environment=environment)  # used before the next

            run = run_tests(run_command, command, seconds=kit.tuning.test_seconds, only=wanted).outcomes()
            space.reset(one.proposal.tree)
        failed += [test for test in wanted if test in run and run[test].outcome == "failed"]
    return tuple(failed)


def _end_of(events: Sequence[EventBody]) -> TaskEnded:
    return next(body for body in reversed(events) if isinstance(body, TaskEnded))
