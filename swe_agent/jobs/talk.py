"""The conversations of a job with its models: what each role is asked, with which tools, and what is said before."""

from __future__ import annotations

from functools import cache, cached_property

from swe_agent.agent.critic import criticise
from swe_agent.agent.edit_format import Tried, choose
from swe_agent.agent.finishing import Finishing
from swe_agent.agent.guard import Guard, by_model, by_rules
from swe_agent.agent.loop import Loop, Manner
from swe_agent.agent.planner import look_and_plan, make_plan
from swe_agent.agent.speaker import Speaker
from swe_agent.agent.tools import for_editing, for_reading
from swe_agent.agent.tools.edit import REPLACEMENT
from swe_agent.agent.tools.foreign import tools_of
from swe_agent.agent.tools.skill import loading
from swe_agent.agent.tools.tool import Tool
from swe_agent.core.context import Skill
from swe_agent.core.event import CostEstimated, EditFormatChosen, Escalated, ModelAsked, Warned
from swe_agent.core.message import Message, ModelRole
from swe_agent.core.plan import Plan
from swe_agent.core.ports import ForeignTools
from swe_agent.core.usage import Usage
from swe_agent.core.verdict import Verdict
from swe_agent.jobs.bench import Bench
from swe_agent.jobs.discretion import Discretion
from swe_agent.jobs.job import Job
from swe_agent.llm.cascade import escalate
from swe_agent.llm.estimate import estimate
from swe_agent.llm.fingerprint import request_hash
from swe_agent.metrics.interval import Share
from swe_agent.prompts.render import prompt

PAST_JOBS = 50
"""So many of them tell what the next may come to."""
EDITING_TEXT = "`edit` takes the changes as a text in the format that its description shows. Quote lines exactly."
EDITING = {
    REPLACEMENT: "`edit` replaces text that stands in the file exactly once. Quote it exactly, with its white space, "
    "and with enough lines around it to be unique. Use several small edits rather than one large one.",
}
"""What is said of the edit tool, by its format; where nothing is, the tool itself says it."""


def open_speaker(job: Job) -> Speaker:
    """All models of the job. Raises where one may not be asked, or has no price that a budget needs."""
    models = job.kit.open_models(job.options, job.spent)
    model_of = cache(models.of)  # a role is one conversation, which stays with the model that it has come to
    for body in job.past:
        if isinstance(body, Escalated):
            escalate(model_of("editor"), body.reason)
    return Speaker(
        model_of=model_of,
        emit=job.emit,
        on_token=job.kit.voices.on_token,
        monotonic=job.kit.time.monotonic,
        request_hash=request_hash,
        calls=max((body.call for body in job.past if isinstance(body, ModelAsked)), default=0),
    )


class Talk:
    def __init__(self, job: Job, speaker: Speaker, bench: Bench, discretion: Discretion) -> None:
        self._job = job
        self._speaker = speaker
        self._bench = bench
        speaker.redact = discretion.secrets.redact
        bench.closed = discretion.closed
        self._servers: ForeignTools | None = None
        self.skills: tuple[Skill, ...] = ()
        """As they were when the context was chosen: what a model is offered must not change under it."""

    def estimate(self, context_tokens: int) -> None:
        """Said before anything is asked: from past jobs of this kind in this repository, where there are enough."""
        if self._job.recall(CostEstimated):
            return
        books = self._job.kit.books.ledger.books()
        alike = [book for book in books if book.job.kind == self._job.task.kind and book.calls]
        history = [sum((call.usage for call in book.calls), Usage()) for book in alike[-PAST_JOBS:]]
        found = estimate(self._speaker.model_of("editor").price, context_tokens, history)
        self._job.emit(
            CostEstimated(
                likely_tokens=found.likely.tokens,
                high_tokens=found.high.tokens,
                likely=found.likely.cost,
                high=found.high.cost,
                basis=found.basis,
            )
        )

    def plan(self, opening: str) -> Plan:
        """By one question; where a person waits for the plan, after a look around."""
        self._job.kit.voices.progress("planning")
        if self._job.options.plan_only or self._job.options.confirm_plan:
            return look_and_plan(self._loop("planner"), opening, self._job.past)
        return make_plan(self._speaker, opening, effort=self._job.options.effort)

    def edit(self, opening: str) -> str:
        """Until the model has finished: what it says of its work."""
        format = self._edit_format()
        self._job.kit.voices.progress("editing")
        system = Message(role="system", content=prompt("editor").render(editing=EDITING.get(format, EDITING_TEXT)))
        return self._loop("editor", format).go([system, Message(role="user", content=opening)], self._job.past).summary

    def _edit_format(self) -> str:
        """As it was chosen before, else by what this repository's record says of the model."""
        if recorded := self._job.recall(EditFormatChosen):
            return recorded.format
        if (set_to := self._job.kit.tuning.edit_format) != "auto":
            self._job.emit(EditFormatChosen(format=set_to, why="as it is set"))
            return set_to
        model = self._speaker.model_of("editor").ref.name
        rows = self._job.kit.books.ledger.edits_of(model)
        shares = {format: Share(hits=applied, n=applied + refused) for format, (applied, refused) in rows.items()}
        tried = {
            format: Tried(applied=share.hits, n=share.n, low=share.interval[0], high=share.interval[1])
            for format, share in shares.items()
            if share.interval
        }
        choice = choose(model, tried)
        self._job.emit(EditFormatChosen(format=choice.format, why=choice.why))
        return choice.format

    def _loop(self, role: ModelRole, format: str = REPLACEMENT) -> Loop:
        options = self._job.options
        manner = Manner(
            role=role,
            effort=options.effort,
            most_turns=options.limits.turns,
            context_tokens=self._speaker.model_of(role).ref.context_tokens,
            escalate=self._stronger,
            failing=self._failing,
        )
        editing = role == "editor"
        return Loop(
            speaker=self._speaker,
            bench=self._bench,
            toolbox=for_editing(format, self._more, measured=bool(options.bench_command))
            if editing
            else for_reading(self._more),
            check=self._job.check_time,
            manner=manner,
            finishing=self._finishing if editing else None,
            guard=self._guard,
        )

    @cached_property
    def _more(self) -> tuple[Tool, ...]:
        """Skills of the repository, and tools of servers that the user's settings name."""
        skills = loading(self.skills)
        self._servers = self._job.kit.foreign()
        if self._servers is None:
            return skills
        for trouble in self._servers.troubles:
            self._job.emit(Warned(message=trouble))
        return (*skills, *tools_of(self._servers))

    @property
    def _guard(self) -> Guard:
        """Rules; with a model of its own for the guard, that too."""
        if self._job.kit.tuning.guarded:
            return by_model(self._speaker, self._job.task)
        return by_rules

    def close(self) -> None:
        if self._servers is not None:
            self._servers.close()

    @property
    def _finishing(self) -> Finishing:
        return Finishing(
            bench=self._bench,
            kind=self._job.task.kind,
            criticise=self._criticise,
            critic=self._job.kit.tuning.critic,
        )

    def _criticise(self, verdict: Verdict) -> str:
        effort = self._job.options.effort
        return criticise(self._speaker, self._job.task, self._bench.diff(), verdict, effort=effort)

    def _stronger(self, reason: str) -> str:
        editor = self._speaker.model_of("editor")
        return editor.ref.name if escalate(editor, reason) else ""

    def _failing(self) -> str:
        """The tests that were red when they ran last: what a shortened conversation must not forget."""
        run = self._bench.evidence.last_run
        red = [case for case in run.cases if case.red] if run else []
        return "\n".join(f"- {case.id} {case.message}".rstrip() for case in red[:20])
