"""OpenAI's responses: a list of items in the place of messages, and an event for each step of each item."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

from swe_agent.core.message import ModelReply, ToolCall
from swe_agent.testing.dialects import chat
from swe_agent.testing.dialects.dialect import (
    Dialect,
    Frame,
    Heard,
    Speaker,
    Turn,
    Words,
    data,
    identity,
    index,
    parts,
    text_of,
)
from swe_agent.testing.faults import Wire

Event = tuple[str, dict[str, Any]]


def _hear(_path: str, body: Mapping[str, Any]) -> Heard:
    given = body.get("input", ())
    items = (
        [{"role": "user", "content": given}] if isinstance(given, str) else [i for i in given if isinstance(i, dict)]
    )
    told = [str(body.get("instructions") or "")]
    told += [text_of(item.get("content")) for item in items if item.get("role") in ("system", "developer")]
    return Heard(
        model=str(body.get("model", "")),
        instructions="\n".join(told),
        turns=tuple(turn for item in items for turn in _turns(item)),
        tools=tuple(str(tool.get("name", "")) for tool in body.get("tools") or ()),
        streams=bool(body.get("stream")),
        body=body,
    )


def _turns(item: Mapping[str, Any]) -> Iterator[Turn]:
    match item.get("type", "message"):
        case "function_call":
            call = ToolCall(id=str(item.get("call_id", "")), name=item["name"], arguments=item["arguments"])
            yield Turn(speaker="assistant", calls=(call,))
        case "function_call_output":
            yield Turn(speaker="tool", text=text_of(item.get("output")))
        case "message" if item.get("role") in ("user", "assistant"):
            speaker: Speaker = item["role"]
            yield Turn(speaker=speaker, text=text_of(item.get("content")))


def _frames(reply: ModelReply, heard: Heard, wire: Wire) -> list[Frame]:
    begun = _response(reply, heard, wire) | {"status": "in_progress", "output": [], "usage": None}
    ended = _response(reply, heard, wire)
    last = "response.incomplete" if ended["status"] == "incomplete" else "response.completed"
    events: list[Event] = [("response.created", {"response": begun})]
    events += [event for number, item in enumerate(ended["output"]) for event in _item_events(number, item, wire)]
    events.append((last, {"response": ended}))
    numbers = count()
    frames = [
        Frame(part="body", data=data({"type": name, "sequence_number": next(numbers), **fields}, name))
        for name, fields in events
    ]
    frames[0] = Frame(part="open", data=frames[0].data)
    return [*frames[:-1], Frame(part="finish", data=frames[-1].data)]


def _item_events(number: int, item: dict[str, Any], wire: Wire) -> Iterator[Event]:
    at = index(number, wire, "output_index")
    named = at | {"item_id": item["id"]}
    if item["type"] == "function_call":
        yield "response.output_item.added", {**at, "item": item | {"arguments": "", "status": "in_progress"}}
        for part in parts(item["arguments"], wire.fragments):
            yield "response.function_call_arguments.delta", {**named, "delta": part}
        yield "response.function_call_arguments.done", {**named, "arguments": item["arguments"]}
    else:
        text = item["content"][0]["text"]
        within = named | {"content_index": 0}
        yield "response.output_item.added", {**at, "item": item | {"content": [], "status": "in_progress"}}
        yield "response.content_part.added", {**within, "part": item["content"][0] | {"text": ""}}
        for part in parts(text, wire.fragments):
            yield "response.output_text.delta", {**within, "delta": part}
        yield "response.output_text.done", {**within, "text": text}
        yield "response.content_part.done", {**within, "part": item["content"][0]}
    yield "response.output_item.done", {**at, "item": item}


def _response(reply: ModelReply, heard: Heard, wire: Wire) -> dict[str, Any]:
    reason = {"length": "max_output_tokens", "refusal": "content_filter"}.get(reply.finish)
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 1,
        "model": wire.model or heard.model,
        "status": "incomplete" if reason else "completed",
        "incomplete_details": {"reason": reason} if reason else None,
        "error": None,
        "instructions": None,
        "metadata": {},
        "output": _output(reply, wire),
        "parallel_tool_calls": True,
        "temperature": 1.0,
        "tool_choice": "auto",
        "tools": [],
        "top_p": 1.0,
        "usage": _usage(reply) if wire.usage else None,
    }


def _output(reply: ModelReply, wire: Wire) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    if reply.content:
        said = {"type": "output_text", "text": reply.content, "annotations": []}
        items.append({"id": "msg_1", "type": "message", "role": "assistant", "status": "completed", "content": [said]})
    for call in reply.tool_calls:
        item = {"id": f"fc_{call.id}", "type": "function_call", "status": "completed", "name": call.name}
        items.append(item | {"arguments": call.arguments} | identity(call, wire, "call_id"))
    return items


def _usage(reply: ModelReply) -> dict[str, Any]:
    usage = reply.usage
    given = usage.input_tokens + usage.cached_tokens
    return {
        "input_tokens": given,
        "input_tokens_details": {"cached_tokens": usage.cached_tokens},
        "output_tokens": usage.output_tokens,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning_tokens},
        "total_tokens": given + usage.output_tokens,
    }


def _alarm(said: Words) -> bytes:
    event = {"type": "error", "code": said.code, "message": said.message, "param": None, "sequence_number": 2}
    return data(event, "error")


RESPONSES = Dialect(
    name="openai responses",
    asks=lambda path: path.split("?")[0].endswith("/responses"),
    hear=_hear,
    frames=_frames,
    whole=_response,
    troubles=chat.TROUBLES,
    problem=chat.CHAT.problem,
    alarm=_alarm,
)
