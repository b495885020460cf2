"""The identity of a request: what a recorded answer is found by, and what an event calls its prefix. Pure.

It covers all that the model is shown: messages and tools, in order. Role, effort and the length of the answer are not
shown to it, and are left out. Tool-call ids are chosen anew by a server for every run; they become `call-1`, `call-2`,
… in the order in which they appear. Everything else counts, white space included: a prompt that drifts is another
request.
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

from swe_agent.core.message import ModelRequest


def request_hash(request: ModelRequest) -> str:
    """64 hexadecimal digits, the same on every machine and in every run."""
    text = json.dumps(canonical(request), ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return sha256(text.encode("ascii")).hexdigest()


def canonical(request: ModelRequest) -> dict[str, Any]:
    """The request as JSON data, without what differs from run to run."""
    names: dict[str, str] = {}

    def stable(sent_id: str) -> str:
        return names.setdefault(sent_id, f"call-{len(names) + 1}") if sent_id else ""

    messages: list[dict[str, Any]] = []
    for message in request.messages:
        shown: dict[str, Any] = {"role": message.role, "content": message.content}
        if message.tool_calls:
            shown["tool_calls"] = [
                {"id": stable(call.id), "name": call.name, "arguments": call.arguments} for call in message.tool_calls
            ]
        if message.tool_call_id:
            shown["tool_call_id"] = stable(message.tool_call_id)
        messages.append(shown)
    tools = [
        {"name": tool.name, "description": tool.description, "parameters": dict(tool.parameters)}
        for tool in request.tools
    ]
    return {"messages": messages, "tools": tools}


def readable(data: dict[str, Any]) -> list[str]:
    """A canonical request as lines for a person's diff: texts are broken at their own line ends."""
    lines = [f"tool {json.dumps(tool, sort_keys=True)}" for tool in data["tools"]]
    for message in data["messages"]:
        answered = message.get("tool_call_id")
        lines.append(f"--- {message['role']}" + (f" ({answered})" if answered else ""))
        lines += message["content"].split("\n")
        lines += [f"calls {json.dumps(call, sort_keys=True)}" for call in message.get("tool_calls", ())]
    return lines
