"""A conversation as a fold of events: what was said, what is not yet sent, which calls wait.

Because it is a fold, a job that was killed at any event goes on from its trajectory alone. Messages are only ever added
at the end, so that the prefix that a provider has cached stays byte for byte the same; where they no longer fit, the
conversation begins anew with what `compaction` has left of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field

from swe_agent.agent.finishing import CHECK, MOST_ENDS
from swe_agent.agent.repeats import Repeats
from swe_agent.agent.tools import finish, plan
from swe_agent.core.event import Escalated, EventBody, ModelAnswered, ModelAsked, ToolUsed
from swe_agent.core.message import Message, ModelRole, ToolCall
from swe_agent.core.usage import Usage


@dataclass(slots=True)
class Conversation:
    role: ModelRole = "editor"
    sent: list[Message] = field(default_factory=list)
    unsent: list[Message] = field(default_factory=list)
    answered: set[str] = field(default_factory=set)
    turns: int = 0
    silences: int = 0
    """Answers without a tool call in a row, up to now."""
    ends: int = 0
    """Times that `finish` was sent back because tests are broken."""
    checked: bool = False
    """`finish` was sent back once with what is open."""
    finished: bool = False
    """`finish` was believed, or sent back too often."""
    summary: str = ""
    steps: str = ""
    """The plan as the model keeps it."""
    refused: int = 0
    """Edits in a row that were refused."""
    repeats: Repeats = field(default_factory=Repeats)
    known_tokens: int = 0
    """Of the conversation up to the last answer, as the provider counts; 0 until it has."""

    @classmethod
    def replayed(cls, events: Iterable[EventBody], role: ModelRole = "editor") -> Conversation:
        """Of the events of one role; those of others are their own."""
        talk = cls(role=role)
        for body in events:
            if isinstance(body, ModelAsked) and body.role == role:
                talk.asked(body.new, fresh=body.fresh)
            elif isinstance(body, ModelAnswered) and body.role == role:
                message = Message(role="assistant", content=body.content, tool_calls=body.tool_calls)
                talk.heard(message, body.usage, cut=body.finish == "length")
            elif isinstance(body, ToolUsed) and any(call.id == body.call_id for call in talk.waiting):
                talk.used(body)
            elif isinstance(body, Escalated):
                talk.encouraged()
        return talk

    def say(self, message: Message) -> None:
        self.unsent.append(message)

    def asked(self, new: Iterable[Message], *, fresh: bool = False) -> None:
        self.sent = [*([] if fresh else self.sent), *new]
        self.unsent = []

    def heard(self, message: Message, usage: Usage, *, cut: bool = False) -> None:
        """An answer. One that was `cut` at its length limit before it called a tool is asked to go on."""
        self.sent.append(message)
        self.turns += 1
        self.answered = set()
        self.known_tokens = 0 if usage.estimated else usage.total
        self.silences = 0 if message.tool_calls else self.silences + 1
        if cut and not message.tool_calls:
            self.say(Message(role="user", content="Your answer was cut at its length limit. Go on in smaller steps."))

    def used(self, tool: ToolUsed) -> None:
        self.answered.add(tool.call_id)
        self.unsent.append(Message(role="tool", content=tool.result, tool_call_id=tool.call_id))
        self.repeats.note(tool)
        if tool.name in ("edit", "create"):
            self.refused = 0 if tool.ok else self.refused + 1
        elif tool.name == plan.NAME and tool.ok:
            self.steps = str(_argument(tool.arguments, "steps"))
        elif tool.name == finish.NAME:
            asked_to_check = not tool.ok and tool.result.startswith(CHECK)
            self.checked = self.checked or asked_to_check
            self.ends += not asked_to_check
            if tool.ok or self.ends >= MOST_ENDS:
                self.finished, self.summary = True, str(_argument(tool.arguments, "summary"))

    def encouraged(self) -> None:
        """A stronger model goes on: what the one before has tried in vain is not held against it."""
        self.refused, self.ends, self.repeats = 0, 0, Repeats(tree=self.repeats.tree)

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


def _argument(arguments: str, name: str) -> object:
    try:
        return json.loads(arguments or "{}").get(name, "")
    except (ValueError, AttributeError, RecursionError):
        return ""
