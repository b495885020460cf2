"""The loop: ask, use the tools that were called, ask again, until the work is finished or a limit is reached."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from swe_agent.agent import tools
from swe_agent.agent.bench import Bench
from swe_agent.agent.conversation import Conversation
from swe_agent.agent.speaker import Speaker, without_secrets
from swe_agent.agent.tools.tool import BadArguments, Result, arguments_of
from swe_agent.core.errors import ContextTooLong, LimitReached, ModelRefused
from swe_agent.core.event import EventBody, ToolUsed
from swe_agent.core.message import Message, ModelReply, ModelRequest, ToolCall
from swe_agent.core.task import Effort
from swe_agent.prompts.render import prompt

MOST_SILENT = 2
"""Answers without a tool call in a row, after which the conversation is taken to be over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    summary: str


@dataclass(slots=True, kw_only=True)
class Loop:
    speaker: Speaker
    bench: Bench
    effort: Effort | None
    most_turns: int | None
    check: Callable[[], None]
    """Raises LimitReached or Interrupted where the job must stop; called between steps."""

    def edit(self, opening: Sequence[Message], past: Sequence[EventBody]) -> Ending:
        """Go on from `past` (empty for a new job) until the model has finished."""
        talk = Conversation.replayed(past)
        if not talk.sent:
            for message in opening:
                talk.say(without_secrets(message))
        while True:
            self.check()
            for call in talk.waiting:
                talk.used(self._use(call))
                self.check()
            if talk.finished:
                return Ending(summary=talk.summary)
            if talk.silent:
                if talk.silences >= MOST_SILENT:
                    return Ending(summary=talk.sent[-1].content)
                talk.say(Message(role="user", content=prompt("nudge").render()))
            self._ask(talk)

    def _ask(self, talk: Conversation) -> None:
        if self.most_turns is not None and talk.turns >= self.most_turns:
            raise LimitReached(
                f"the limit of {self.most_turns} answers is reached",
                hint="go on with `--max-turns` set higher",
                limit="turns",
            )
        try:
            reply = self._asked(talk, talk.messages, new=tuple(talk.unsent))
        except ContextTooLong:
            shorter = talk.shortened()
            if shorter == talk.messages:
                raise
            reply = self._asked(talk, shorter, new=shorter, fresh=True)
        if reply.finish == "refusal":
            raise ModelRefused(
                "the model declined to go on", hint="word the task differently, or use another `--model`"
            )
        talk.heard(reply.as_message(), cut=reply.finish == "length")

    def _asked(
        self, talk: Conversation, messages: tuple[Message, ...], *, new: tuple[Message, ...], fresh: bool = False
    ) -> ModelReply:
        request = ModelRequest(messages=messages, tools=tools.SPECS, role="editor", effort=self.effort)
        reply = self.speaker.ask(request, new=new, fresh=fresh)
        talk.asked(new, fresh=fresh)
        return reply

    def _use(self, call: ToolCall) -> ToolUsed:
        started = self.speaker.monotonic()
        result = self._result(call)
        used = ToolUsed(
            call_id=call.id,
            name=call.name,
            arguments=call.arguments,
            result=result.text,
            ok=result.ok,
            seconds=round(self.speaker.monotonic() - started, 3),
            tree=self.bench.tree() if result.changes_tree else None,
        )
        self.speaker.emit(used)
        return used

    def _result(self, call: ToolCall) -> Result:
        tool = tools.BY_NAME.get(call.name)
        if tool is None:
            return Result(text=f"there is no tool {call.name}; there are {', '.join(tools.BY_NAME)}", ok=False)
        try:
            result = tool.use(self.bench, arguments_of(tool.spec, call.arguments))
        except (BadArguments, ValueError) as error:
            return Result(text=str(error), ok=False)
        return Result(
            text=without_secrets(Message(role="tool", content=result.text)).content,
            ok=result.ok,
            changes_tree=result.changes_tree,
        )
