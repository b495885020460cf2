"""The main job: from a task to a proposal with evidence."""

from __future__ import annotations

from contextlib import ExitStack

from swe_agent.context.render import opening, tests_before
from swe_agent.core.event import PlanMade, TaskEnded
from swe_agent.core.plan import Plan
from swe_agent.jobs.apply import apply_reply
from swe_agent.jobs.commits import propose_commits
from swe_agent.jobs.discretion import keep_secret
from swe_agent.jobs.job import Job
from swe_agent.jobs.prepare import build_index, choose_context, open_bench, run_baseline, set_up, take_snapshot
from swe_agent.jobs.propose import propose
from swe_agent.jobs.search import Search
from swe_agent.jobs.talk import Talk, open_speaker
from swe_agent.jobs.tracing import suspected


def solve(job: Job) -> TaskEnded:
    """Run the job to its end, or from where it stopped. The user's tree is only read."""
    if job.options.engine == "apply":
        return apply_reply(job)
    if job.options.engine == "range":
        return propose_commits(job)
    # Opened first: a missing price or a bad name is said before minutes are spent on tests.
    speaker = open_speaker(job) if job.options.engine == "model" else None
    box = job.box()
    snapshot = take_snapshot(job, box)
    set_up(job, box, snapshot.commit)
    space = job.workspace(box, snapshot.commit)
    with ExitStack() as ending:
        ending.callback(space.close)
        discretion = keep_secret(job, snapshot, space) if speaker else None
        baseline = run_baseline(job, space)
        bench = open_bench(job, space, box, snapshot, baseline)
        if speaker is None or discretion is None:
            build_index(job, bench)
            search = Search(job, space, bench, baseline)
            plan = search.plan()
            if ended := _plan_ends_it(job, plan):
                return ended
            summary, targets = search.run()
        else:
            talk = Talk(job, speaker, bench, discretion)
            ending.callback(talk.close)
            build_index(job, bench)
            found = suspected(job, space, bench, baseline)
            context = choose_context(job, bench, baseline, found.suspects)
            before = tests_before(baseline.run, baseline.note, found.suspects)
            talk.skills = context.skills
            talk.estimate(context.tokens)
            plan = _plan(job, talk, opening(job.task, context, before, None))
            if ended := _plan_ends_it(job, plan):
                return ended
            context = choose_context(job, bench, baseline, found.suspects, plan)
            turns = job.options.limits.turns
            summary, targets = talk.edit(opening(job.task, context, before, plan, most_turns=turns)), None
        return propose(job, box, space, bench, snapshot=snapshot, plan=plan, summary=summary, targets=targets)


def _plan(job: Job, talk: Talk, first: str) -> Plan:
    if recorded := job.recall(PlanMade):
        return recorded.plan
    plan = talk.plan(first)
    job.emit(PlanMade(plan=plan))
    return plan


def _plan_ends_it(job: Job, plan: Plan) -> TaskEnded | None:
    """With `--plan-only`, or where the person does not want this plan."""
    if job.options.plan_only:
        return TaskEnded(reason="planned", exit_code=0, message="the plan is made; nothing was edited")
    if job.options.confirm_plan and not job.kit.voices.reviewer.confirm_plan(plan):
        return TaskEnded(reason="declined", exit_code=1, message="the plan was declined; nothing was edited")
    return None
