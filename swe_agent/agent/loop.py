"""The loop: ask, use the tools that were called, ask again, until the work is finished or a limit is reached."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from swe_agent.agent import compaction
from swe_agent.agent.bench import Bench
from swe_agent.agent.conversation import Conversation
from swe_agent.agent.finishing import Finishing
from swe_agent.agent.guard import Guard, by_rules
from swe_agent.agent.repeats import MOST_STALE, told
from swe_agent.agent.speaker import Speaker
from swe_agent.agent.tools import Toolbox, finish
from swe_agent.agent.tools.tool import BadArguments, Result, arguments_of
from swe_agent.core.errors import ContextTooLong, LimitReached, ModelError, ModelRefused
from swe_agent.core.event import Escalated, EventBody, ToolUsed, Warned
from swe_agent.core.message import Message, ModelReply, ModelRequest, ModelRole, ToolCall
from swe_agent.core.task import Effort
from swe_agent.prompts.render import prompt

MOST_SILENT = 2
"""Answers without a tool call in a row, after which the conversation is taken to be over."""
MOST_REFUSED = 4
"""Edits in a row that were refused, after which a stronger model is asked for."""
AT_ONCE = 8
"""Calls of one answer that go on beside each other."""
_FIRST_GUESS = 3
"""Characters a token, for what a provider has not counted yet."""

Escalate = Callable[[str], str]
"""A reason, for the name of the stronger model that goes on; empty where there is none."""
Failing = Callable[[], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How a conversation is held. `failing` tells the tests that fail now, for who goes on without what was said."""

    role: ModelRole = "editor"
    effort: Effort | None = None
    most_turns: int | None = None
    context_tokens: int | None = None
    escalate: Escalate = lambda _reason: ""
    failing: Failing = lambda: ""


@dataclass(slots=True, kw_only=True)
class Loop:
    speaker: Speaker
    bench: Bench
    toolbox: Toolbox
    check: Callable[[], None]
    """Raises LimitReached or Interrupted where the job must stop; called between steps."""
    manner: Manner = Manner()
    finishing: Finishing | None = None
    guard: Guard = by_rules

    def go(self, opening: Sequence[Message], past: Sequence[EventBody]) -> Ending:
        """Go on from `past` (empty for a new job) until the model has finished."""
        talk = Conversation.replayed(past, self.manner.role)
        if not talk.sent:
            for message in opening:
                talk.say(self.speaker.clean(message))
        while True:
            self.check()
            self._use_all(talk)
            if talk.finished:
                return Ending(summary=talk.summary)
            if stuck := self._stuck(talk):
                return Ending(summary=stuck)
            if talk.silent:
                if talk.silences >= MOST_SILENT or not self.toolbox.may_finish:
                    return Ending(summary=talk.sent[-1].content)
                talk.say(Message(role="user", content=prompt("nudge").render()))
            self._ask(talk)

    def _stuck(self, talk: Conversation) -> str:
        """Why there is no more to be hoped for; empty while there is. A stronger model is asked for first."""
        why = ""
        if talk.repeats.stale >= MOST_STALE:
            why = f"the last {talk.repeats.stale} calls brought nothing that was not known"
        elif talk.refused >= MOST_REFUSED:
            why = f"{talk.refused} edits in a row were refused"
        elif talk.ends >= 2:
            why = f"tests are broken after {talk.ends} attempts to finish"
        if not why:
            return ""
        if model := self.manner.escalate(why):
            self.speaker.emit(Escalated(reason=why, model=model))
            talk.encouraged()
            return ""
        if talk.repeats.stale < MOST_STALE:
            return ""
        self.speaker.emit(Warned(message=f"stopped: {why}", hint="another `--model` may find a way"))
        return f"Stopped, for {why}."

    # ---- asking

    def _ask(self, talk: Conversation) -> None:
        most = self.manner.most_turns
        if most is not None and talk.turns >= most:
            raise LimitReached(
                f"the limit of {most} answers is reached", hint="go on with `--max-turns` set higher", limit="turns"
            )
        reply = self._asked(talk)
        if reply.finish == "refusal":
            raise ModelRefused(
                "the model declined to go on", hint="word the task differently, or use another `--model`"
            )
        talk.heard(reply.as_message(), reply.usage, cut=reply.finish == "length")

    def _asked(self, talk: Conversation) -> ModelReply:
        try:
            if self._too_long(talk):
                return self._send(talk, self._compacted(talk), fresh=True)
            return self._send(talk, talk.messages)
        except ContextTooLong:
            if len(talk.messages) <= len(compaction.opening_of(talk.messages)):
                raise
        try:
            return self._send(talk, self._compacted(talk), fresh=True)
        except ContextTooLong:
            messages = talk.messages
            last = compaction.shorter(compaction.tail_of(messages, 0), 1_000)
            return self._send(talk, (*messages[: len(messages) - len(last)], *last), fresh=True)

    def _send(self, talk: Conversation, messages: tuple[Message, ...], *, fresh: bool = False) -> ModelReply:
        new = messages if fresh else tuple(talk.unsent)
        talk.asked(new, fresh=fresh)
        request = ModelRequest(
            messages=messages, tools=self.toolbox.specs, role=self.manner.role, effort=self.manner.effort
        )
        return self.speaker.ask(request, new=new, fresh=fresh)

    # ---- a conversation that does not fit

    def _too_long(self, talk: Conversation) -> bool:
        window = self.manner.context_tokens
        if window is None or not talk.known_tokens:
            return False
        waiting = sum(len(message.content) for message in talk.unsent) // _FIRST_GUESS
        return talk.known_tokens + waiting > window * compaction.SHARE

    def _compacted(self, talk: Conversation) -> tuple[Message, ...]:
        messages = talk.messages
        size = sum(len(message.content) for message in messages)
        tail = compaction.tail_of(messages, int(size * compaction.TAIL_SHARE))
        middle = compaction.middle_of(messages, tail)
        notes = f"{self._notes(middle)}\n\nWhat was done:\n{compaction.deeds(middle)}" if middle else ""
        made = compaction.compacted(
            messages,
            tail,
            notes=notes.strip(),
            plan=talk.steps,
            tests=self.manner.failing(),
            diff=self.bench.diff(),
        )
        return tuple(self.speaker.clean(message) if message.role == "user" else message for message in made)

    def _notes(self, middle: Sequence[Message]) -> str:
        """By the summariser. Without one the list of deeds has to do."""
        window = self.manner.context_tokens
        most = int(window * _FIRST_GUESS * 0.5) if window else 60_000
        text = compaction.transcript(middle, most)
        try:
            return self.speaker.question("summariser", prompt("summariser").render(), text, most=1024).content
        except ModelError as error:
            self.speaker.emit(Warned(message=f"the conversation was shortened without a summary: {error.message}"))
            return ""

    # ---- tools

    def _use_all(self, talk: Conversation) -> None:
        """The calls that wait, in order. Those that only wait for something elsewhere are made at once."""
        ahead = self._ahead(talk.waiting)
        for call in talk.waiting:
            talk.used(self._use(call, talk, ahead.get(call.id)))
            self.check()

    def _ahead(self, calls: Sequence[ToolCall]) -> dict[str, Result]:
        by_name = self.toolbox.by_name
        beside = [call for call in calls if call.name in by_name and by_name[call.name].beside]
        if len(beside) < 2:
            return {}
        with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
            return dict(zip((call.id for call in beside), pool.map(self._result, beside), strict=True))

    def _use(self, call: ToolCall, talk: Conversation, ahead: Result | None) -> ToolUsed:
        started = self.speaker.monotonic()
        if ahead is not None:
            result = ahead
        elif call.name == finish.NAME and self.finishing is not None:
            result = self._finished(call, talk, self.finishing)
        else:
            result = self._result(call)
        used = ToolUsed(
            call_id=call.id,
            name=call.name,
            arguments=call.arguments,
            result=self.speaker.redact(result.text),
            ok=result.ok,
            seconds=round(self.speaker.monotonic() - started, 3),
            tree=self.bench.tree() if result.changes_tree else None,
        )
        used = replace(used, result=used.result + told(talk.repeats.times(used)))
        self.speaker.emit(used)
        return used

    def _finished(self, call: ToolCall, talk: Conversation, finishing: Finishing) -> Result:
        try:
            arguments_of(finish.SPEC, call.arguments)
        except BadArguments as error:
            return Result(text=str(error), ok=False)
        return finishing.judge(checked=talk.checked, steps=talk.steps)

    def _result(self, call: ToolCall) -> Result:
        tool = self.toolbox.by_name.get(call.name)
        if tool is None:
            there = ", ".join(spec.name for spec in self.toolbox.specs)
            return Result(text=f"there is no tool {call.name}; there are {there}", ok=False)
        try:
            arguments = tool.arguments(call.arguments)
            if tool.acts and (reason := self.guard(call)):
                return Result(text=f"not done, the guard says: {reason}", ok=False)
            return tool.use(self.bench, arguments)
        except (BadArguments, ValueError) as error:
            return Result(text=str(error), ok=False)
