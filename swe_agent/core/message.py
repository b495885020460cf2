"""The conversation with a model, in the words that every provider shares.

These are values of core, not of `llm`, because they are recorded in trajectories, folded back into a conversation on
resume, and replayed; the doors to providers translate them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from swe_agent.core.task import Effort
from swe_agent.core.usage import Usage

MessageRole = Literal["system", "user", "assistant", "tool"]
Finish = Literal["stop", "tool_calls", "length", "refusal"]
ModelRole = Literal["planner", "editor", "critic", "summariser", "reviewer", "completer", "guard"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """`arguments` is the text that the model sent: JSON if all is well. Whoever runs the tool parses it."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolSpec:
    """`parameters` is a flat JSON schema of an object."""

    name: str
    description: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    role: MessageRole
    content: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str = ""
    """Of a tool message: the call that it answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRequest:
    """One question. `messages` only ever grows at its end within a conversation, so that prefix caches hit."""

    messages: tuple[Message, ...]
    tools: tuple[ToolSpec, ...] = ()
    role: ModelRole = "editor"
    effort: Effort | None = None
    max_output_tokens: int = 8192


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelReply:
    content: str
    tool_calls: tuple[ToolCall, ...]
    finish: Finish
    usage: Usage
    model: str
    """The model's name as the server gave it, which may differ from the one asked for."""
    reasoning: str = ""
    effective: tuple[tuple[str, str], ...] = ()
    """The parameters that were really sent, names and values as text, sorted; `dropped` names what was left out."""

    def as_message(self) -> Message:
        return Message(role="assistant", content=self.content, tool_calls=self.tool_calls)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRef:
    """What answers: the name as typed, the door that leads to it, and where it is served."""

    name: str
    door: Literal["litellm", "openai_http", "scripted", "recorded"]
    base_url: str = ""
    context_tokens: int | None = None
    max_output_tokens: int | None = None
