"""What a chat server may send, right and wrong, as script steps of the loopback server. Pure: bytes, no sockets.

A fault that spoils an answer takes the answer that it spoils: `cut_after(2, call("read", path="a.py"))`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from swe_agent.core.message import ModelReply, ToolCall
from swe_agent.core.usage import Usage
from swe_agent.testing.scripted import say

Ids = Literal["proper", "missing", "duplicate"]
Indices = Literal["proper", "missing", "equal"]
DONE = b"data: [DONE]\n\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """The connection is reset here."""


Piece = bytes | Pause | Cut


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A response. Streamed ones send their pieces one by one, whole ones joined."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    pieces: tuple[Piece, ...] = ()
    streamed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A step that is more than an answer. `serve` gets the request's body."""

    name: str
    serve: Callable[[Mapping[str, Any]], Served]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """How an answer is spelt out: the habits and mistakes of servers."""

    ids: Ids = "proper"
    indices: Indices = "proper"
    usage: bool = True
    model: str = ""
    fragments: int = 3
    """Into how many deltas text and arguments are broken."""


def served(step: ModelReply | Fault, body: Mapping[str, Any]) -> Served:
    """What goes over the wire for a step, streamed or whole as the request wants it."""
    if isinstance(step, Fault):
        return step.serve(body)
    return spoken(step, body, Wire())


def spoken(reply: ModelReply, body: Mapping[str, Any], wire: Wire) -> Served:
    if not body.get("stream"):
        return _json(whole_body(reply, body, wire))
    return _events([_data(chunk) for chunk in chunks(reply, body, wire)] + [DONE])


def chunks(reply: ModelReply, body: Mapping[str, Any], wire: Wire) -> list[dict[str, Any]]:
    """The chunks of a streamed answer; the usage comes last and alone, if it was asked for."""
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
    deltas += [{"reasoning_content": part} for part in _parts(reply.reasoning, wire.fragments)]
    deltas += [{"content": part} for part in _parts(reply.content, wire.fragments)]
    for number, call in enumerate(reply.tool_calls):
        deltas += [{"tool_calls": [delta]} for delta in _call_deltas(number, call, wire)]
    made = [_chunk(reply, body, wire, delta) for delta in deltas]
    made.append(_chunk(reply, body, wire, {}, _finish_word(reply)))
    options = body.get("stream_options")
    if wire.usage and isinstance(options, Mapping) and options.get("include_usage"):
        made.append(_chunk(reply, body, wire, None) | {"usage": _usage(reply.usage)})
    return made


def whole_body(reply: ModelReply, body: Mapping[str, Any], wire: Wire) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": reply.content}
    if reply.reasoning:
        message["reasoning_content"] = reply.reasoning
    if reply.tool_calls:
        message["tool_calls"] = [
            {
                **_identity(number, call, wire),
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments},
            }
            for number, call in enumerate(reply.tool_calls)
        ]
    choice = {"index": 0, "message": message, "finish_reason": _finish_word(reply)}
    head = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": _model(body, wire)}
    return head | {"choices": [choice]} | ({"usage": _usage(reply.usage)} if wire.usage else {})


def _chunk(
    reply: ModelReply, body: Mapping[str, Any], wire: Wire, delta: Mapping[str, Any] | None, finish: str | None = None
) -> dict[str, Any]:
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": _model(body, wire)}
    choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish}]
    return head | {"choices": choices}


def _model(body: Mapping[str, Any], wire: Wire) -> str:
    return wire.model or str(body.get("model", ""))


def _call_deltas(number: int, call: ToolCall, wire: Wire) -> list[dict[str, Any]]:
    index = {} if wire.indices == "missing" else {"index": 0 if wire.indices == "equal" else number}
    first = {
        **index,
        **_identity(number, call, wire),
        "type": "function",
        "function": {"name": call.name, "arguments": ""},
    }
    rest = [{**index, "function": {"arguments": part}} for part in _parts(call.arguments, wire.fragments)]
    return [first, *rest]


def _identity(number: int, call: ToolCall, wire: Wire) -> dict[str, str]:
    if wire.ids == "missing":
        return {}
    return {"id": "call_same" if wire.ids == "duplicate" else call.id}


def _finish_word(reply: ModelReply) -> str:
    return "content_filter" if reply.finish == "refusal" else reply.finish


def _usage(usage: Usage) -> dict[str, Any]:
    prompt = usage.input_tokens + usage.cached_tokens + usage.cache_write_tokens
    sent: dict[str, Any] = {
        "prompt_tokens": prompt,
        "completion_tokens": usage.output_tokens,
        "total_tokens": prompt + usage.output_tokens,
        "prompt_tokens_details": {"cached_tokens": usage.cached_tokens},
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning_tokens},
    }
    if usage.cache_write_tokens:
        sent["cache_creation_input_tokens"] = usage.cache_write_tokens
    return sent


def _parts(text: str, fragments: int) -> list[str]:
    size = max(1, -(-len(text) // fragments))
    return [text[at : at + size] for at in range(0, len(text), size)]


def _data(chunk: Mapping[str, Any]) -> bytes:
    return f"data: {json.dumps(chunk)}\n\n".encode()


def _json(data: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None) -> Served:
    return Served(status=status, headers=headers or {}, pieces=(json.dumps(data).encode(),))


def _events(pieces: Sequence[Piece]) -> Served:
    return Served(pieces=tuple(pieces), streamed=True)


def _spoilt(
    name: str, reply: ModelReply, spoil: Callable[[list[Piece]], list[Piece]], wire: Wire | None = None
) -> Fault:
    """A streamed answer whose pieces (without `[DONE]`) went through `spoil`. Sent as a stream in any case."""

    def serve(body: Mapping[str, Any]) -> Served:
        asked = {"stream_options": {"include_usage": True}} | dict(body)
        return _events(spoil([_data(chunk) for chunk in chunks(reply, asked, wire or Wire())]))

    return Fault(name=name, serve=serve)


ANSWER = say("A longer answer, so that there is something to cut.")


def status(code: int, message: str = "", *, error_code: str = "", retry_after: float | str | None = None) -> Fault:
    """An error response, as OpenAI words it. `retry_after` is in seconds, or an HTTP date."""
    error = {"message": message or f"scripted error {code}", "type": "error", "code": error_code or None}
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return Fault(name=f"status {code}", serve=lambda _body: _json({"error": error}, code, headers))


def stall(seconds: float, reply: ModelReply = ANSWER) -> Fault:
    """Starts to answer, then says nothing for so long."""
    return _spoilt("stall", reply, lambda pieces: [*pieces[:2], Pause(seconds=seconds), *pieces[2:], DONE])


def silence(seconds: float, reply: ModelReply = ANSWER) -> Fault:
    """Accepts the question, and nothing comes for so long."""
    return _spoilt("silence", reply, lambda pieces: [Pause(seconds=seconds), *pieces, DONE])


def drip(seconds: float, reply: ModelReply = ANSWER) -> Fault:
    """A slow but living server: comments and pauses between all pieces."""
    between = (Pause(seconds=seconds), b": still here\n\n")
    return _spoilt("drip", reply, lambda pieces: [part for piece in pieces for part in (*between, piece)] + [DONE])


def cut_after(number: int, reply: ModelReply = ANSWER) -> Fault:
    """The connection is reset after so many chunks."""
    return _spoilt("cut", reply, lambda pieces: [*pieces[:number], Pause(seconds=0.05), Cut()])


def end_without_finish(reply: ModelReply = ANSWER) -> Fault:
    """A clean end of the stream in the middle of the answer."""
    return _spoilt("end without finish", reply, lambda pieces: pieces[:-2])


def done_without_finish(reply: ModelReply = ANSWER) -> Fault:
    """`[DONE]` in the middle of the answer."""
    return _spoilt("done without finish", reply, lambda pieces: [*pieces[:-2], DONE])


def truncated_arguments(reply: ModelReply) -> Fault:
    """The answer claims to be complete, and the JSON of its last call is not."""
    last = reply.tool_calls[-1]
    short = replace(last, arguments=last.arguments[: len(last.arguments) // 2])
    return odd(replace(reply, tool_calls=(*reply.tool_calls[:-1], short)), Wire())


def odd(reply: ModelReply, wire: Wire) -> Fault:
    """The answer with a server's habits: `Wire(ids="missing")`, `Wire(indices="equal")`, `Wire(usage=False)`."""
    return Fault(name=f"odd {wire}", serve=lambda body: spoken(reply, body, wire))


def wrong_model(name: str, reply: ModelReply = ANSWER) -> Fault:
    """Another model than the one asked for says that it answered."""
    return odd(reply, Wire(model=name))


def refusal(text: str = "I cannot help with that.") -> Fault:
    """The refusal field of OpenAI's models, with an ordinary finish reason."""
    delta = {"index": 0, "delta": {"refusal": text}, "finish_reason": None}
    refused = _data({"id": "chatcmpl-1", "choices": [delta]})
    streamed = _spoilt("refusal", say(""), lambda pieces: [pieces[0], refused, *pieces[1:], DONE])

    def serve(body: Mapping[str, Any]) -> Served:
        if body.get("stream"):
            return streamed.serve(body)
        whole = whole_body(say(""), body, Wire())
        whole["choices"][0]["message"] |= {"content": None, "refusal": text}
        return _json(whole)

    return Fault(name="refusal", serve=serve)


def garbage_chunk(reply: ModelReply = ANSWER) -> Fault:
    """A chunk in the middle that is not JSON."""
    return _spoilt("garbage", reply, lambda pieces: [*pieces[:2], b'data: {"choices": [{"del\n\n', *pieces[2:], DONE])


def context_overflow() -> Fault:
    text = "This model's maximum context length is 8192 tokens. However, your messages resulted in 9001 tokens."
    return status(400, text, error_code="context_length_exceeded")


def error_event(message: str = "The server had an error", *, code: str = "server_error") -> Fault:
    """An error object in the middle of a stream that began with status 200."""
    event = b"data: " + json.dumps({"error": {"message": message, "type": code, "code": code}}).encode() + b"\n\n"
    return _spoilt("error event", ANSWER, lambda pieces: [*pieces[:2], event])


def ignoring_stream(reply: ModelReply = ANSWER) -> Fault:
    """A whole body in the place of the stream that was asked for."""
    return Fault(name="ignoring stream", serve=lambda body: _json(whole_body(reply, body, Wire())))


def rejecting(field_name: str, reply: ModelReply = ANSWER, *, code: int = 400) -> Fault:
    """400 as long as the request holds a field, as servers do that do not know it; otherwise the answer."""
    complaint = status(code, f"Unrecognized request argument supplied: {field_name}")
    return Fault(
        name=f"rejecting {field_name}",
        serve=lambda body: complaint.serve(body) if field_name in body else spoken(reply, body, Wire()),
    )
