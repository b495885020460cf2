"""Anthropic's messages: blocks of content, each opened, filled and closed by events of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from swe_agent.core.message import ModelReply, ToolCall
from swe_agent.testing.dialects.dialect import (
    Dialect,
    Frame,
    Heard,
    Turn,
    Words,
    data,
    identity,
    index,
    object_of,
    parts,
    text_of,
    words,
)
from swe_agent.testing.faults import Wire

_STOPS = {"stop": "end_turn", "tool_calls": "tool_use", "length": "max_tokens", "refusal": "refusal"}
TROUBLES = dict(
    [
        words("rate_limit", 429, "rate_limit_error", "This request would exceed your account's rate limit."),
        words("no_credit", 400, "invalid_request_error", "Your credit balance is too low to access the API."),
        words("overloaded", 529, "overloaded_error", "Overloaded"),
        words("server", 500, "api_error", "Internal server error"),
        words("unauthorised", 401, "authentication_error", "invalid x-api-key"),
        words("forbidden", 403, "permission_error", "Your API key does not have permission to use this resource."),
        words("no_model", 404, "not_found_error", "model: loopback"),
        words("no_tools", 400, "invalid_request_error", "This model does not support tool use."),
        words("overflow", 400, "invalid_request_error", "prompt is too long: 213462 tokens > 200000 maximum"),
        words("unknown_parameter", 400, "invalid_request_error", "stream_options: Extra inputs are not permitted"),
        words("filtered", 400, "invalid_request_error", "Output blocked by content filtering policy"),
    ]
)


def _hear(_path: str, body: Mapping[str, Any]) -> Heard:
    return Heard(
        model=str(body.get("model", "")),
        instructions=text_of(body.get("system")),
        turns=tuple(turn for message in body.get("messages", ()) for turn in _turns(message)),
        tools=tuple(str(tool.get("name", "")) for tool in body.get("tools") or ()),
        streams=bool(body.get("stream")),
        body=body,
    )


def _turns(message: Mapping[str, Any]) -> Iterator[Turn]:
    """A message of ours: results of tools travel in the user's messages."""
    content = message.get("content")
    blocks = [{"type": "text", "text": content}] if isinstance(content, str) else list(content or ())
    for block in blocks:
        if block.get("type") == "tool_result":
            yield Turn(speaker="tool", text=text_of(block.get("content")))
    calls = tuple(
        ToolCall(id=block["id"], name=block["name"], arguments=json.dumps(block["input"]))
        for block in blocks
        if block.get("type") == "tool_use"
    )
    text = text_of(blocks)
    if text or calls:
        yield Turn(speaker=message["role"], text=text, calls=calls)


def _frames(reply: ModelReply, heard: Heard, wire: Wire) -> list[Frame]:
    begun = _whole(reply, heard, wire) | {"content": [], "stop_reason": None}
    if wire.usage:
        begun["usage"] = begun["usage"] | {"output_tokens": 1}
    frames = [_frame("open", {"type": "message_start", "message": begun})]
    frames += [_frame("body", event) for event in _block_events(reply, wire)]
    ended: dict[str, Any] = {"type": "message_delta", "delta": {"stop_reason": _stop(reply), "stop_sequence": None}}
    ended["usage"] = {"output_tokens": reply.usage.output_tokens} if wire.usage else {}
    return [*frames, _frame("finish", ended), _frame("end", {"type": "message_stop"})]


def _frame(part: Any, event: Mapping[str, Any]) -> Frame:
    return Frame(part=part, data=data(event, event["type"]))


def _block_events(reply: ModelReply, wire: Wire) -> Iterator[dict[str, Any]]:
    number = 0
    if reply.content:
        at = index(number, wire)
        yield {"type": "content_block_start", **at, "content_block": {"type": "text", "text": ""}}
        for part in parts(reply.content, wire.fragments):
            yield {"type": "content_block_delta", **at, "delta": {"type": "text_delta", "text": part}}
        yield {"type": "content_block_stop", **at}
        number += 1
    for place, call in enumerate(reply.tool_calls, start=number):
        at = index(place, wire)
        opened = {"type": "tool_use", **identity(call, wire), "name": call.name, "input": {}}
        yield {"type": "content_block_start", **at, "content_block": opened}
        for part in parts(call.arguments, wire.fragments):
            yield {"type": "content_block_delta", **at, "delta": {"type": "input_json_delta", "partial_json": part}}
        yield {"type": "content_block_stop", **at}


def _whole(reply: ModelReply, heard: Heard, wire: Wire) -> dict[str, Any]:
    content: list[dict[str, Any]] = [{"type": "text", "text": reply.content}] if reply.content else []
    for call in reply.tool_calls:
        given = object_of(call.arguments) or {}
        content.append({"type": "tool_use", **identity(call, wire), "name": call.name, "input": given})
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": wire.model or heard.model,
        "content": content,
        "stop_reason": _stop(reply),
        "stop_sequence": None,
    } | ({"usage": _usage(reply)} if wire.usage else {})


def _stop(reply: ModelReply) -> str:
    return _STOPS[reply.finish]


def _usage(reply: ModelReply) -> dict[str, int]:
    usage = reply.usage
    return {
        "input_tokens": usage.input_tokens,
        "cache_read_input_tokens": usage.cached_tokens,
        "cache_creation_input_tokens": usage.cache_write_tokens,
        "output_tokens": usage.output_tokens,
    }


def _problem(said: Words) -> dict[str, Any]:
    return {"type": "error", "error": {"type": said.code, "message": said.message}}


MESSAGES = Dialect(
    name="anthropic messages",
    asks=lambda path: path.split("?")[0].endswith("/messages"),
    hear=_hear,
    frames=_frames,
    whole=_whole,
    troubles=TROUBLES,
    problem=_problem,
    alarm=lambda said: data(_problem(said), "error"),
)
