"""OpenAI's chat completions. Its answers are spelt by `swe_agent.testing.faults`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from swe_agent.core.message import ModelReply, ToolCall
from swe_agent.testing.dialects.dialect import Dialect, Frame, Heard, Turn, Words, data, text_of, words
from swe_agent.testing.faults import DONE, Wire, chunks, whole_body

TROUBLES = dict(
    [
        words("rate_limit", 429, "rate_limit_exceeded", "Rate limit reached for requests"),
        words("no_credit", 429, "insufficient_quota", "You exceeded your current quota, please check your plan."),
        words("overloaded", 503, "overloaded", "The engine is currently overloaded, please try again later"),
        words("server", 500, "server_error", "The server had an error while processing your request"),
        words("unauthorised", 401, "invalid_api_key", "Incorrect API key provided."),
        words("forbidden", 403, "unsupported_country_region_territory", "Country, region, or territory not supported"),
        words("no_model", 404, "model_not_found", "The model does not exist or you do not have access to it."),
        words("no_tools", 400, "invalid_request_error", "this model does not support tools"),
        words(
            "overflow",
            400,
            "context_length_exceeded",
            "This model's maximum context length is 8192 tokens. However, your messages resulted in 9001 tokens.",
        ),
        words("unknown_parameter", 400, "unknown_parameter", "Unrecognized request argument supplied: stream_options"),
        words("filtered", 400, "content_filter", "The response was filtered due to the content management policy"),
    ]
)


def _hear(_path: str, body: Mapping[str, Any]) -> Heard:
    messages = [message for message in body.get("messages", ()) if isinstance(message, Mapping)]
    told = [text_of(message.get("content")) for message in messages if message.get("role") in ("system", "developer")]
    return Heard(
        model=str(body.get("model", "")),
        instructions="\n".join(told),
        turns=tuple(_turn(message) for message in messages if message.get("role") in ("user", "assistant", "tool")),
        tools=tuple(str(tool["function"]["name"]) for tool in body.get("tools") or ()),
        streams=bool(body.get("stream")),
        body=body,
    )


def _turn(message: Mapping[str, Any]) -> Turn:
    calls = tuple(
        ToolCall(id=str(call.get("id", "")), name=call["function"]["name"], arguments=call["function"]["arguments"])
        for call in message.get("tool_calls") or ()
    )
    return Turn(speaker=message["role"], text=text_of(message.get("content")), calls=calls)


def _frames(reply: ModelReply, heard: Heard, wire: Wire) -> list[Frame]:
    made = [Frame(part="body", data=data(chunk)) for chunk in chunks(reply, heard.body, wire)]
    usage = b'"choices": []' in made[-1].data
    last = len(made) - 1 - usage
    made[0] = Frame(part="open", data=made[0].data)
    made[last] = Frame(part="finish", data=made[last].data)
    if usage:
        made[-1] = Frame(part="usage", data=made[-1].data)
    return [*made, Frame(part="end", data=DONE)]


def _whole(reply: ModelReply, heard: Heard, wire: Wire) -> dict[str, Any]:
    return whole_body(reply, heard.body, wire)


def _problem(said: Words) -> dict[str, Any]:
    return {"error": {"message": said.message, "type": "error", "param": None, "code": said.code}}


CHAT = Dialect(
    name="openai chat",
    asks=lambda path: path.split("?")[0].endswith("/chat/completions"),
    hear=_hear,
    frames=_frames,
    whole=_whole,
    troubles=TROUBLES,
    problem=_problem,
    alarm=lambda said: data(_problem(said)),
)
