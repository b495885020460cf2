"""The main job: from a task to a proposal with evidence."""

from __future__ import annotations

from swe_agent.agent.loop import Loop
from swe_agent.agent.planner import make_plan
from swe_agent.agent.speaker import Speaker
from swe_agent.context.render import opening, tests_before
from swe_agent.core.event import ModelAsked, PlanMade, TaskEnded
from swe_agent.core.message import Message
from swe_agent.core.plan import Plan
from swe_agent.jobs.apply import apply_reply
from swe_agent.jobs.bench import Bench
from swe_agent.jobs.job import Job
from swe_agent.jobs.prepare import build_index, choose_context, open_bench, run_baseline, set_up, take_snapshot
from swe_agent.jobs.propose import propose
from swe_agent.jobs.search import Search
from swe_agent.llm.fingerprint import request_hash
from swe_agent.prompts.render import prompt


def solve(job: Job) -> TaskEnded:
    """Run the job to its end, or from where it stopped. The user's tree is only read."""
    if job.options.engine == "apply":
        return apply_reply(job)
    # Opened first: a missing price or a bad name is said before minutes are spent on tests.
    speaker = _speaker(job) if job.options.engine == "model" else None
    box = job.box()
    snapshot = take_snapshot(job, box)
    set_up(job, box, snapshot.commit)
    space = job.workspace(box, snapshot.commit)
    try:
        baseline = run_baseline(job, space)
        bench = open_bench(job, space, box, baseline)
        if speaker is None:
            build_index(job, bench)
            search = Search(job, space, bench, baseline)
            plan = search.plan()
            if ended := _plan_ends_it(job, plan):
                return ended
            summary, targets = search.run()
        else:
            context, before = choose_context(job, bench, baseline), tests_before(baseline.run, baseline.note)
            plan = _plan(job, speaker, opening(job.task, context, before, None))
            if ended := _plan_ends_it(job, plan):
                return ended
            context = choose_context(job, bench, baseline, plan)
            turns = job.options.limits.turns
            first = opening(job.task, context, before, plan, most_turns=turns)
            summary, targets = _edit(job, speaker, bench, first), None
        return propose(job, box, space, bench, snapshot=snapshot, plan=plan, summary=summary, targets=targets)
    finally:
        space.close()


def _speaker(job: Job) -> Speaker:
    voices = job.kit.voices
    return Speaker(
        model=job.kit.open_model(job.options, job.spent),
        emit=job.emit,
        on_token=voices.on_token,
        monotonic=job.kit.time.monotonic,
        request_hash=request_hash,
        calls=max((body.call for body in job.past if isinstance(body, ModelAsked)), default=0),
    )


def _plan(job: Job, speaker: Speaker, first: str) -> Plan:
    if recorded := job.recall(PlanMade):
        return recorded.plan
    job.kit.voices.progress("planning")
    plan = make_plan(speaker, first, effort=job.options.effort)
    job.emit(PlanMade(plan=plan))
    return plan


def _plan_ends_it(job: Job, plan: Plan) -> TaskEnded | None:
    """With `--plan-only`, or where the person does not want this plan."""
    if job.options.plan_only:
        return TaskEnded(reason="planned", exit_code=0, message="the plan is made; nothing was edited")
    if job.options.confirm_plan and not job.kit.voices.reviewer.confirm_plan(plan):
        return TaskEnded(reason="declined", exit_code=1, message="the plan was declined; nothing was edited")
    return None


def _edit(job: Job, speaker: Speaker, bench: Bench, first: str) -> str:
    job.kit.voices.progress("editing")
    loop = Loop(
        speaker=speaker,
        bench=bench,
        effort=job.options.effort,
        most_turns=job.options.limits.turns,
        check=job.check_time,
    )
    system = Message(role="system", content=prompt("editor").render())
    return loop.edit([system, Message(role="user", content=first)], job.past).summary
