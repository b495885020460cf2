"""The main job: from a task to a proposal with evidence."""

from __future__ import annotations

from swe_agent.agent.critic import criticise
from swe_agent.agent.edit_format import Tried, choose
from swe_agent.agent.finishing import Finishing
from swe_agent.agent.loop import Loop, Manner
from swe_agent.agent.planner import look_and_plan, make_plan
from swe_agent.agent.speaker import Speaker
from swe_agent.agent.tools import for_editing, for_reading
from swe_agent.agent.tools.edit import REPLACEMENT
from swe_agent.context.render import opening, tests_before
from swe_agent.core.event import EditFormatChosen, ModelAsked, PlanMade, TaskEnded
from swe_agent.core.message import Message, ModelRole
from swe_agent.core.plan import Plan
from swe_agent.core.verdict import Verdict
from swe_agent.jobs.apply import apply_reply
from swe_agent.jobs.bench import Bench
from swe_agent.jobs.job import Job
from swe_agent.jobs.prepare import build_index, choose_context, open_bench, run_baseline, set_up, take_snapshot
from swe_agent.jobs.propose import propose
from swe_agent.jobs.search import Search
from swe_agent.llm.fingerprint import request_hash
from swe_agent.metrics.interval import Share
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
        bench = open_bench(job, space, box, snapshot, baseline)
        if speaker is None:
            build_index(job, bench)
            search = Search(job, space, bench, baseline)
            plan = search.plan()
            if ended := _plan_ends_it(job, plan):
                return ended
            summary, targets = search.run()
        else:
            context, before = choose_context(job, bench, baseline), tests_before(baseline.run, baseline.note)
            plan = _plan(job, speaker, bench, opening(job.task, context, before, None))
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
    model = job.kit.open_model(job.options, job.spent)
    return Speaker(
        model_of=lambda _role: model,
        emit=job.emit,
        on_token=voices.on_token,
        monotonic=job.kit.time.monotonic,
        request_hash=request_hash,
        calls=max((body.call for body in job.past if isinstance(body, ModelAsked)), default=0),
    )


def _plan(job: Job, speaker: Speaker, bench: Bench, first: str) -> Plan:
    if recorded := job.recall(PlanMade):
        return recorded.plan
    job.kit.voices.progress("planning")
    if job.options.plan_only or job.options.confirm_plan:
        # A person waits for this plan: it is worth a look around.
        plan = look_and_plan(_loop(job, speaker, bench, "planner"), first, job.past)
    else:
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
    format = _edit_format(job, speaker)
    job.kit.voices.progress("editing")
    system = Message(role="system", content=prompt("editor").render(editing=EDITING.get(format, EDITING_TEXT)))
    loop = _loop(job, speaker, bench, "editor", format)
    return loop.go([system, Message(role="user", content=first)], job.past).summary


def _edit_format(job: Job, speaker: Speaker) -> str:
    """As it was chosen before, else by what this repository's record says of the model."""
    if recorded := job.recall(EditFormatChosen):
        return recorded.format
    model = speaker.model_of("editor").ref.name
    shares = {
        format: Share(hits=applied, n=applied + refused)
        for format, (applied, refused) in job.kit.books.ledger.edits_of(model).items()
    }
    tried = {
        format: Tried(applied=share.hits, n=share.n, low=share.interval[0], high=share.interval[1])
        for format, share in shares.items()
        if share.interval
    }
    choice = choose(model, tried)
    job.emit(EditFormatChosen(format=choice.format, why=choice.why))
    return choice.format


EDITING_TEXT = "`edit` takes the changes as a text in the format that its description shows. Quote lines exactly."
EDITING = {
    REPLACEMENT: "`edit` replaces text that stands in the file exactly once. Quote it exactly, with its white space, and "
    "with enough lines around it to be unique. Use several small edits rather than one large one.",
}
"""What is said of the edit tool, by its format; where nothing is, the tool itself says it."""


def _loop(job: Job, speaker: Speaker, bench: Bench, role: ModelRole, format: str = REPLACEMENT) -> Loop:
    effort = job.options.effort
    manner = Manner(
        role=role,
        effort=effort,
        most_turns=job.options.limits.turns,
        context_tokens=speaker.model_of(role).ref.context_tokens,
        failing=lambda: _failing(bench),
    )
    if role == "planner":
        return Loop(speaker=speaker, bench=bench, toolbox=for_reading(), check=job.check_time, manner=manner)

    def ask_critic(verdict: Verdict) -> str:
        return criticise(speaker, job.task, bench.diff(), verdict, effort=effort)

    return Loop(
        speaker=speaker,
        bench=bench,
        toolbox=for_editing(format),
        check=job.check_time,
        manner=manner,
        finishing=Finishing(bench=bench, kind=job.task.kind, criticise=ask_critic),
    )


def _failing(bench: Bench) -> str:
    """The tests that were red when they ran last: what a shortened conversation must not forget."""
    run = bench.evidence.last_run
    red = [case for case in run.cases if case.red] if run else []
    return "\n".join(f"- {case.id} {case.message}".rstrip() for case in red[:20])
