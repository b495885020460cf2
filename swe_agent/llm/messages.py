"""Our conversation in the words of the OpenAI chat protocol, and how long it is. Pure; knows no server."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from swe_agent.core.message import Message, ModelRequest, ToolCall, ToolSpec

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def wire_messages(messages: Sequence[Message]) -> list[dict[str, Any]]:
    return [_message(message) for message in messages]


def wire_tools(tools: Sequence[ToolSpec]) -> list[dict[str, Any]]:
    return [
        {
            "type": "function",
            "function": {
                "name": tool.name,
                "description": sendable(tool.description),
                "parameters": dict(tool.parameters),
            },
        }
        for tool in tools
    ]


def _message(message: Message) -> dict[str, Any]:
    wire: dict[str, Any] = {"role": message.role, "content": sendable(message.content)}
    if message.tool_calls:
        wire["tool_calls"] = [_call(call) for call in message.tool_calls]
    if message.role == "tool":
        wire["tool_call_id"] = message.tool_call_id
    return wire


def _call(call: ToolCall) -> dict[str, Any]:
    return {
        "id": call.id,
        "type": "function",
        "function": {"name": call.name, "arguments": _parseable(call.arguments)},
    }


def _parseable(arguments: str) -> str:
    """Several servers parse the arguments of earlier calls again, and a half object would fail every later turn."""
    try:
        if isinstance(json.loads(arguments), dict):
            return sendable(arguments)
    except ValueError:
        pass
    return json.dumps({"malformed_arguments": sendable(arguments)})


def sendable(text: str) -> str:
    """Bytes that were not UTF-8 travel through us as lone surrogates; no provider accepts those."""
    return _LONE_SURROGATE.sub("\ufffd", text)


def request_characters(request: ModelRequest) -> int:
    """The characters of all that is sent: messages, earlier calls, and the tools' schemas."""
    spoken = sum(
        len(message.content) + sum(len(call.name) + len(call.arguments) for call in message.tool_calls)
        for message in request.messages
    )
    return spoken + (len(json.dumps(wire_tools(request.tools))) if request.tools else 0)


def estimated_tokens(characters: int) -> int:
    """Characters divided by four, rounded up: what we say until a provider has counted."""
    return -(-characters // 4)
