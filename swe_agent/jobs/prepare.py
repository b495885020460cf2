"""What stands before any edit: the base, the tests as they are, the index, the context. Each is recorded once, and
taken from the record when a job is resumed."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from swe_agent.context.choose import choose, planned
from swe_agent.core.context import Budget, Context
from swe_agent.core.errors import EnvironmentLacks
from swe_agent.core.event import BaselineTaken, ContextChosen, Indexed, SetUpRan, SnapshotTaken, TestsRan, Warned
from swe_agent.core.plan import Plan
from swe_agent.core.proposal import Snapshot
from swe_agent.core.suspicion import Suspicion
from swe_agent.core.verdict import TestRun
from swe_agent.index.index import Index
from swe_agent.jobs.bench import Bench, recorded_run
from swe_agent.jobs.evidence import Evidence, unchanged
from swe_agent.jobs.hints import query_of
from swe_agent.jobs.job import Job
from swe_agent.jobs.look import history_of, store_of
from swe_agent.jobs.own_review import points
from swe_agent.repo import snapshot as snapshots
from swe_agent.repo.git import Git
from swe_agent.verify.baseline import Baseline, baseline
from swe_agent.verify.command import TestCommand, detect, given
from swe_agent.verify.run import run_tests
from swe_agent.workspace import setup
from swe_agent.workspace.box import JobBox
from swe_agent.workspace.workspace import Ran, Workspace, tier_of

_TAIL = 4000
_SET_UP_HINT = (
    "correct `setup.command`; hosts that it needs go into `setup.hosts` of your own settings. Everything is kept: "
    "go on with `swe-agent resume`"
)


def take_snapshot(job: Job, box: JobBox) -> Snapshot:
    """HEAD plus the dirty state, or the revision asked for, with all its objects in the box."""
    if recorded := job.recall(SnapshotTaken):
        return recorded.snapshot
    place = job.kit.place
    job.kit.voices.progress("taking a snapshot of your tree")
    snapshot = snapshots.take(place.git, place.checkout, box, base=job.options.base)
    box.keep(snapshot.commit)
    job.emit(SnapshotTaken(snapshot=snapshot))
    if snapshot.left_out:
        job.emit(
            Warned(
                message=f"left out, for they look like secrets: {', '.join(snapshot.left_out)}",
                hint="track a file with git if it belongs to the project",
            )
        )
    return snapshot


def set_up(job: Job, box: JobBox, commit: str) -> None:
    """Have the project's dependencies installed, where the settings say how and no earlier run has done it.

    EnvironmentLacks where that fails: what tests say without them is worth nothing.
    """
    wanted = job.kit.tuning.set_up
    if wanted is None or box.has_workspace:
        return
    if setup.lend(wanted, box, commit) is not None:
        if job.recall(SetUpRan) is None:
            job.emit(SetUpRan(command=wanted.command, products=wanted.products, reused=True))
        return
    job.kit.voices.progress(f"setting up: {wanted.command}")
    box.clear_workspace()
    tier, rules = tier_of(job.options.sandbox), job.kit.tuning.sandbox
    seconds = min(wanted.seconds, job.seconds_left() or wanted.seconds)
    ran, requests = setup.make(
        replace(wanted, seconds=seconds), box, commit, tier=tier, rules=rules, cancelled=job.kit.stop.is_set
    )
    output = ran.output.decode("utf-8", "replace")
    job.emit(
        SetUpRan(
            command=wanted.command,
            products=wanted.products,
            reused=False,
            status=ran.status,
            seconds=round(ran.seconds, 3),
            requests=requests,
            output_tail=output[-_TAIL:],
        )
    )
    if ran.status:
        raise EnvironmentLacks(_why_not_set_up(ran, output, requests, wanted.seconds), hint=_SET_UP_HINT)


def _why_not_set_up(ran: Ran, output: str, requests: tuple[str, ...], seconds: float) -> str:
    how = f"took longer than {seconds:.0f} s" if ran.timed_out else f"failed with exit status {ran.status}"
    last = [line for line in output.splitlines() if line.strip()][-5:]
    refused = [request for request in requests if " refused: " in request]
    return "\n".join([f"the setup command {how}", *last, *(f"network: {request}" for request in refused)])


def run_baseline(job: Job, space: Workspace) -> Baseline:
    """The tests before any edit, by the harness."""
    if recorded := job.recall(BaselineTaken):
        command = TestCommand(argv=recorded.command, reason=recorded.reason) if recorded.command else None
        return Baseline(command=command, run=recorded.run, flaky=recorded.flaky, note=recorded.note)
    if space.not_included:
        job.emit(
            Warned(
                message=f"named by `.worktreeinclude`, and left out: {', '.join(space.not_included)}",
                hint="allow a file by its path in `sandbox.include` of your own settings",
            )
        )
    command = test_command(job, space)
    if command:
        job.kit.voices.progress(f"running the tests as they are: {shlex.join(command.argv)}")

    def run_command(argv: Sequence[str], environment: dict[str, str], seconds: float) -> Ran:
        return recorded_run(space, job.emit, argv, environment, seconds)

    def run(command: TestCommand, only: tuple[str, ...]) -> TestRun:
        return run_tests(run_command, command, seconds=test_seconds(job), only=only)

    with unchanged(space):
        taken = baseline(command, run)
    job.emit(
        BaselineTaken(
            run=taken.run,
            command=command.argv if command else (),
            reason=command.reason if command else "",
            flaky=taken.flaky,
            note=taken.note,
        )
    )
    return taken


NOT_ASKED = "no test was asked for; name a command with `--test`"


def baseline_if_asked(job: Job, space: Workspace) -> Baseline:
    """Of work that is there already: nothing is run unless a command is named."""
    if job.options.test_command:
        return run_baseline(job, space)
    if job.recall(BaselineTaken) is None:
        job.emit(BaselineTaken(run=None, note=NOT_ASKED))
    return Baseline(command=None, run=None, note=NOT_ASKED)


def test_command(job: Job, space: Workspace) -> TestCommand | None:
    """The command that was given, else the one that the project's files tell."""
    if job.options.test_command:
        text = job.options.test_command
        command = given(text[0]) if len(text) == 1 else TestCommand(argv=text, reason="given")
    else:
        found = detect(space.files(), lambda path: space.own(space.target(path) or path))
        if found is None:
            return None
        command = found
    if command.argv[0] == "python":
        # Debian has no `python` outside of a virtual environment.
        where = space.run(("sh", "-c", "command -v python || command -v python3"), seconds=20)
        if where.output.strip().endswith(b"python3"):
            command = replace(command, argv=("python3", *command.argv[1:]))
    return command


def test_seconds(job: Job) -> float:
    """A test run may not outlast the job."""
    limit = job.kit.tuning.test_seconds
    left = job.seconds_left()
    return limit if left is None else min(limit, left)


def open_bench(job: Job, space: Workspace, box: JobBox, snapshot: Snapshot, taken: Baseline) -> Bench:
    store = store_of(job.kit)
    evidence = Evidence(space, box, snapshot.tree, taken, job.emit)
    evidence.seconds = lambda: test_seconds(job)
    bench = Bench(space, box, evidence, job.emit, store)
    own = Git(box.box.git_dir, job.kit.place.git.environment)
    bench.reviewed = lambda tree: points(own, box, evidence.changes(tree), evidence.base, tree)
    bench.test_seconds = evidence.seconds
    bench.past = partial(history_of, job.kit.place.git, job.options.base or "HEAD", store)
    bench.paths = job.task.paths
    bench.bench_command = job.options.bench_command
    bench.monotonic = job.kit.time.monotonic
    for recorded in job.past:
        if isinstance(recorded, TestsRan):
            evidence.remember(recorded.tree, recorded.run)
    return bench


def build_index(job: Job, bench: Bench) -> Index:
    started = job.kit.time.monotonic()
    job.kit.voices.progress("reading the repository")
    index = bench.index()
    if job.recall(Indexed) is None:
        job.emit(
            Indexed(
                files=len(index.paths),
                symbols=index.definitions,
                languages=index.languages,
                seconds=round(job.kit.time.monotonic() - started, 3),
            )
        )
    return index


def query_before(text: str, run: TestRun | None) -> str:
    """What the context is looked for by, with the tests as they were before any edit."""
    return query_of(text, (case for case in run.cases if case.red) if run is not None else ())


def choose_context(
    job: Job, bench: Bench, taken: Baseline, suspects: Sequence[Suspicion] = (), plan: Plan | None = None
) -> Context:
    """What the model sees first: of the planner, and once there is a plan, of the editor. Failing tests say more of a
    bug than its description does, and a plan names the places that an editor would ask for first."""
    recorded = [body.context for body in job.past if isinstance(body, ContextChosen)]
    if len(recorded) > (plan is not None):
        return recorded[plan is not None]
    index = bench.index()
    context = choose(
        index,
        query_before(job.task.text, taken.run),
        Budget(tokens=job.kit.tuning.context_tokens),
        bench.content,
        under=job.task.paths,
        suspects=(*(planned(index, plan) if plan else ()), *suspects),
    )
    paths = list(dict.fromkeys(snippet.path for snippet in context.snippets))
    context = replace(context, history=job.kit.place.history(paths))
    job.emit(ContextChosen(context=context))
    return context
