"""Gemini's generateContent: parts, arguments as objects, and the model's name in the path.

A call whose arguments are no JSON cannot be sent here; the server then says so itself, by a finish reason.
"""

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
    object_of,
    parts,
    text_of,
    words,
)
from swe_agent.testing.faults import Wire

_FINISHES = {"stop": "STOP", "tool_calls": "STOP", "length": "MAX_TOKENS", "refusal": "SAFETY"}
TROUBLES = dict(
    [
        words("rate_limit", 429, "RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota)."),
        words("no_credit", 429, "RESOURCE_EXHAUSTED", "You exceeded your current quota, please check your billing."),
        words("overloaded", 503, "UNAVAILABLE", "The model is overloaded. Please try again later."),
        words("server", 500, "INTERNAL", "An internal error has occurred. Please retry."),
        words("unauthorised", 400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key."),
        words("forbidden", 403, "PERMISSION_DENIED", "Method doesn't allow unregistered callers."),
        words("no_model", 404, "NOT_FOUND", "models/loopback is not found for API version v1beta."),
        words("no_tools", 400, "INVALID_ARGUMENT", "Function calling is not supported for this model."),
        words(
            "overflow",
            400,
            "INVALID_ARGUMENT",
            "The input token count (1048580) exceeds the maximum number of tokens allowed (1048576).",
        ),
        words("unknown_parameter", 400, "INVALID_ARGUMENT", 'Unknown name "stream_options": Cannot find field.'),
        words("filtered", 400, "INVALID_ARGUMENT", "The request was blocked by a content filter."),
    ]
)


def _hear(path: str, body: Mapping[str, Any]) -> Heard:
    name, _, method = path.split("?")[0].rpartition("/")[2].partition(":")
    told = body.get("system_instruction") or body.get("systemInstruction") or {}
    tools = [tool for given in body.get("tools") or () for tool in _declared(given)]
    return Heard(
        model=name,
        instructions=text_of(told.get("parts")),
        turns=tuple(turn for content in body.get("contents", ()) for turn in _turns(content)),
        tools=tuple(str(tool.get("name", "")) for tool in tools),
        streams=method.startswith("stream"),
        body=body,
    )


def _declared(tool: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return list(tool.get("function_declarations") or tool.get("functionDeclarations") or ())


def _turns(content: Mapping[str, Any]) -> Iterator[Turn]:
    given = content.get("parts", ())
    for part in given:
        result = part.get("function_response") or part.get("functionResponse")
        if result:
            yield Turn(speaker="tool", text=_said(result.get("response")))
    asked = [part.get("function_call") or part.get("functionCall") for part in given]
    calls = tuple(
        ToolCall(id=str(call.get("id", "")), name=call["name"], arguments=json.dumps(call.get("args", {})))
        for call in asked
        if call
    )
    text = text_of(list(given))
    if text or calls:
        yield Turn(speaker="assistant" if content.get("role") == "model" else "user", text=text, calls=calls)


def _said(response: object) -> str:
    if isinstance(response, Mapping) and len(response) == 1:
        return str(next(iter(response.values())))
    return json.dumps(response)


def _frames(reply: ModelReply, heard: Heard, wire: Wire) -> list[Frame]:
    given = [{"text": part} for part in parts(reply.content, wire.fragments)] + _call_parts(reply, wire)
    frames = [Frame(part="body", data=data(_chunk(heard, wire, [part]))) for part in given]
    last = _chunk(heard, wire, [{"text": ""}], _finish(reply))
    if wire.usage:
        last["usageMetadata"] = _usage(reply)
    opened = Frame(part="open", data=data(_chunk(heard, wire, [{"text": ""}])))
    return [opened, *frames, Frame(part="finish", data=data(last))]


def _whole(reply: ModelReply, heard: Heard, wire: Wire) -> dict[str, Any]:
    given: list[dict[str, Any]] = [{"text": reply.content}] if reply.content else []
    whole = _chunk(heard, wire, given + _call_parts(reply, wire), _finish(reply))
    return whole | ({"usageMetadata": _usage(reply)} if wire.usage else {})


def _chunk(heard: Heard, wire: Wire, given: list[dict[str, Any]], finish: str = "") -> dict[str, Any]:
    candidate: dict[str, Any] = {"content": {"role": "model", "parts": given}, "index": 0}
    if finish:
        candidate["finishReason"] = finish
    return {"candidates": [candidate], "modelVersion": wire.model or heard.model, "responseId": "response-1"}


def _call_parts(reply: ModelReply, wire: Wire) -> list[dict[str, Any]]:
    """Ids are left out, as Gemini itself does, unless they are to be wrong."""
    made = []
    for call in reply.tool_calls:
        arguments = object_of(call.arguments)
        if arguments is not None:
            same = {"id": "call_same"} if wire.ids == "duplicate" else {}
            made.append({"functionCall": {"name": call.name, "args": arguments, **same}})
    return made


def _finish(reply: ModelReply) -> str:
    malformed = any(object_of(call.arguments) is None for call in reply.tool_calls)
    return "MALFORMED_FUNCTION_CALL" if malformed else _FINISHES[reply.finish]


def _usage(reply: ModelReply) -> dict[str, int]:
    usage = reply.usage
    given = usage.input_tokens + usage.cached_tokens
    return {
        "promptTokenCount": given,
        "cachedContentTokenCount": usage.cached_tokens,
        "candidatesTokenCount": usage.output_tokens - usage.reasoning_tokens,
        "thoughtsTokenCount": usage.reasoning_tokens,
        "totalTokenCount": given + usage.output_tokens,
    }


def _problem(said: Words) -> dict[str, Any]:
    return {"error": {"code": said.status, "message": said.message, "status": said.code}}


GEMINI = Dialect(
    name="gemini",
    asks=lambda path: path.split("?")[0].endswith((":generateContent", ":streamGenerateContent")),
    hear=_hear,
    frames=_frames,
    whole=_whole,
    troubles=TROUBLES,
    problem=_problem,
    alarm=lambda said: data(_problem(said)),
)
