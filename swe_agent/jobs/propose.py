"""From the tree that work has left to a proposal: blocks, evidence, provenance, and what the answer is."""

from __future__ import annotations

from swe_agent.core.diff import FileChange
from swe_agent.core.event import EditFormatChosen, ModelAsked, ProposalReady, ReplyTaken, TaskEnded
from swe_agent.core.plan import Plan
from swe_agent.core.proposal import HazardNote, Proposal, Provenance, Snapshot
from swe_agent.core.task import within
from swe_agent.core.verdict import TestState, Verdict
from swe_agent.jobs.bench import Bench
from swe_agent.jobs.job import Job, spent
from swe_agent.prompts.render import prompt
from swe_agent.syntax.language import is_test_file, language_of
from swe_agent.verify.weakened import weakened
from swe_agent.workspace.box import JobBox
from swe_agent.workspace.workspace import Workspace


def propose(
    job: Job,
    box: JobBox,
    space: Workspace,
    bench: Bench,
    *,
    snapshot: Snapshot,
    plan: Plan | None,
    summary: str,
    targets: tuple[str, ...] | None,
) -> TaskEnded:
    """Record the proposal. `targets` are the tests that the job set out to fix; None: those that the task names."""
    out = space.leave()
    changes = box.changes(snapshot.tree, out.tree)
    if not changes:
        why = summary or "nothing was changed"
        return TaskEnded(reason="no_effect", exit_code=1, message=f"no effect: {why}")
    job.kit.voices.progress("running the tests on the change")
    verdict = bench.final_verdict()
    measured = bench.measure(thoroughly=True) if job.task.kind == "optimise" else None
    if measured is not None and measured.word != "better":
        return TaskEnded(reason="no_effect", exit_code=1, message=f"no effect: {measured.word}; {measured}")
    box.keep(out.tree)
    proposal = Proposal(
        id=job.id,
        task=job.task,
        snapshot=snapshot,
        tree=out.tree,
        changes=changes,
        verdict=verdict,
        provenance=_provenance(job, verdict),
        spent=spent(tuple(event.body for event in job.trajectory.events())),
        plan=plan,
        summary=summary,
        hazards=(*out.hazards, *_own_hazards(job, changes, verdict)),
    )
    languages = {c.path: name for c in changes if (name := language_of(c.path))}
    job.emit(ProposalReady(proposal=proposal, languages=languages))
    code, message = answer(proposal, _named(job, verdict) if targets is None else targets)
    message += f"; measured: {measured}" if measured else ""
    return TaskEnded(reason="proposed", exit_code=code, message=message)


def _own_hazards(job: Job, changes: tuple[FileChange, ...], verdict: Verdict) -> tuple[HazardNote, ...]:
    """What only the job can know: a change that rewrites the failing test instead of passing it, and one that leaves
    the paths that were asked for."""
    red = {case.id.split("::")[0] for case in verdict.before.cases if case.red} if verdict.before else set()
    found = [
        HazardNote(kind="failing-test-edited", path=change.path, detail="holds a test that failed before the change")
        for change in changes
        if change.path in red
    ]
    outside = [change.path for change in changes if job.task.paths and not within(change.path, job.task.paths)]
    return (
        *found,
        *weakened([change for change in changes if change.path not in red], is_test_file),
        *(HazardNote(kind="outside", path=path, detail="lies outside the paths asked for") for path in outside),
    )


def _provenance(job: Job, verdict: Verdict) -> Provenance:
    engine = job.options.engine
    run = verdict.after or verdict.before
    taken = job.recall(ReplyTaken)
    chosen = job.last(EditFormatChosen)
    return Provenance(
        engine=engine,
        model=_model(job) if engine == "model" else engine,
        prompt_version=prompt("editor").version if engine == "model" else "",
        edit_format=taken.format if taken else chosen.format if chosen else "templates",
        task_kind=job.task.kind,
        attempt=job.options.attempt,
        policy=run.tier if run else job.options.sandbox,
    )


def _model(job: Job) -> str:
    """The one that edited last, which a cascade or a fallback may have brought in."""
    asked = [e.body for e in job.trajectory.events() if isinstance(e.body, ModelAsked) and e.body.role == "editor"]
    return asked[-1].model if asked else job.options.model


def _named(job: Job, verdict: Verdict) -> tuple[str, ...]:
    """Red tests of the baseline that the task names by their id or their function's name."""
    red = [case.id for case in verdict.before.cases if case.red] if verdict.before else []
    return tuple(test for test in red if test in job.task.text or _function(test) in job.task.text.split())


def _function(test: str) -> str:
    return test.replace("::", ".").rsplit(".", 1)[-1].split("[", 1)[0]


def answer(proposal: Proposal, targets: tuple[str, ...]) -> tuple[int, str]:
    """The exit code of a run that came to a proposal, and why. Tests that were red before and stay so do not count."""
    verdict = proposal.verdict
    if not verdict.ran:
        return 0, f"unverified: {verdict.note}"
    if verdict.broken:
        broken = verdict.of(TestState.BROKEN)
        return 1, f"the change breaks {len(broken) or 'the'} test{'s' * (len(broken) != 1)}"
    still = [test for test in targets if verdict.states.get(test) is TestState.STILL_FAILING]
    if still:
        return 1, f"{len(still)} of the tests that the task is about still fail"
    red = verdict.of(TestState.STILL_FAILING)
    note = f"; {verdict.note}" if verdict.note else ""
    return 0, _said(verdict) + note + (f"; {len(red)} red before and still red" if red else "")


def _said(verdict: Verdict) -> str:
    after = verdict.after
    if after is not None and after.timed_out:
        return f"unverified: the tests did not end within {after.seconds:.0f} s"
    lost = f"; {len(verdict.lost)} tests are gone or skipped now" if verdict.lost else ""
    if verdict.word == "verified":
        said = _proof(verdict)
        return f"verified: {said}, nothing broken{lost}"
    if verdict.word == "kept":
        new = len(verdict.states.keys() - (verdict.before.outcomes().keys() if verdict.before else set()))
        more = f" and {new} new ones pass" if verdict.before and verdict.before.cases and new else ""
        return f"all tests pass as before{more}; none failed before, so none proves the change{lost}"
    return f"nothing broken, nothing fixed{lost}"


def _proof(verdict: Verdict) -> str:
    """What shows that the change does something."""
    new = len(verdict.reproduced)
    old = len(verdict.of(TestState.FIXED)) - new
    said = [f"{old} test{'s' * (old != 1)} fixed"] * bool(old)
    if new:
        how = "fails without the change and passes with it" if new == 1 else "fail without the change and pass with it"
        said.append(f"{new} new test{'s' * (new != 1)} {how}")
    return " and ".join(said) or "the tests pass now"
