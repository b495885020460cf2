"""What a dialect is: how a question is read, how an answer and an error are spelt. Pure: values in, bytes out."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from swe_agent.core.message import ModelReply, ToolCall
from swe_agent.testing.faults import Wire

Speaker = Literal["user", "assistant", "tool"]
Part = Literal["open", "body", "finish", "usage", "end"]
Trouble = Literal[
    "rate_limit",
    "no_credit",
    "overloaded",
    "server",
    "unauthorised",
    "forbidden",
    "no_model",
    "no_tools",
    "overflow",
    "unknown_parameter",
    "filtered",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One message of the conversation so far. `text` is a tool's result where a tool speaks."""

    speaker: Speaker
    text: str = ""
    calls: tuple[ToolCall, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A question in words that all dialects share. `body` is what came over the wire."""

    model: str
    instructions: str
    turns: tuple[Turn, ...]
    tools: tuple[str, ...]
    streams: bool
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A piece of a stream, and which part of the answer it is, so that a fault knows what to leave out."""

    part: Part
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """How a dialect puts one kind of trouble."""

    status: int
    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    name: str
    asks: Callable[[str], bool]
    """Whether a path is that of a question."""
    hear: Callable[[str, Mapping[str, Any]], Heard]
    """A path and a body."""
    frames: Callable[[ModelReply, Heard, Wire], list[Frame]]
    whole: Callable[[ModelReply, Heard, Wire], dict[str, Any]]
    troubles: Mapping[Trouble, Words]
    problem: Callable[[Words], dict[str, Any]]
    """The body of an error response."""
    alarm: Callable[[Words], bytes]
    """An error in the middle of a stream."""


def words(trouble: Trouble, status: int, code: str, message: str) -> tuple[Trouble, Words]:
    """An entry of a dialect's table."""
    return trouble, Words(status=status, code=code, message=message)


def data(value: Mapping[str, Any], event: str = "") -> bytes:
    """One server-sent event."""
    named = f"event: {event}\n" if event else ""
    return f"{named}data: {json.dumps(value)}\n\n".encode()


def parts(text: str, fragments: int) -> list[str]:
    size = max(1, -(-len(text) // fragments))
    return [text[at : at + size] for at in range(0, len(text), size)]


def object_of(arguments: str) -> dict[str, Any] | None:
    """The arguments of a call where they are a JSON object; None where they are not."""
    try:
        value = json.loads(arguments or "{}")
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def identity(call: ToolCall, wire: Wire, name: str = "id") -> dict[str, str]:
    if wire.ids == "missing":
        return {}
    return {name: "call_same" if wire.ids == "duplicate" else call.id}


def index(number: int, wire: Wire, name: str = "index") -> dict[str, int]:
    if wire.indices == "missing":
        return {}
    return {name: 0 if wire.indices == "equal" else number}


def text_of(content: object) -> str:
    """A string, or the text of a list of parts, whatever a dialect calls them."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    return "\n".join(str(part["text"]) for part in content if isinstance(part, Mapping) and "text" in part)
