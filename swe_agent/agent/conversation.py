"""The conversation of the editor, as a fold of events: what was said, what is not yet sent, which calls wait.

Because it is a fold, a job that was killed at any event goes on from its trajectory alone. Messages are only ever added
at the end, so that the prefix that a provider has cached stays byte for byte the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field

from swe_agent.core.event import EventBody, ModelAnswered, ModelAsked, ToolUsed
from swe_agent.core.message import Message, ToolCall

MOST_ENDS = 3
"""Times that `finish` may be sent back because tests are broken; then the proposal says so itself."""
KEEP_RESULTS = 4
"""Tool results that stay whole when a conversation that no longer fits is shortened."""


@dataclass(slots=True)
class Conversation:
    sent: list[Message] = field(default_factory=list)
    unsent: list[Message] = field(default_factory=list)
    answered: set[str] = field(default_factory=set)
    turns: int = 0
    silences: int = 0
    """Answers without a tool call in a row, up to now."""
    ends: int = 0
    """Times that `finish` was called."""
    finished: bool = False
    """`finish` was believed, or sent back too often."""
    summary: str = ""

    @classmethod
    def replayed(cls, events: Iterable[EventBody]) -> Conversation:
        """Of the editor's events; the planner's are its own."""
        talk = cls()
        for body in events:
            if isinstance(body, ModelAsked) and body.role == "editor":
                talk.asked(body.new, fresh=body.fresh)
            elif isinstance(body, ModelAnswered) and body.role == "editor":
                message = Message(role="assistant", content=body.content, tool_calls=body.tool_calls)
                talk.heard(message, cut=body.finish == "length")
            elif isinstance(body, ToolUsed):
                talk.used(body)
        return talk

    def say(self, message: Message) -> None:
        self.unsent.append(message)

    def asked(self, new: Iterable[Message], *, fresh: bool = False) -> None:
        self.sent = [*([] if fresh else self.sent), *new]
        self.unsent = []

    def heard(self, message: Message, *, cut: bool = False) -> None:
        """An answer. One that was `cut` at its length limit before it called a tool is asked to go on."""
        self.sent.append(message)
        self.turns += 1
        self.answered = set()
        self.silences = 0 if message.tool_calls else self.silences + 1
        if cut and not message.tool_calls:
            self.say(Message(role="user", content="Your answer was cut at its length limit. Go on in smaller steps."))

    def used(self, tool: ToolUsed) -> None:
        self.answered.add(tool.call_id)
        self.unsent.append(Message(role="tool", content=tool.result, tool_call_id=tool.call_id))
        if tool.name == "finish":
            self.ends += 1
            if tool.ok or self.ends >= MOST_ENDS:
                self.finished, self.summary = True, _summary(tool.arguments)

    @property
    def messages(self) -> tuple[Message, ...]:
        return (*self.sent, *self.unsent)

    @property
    def waiting(self) -> tuple[ToolCall, ...]:
        """Tool calls of the last answer that have no result yet."""
        last = next((m for m in reversed(self.sent) if m.role == "assistant"), None)
        if last is None or self.sent[-1] is not last:
            return ()
        return tuple(call for call in last.tool_calls if call.id not in self.answered)

    @property
    def silent(self) -> bool:
        """The model answered without calling a tool, and nothing has been said since."""
        return bool(self.sent) and not self.unsent and self.sent[-1].role == "assistant"

    def shortened(self) -> tuple[Message, ...]:
        """The same conversation with older tool results left out. What was asked and decided stays."""
        messages = self.messages
        results = [i for i, message in enumerate(messages) if message.role == "tool"]
        old = set(results[:-KEEP_RESULTS])
        return tuple(
            Message(role="tool", content=f"[left out: {len(m.content)} characters]", tool_call_id=m.tool_call_id)
            if i in old and len(m.content) > 200
            else m
            for i, m in enumerate(messages)
        )


def _summary(arguments: str) -> str:
    try:
        return str(json.loads(arguments or "{}").get("summary", ""))
    except (ValueError, AttributeError):
        return ""
