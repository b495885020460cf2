"""What a server may do wrong, said once; the dialect that is spoken spells it out. Pure: bytes, no sockets.

A fault that spoils an answer takes the answer that it spoils: `cut_after(2, call("read", path="a.py"))`. The pieces of
a response are sent in their order, and the headers go with the first bytes: a pause or a cut before any bytes is one
before the headers, and empty bytes are headers alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from swe_agent.core.message import ModelReply
from swe_agent.testing.dialects.dialect import Dialect, Frame, Heard, Trouble
from swe_agent.testing.faults import ANSWER, Cut, Pause, Piece, Served, Wire

HTML = "text/html; charset=utf-8"
EVENTS = "text/event-stream"
UNTIL_CUT = Pause(seconds=0.05)
"""So long, the bytes before a reset reach the client; a reset at once would take them along."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A step that is more than an answer."""

    name: str
    serve: Callable[[Dialect, Heard], Served]


Step = ModelReply | Fault


def served(step: Step, dialect: Dialect, heard: Heard) -> Served:
    """What goes over the wire for a step, streamed or whole as the question wants it."""
    return step.serve(dialect, heard) if isinstance(step, Fault) else spoken(step, dialect, heard, Wire())


def spoken(reply: ModelReply, dialect: Dialect, heard: Heard, wire: Wire) -> Served:
    if not heard.streams:
        return _json(dialect.whole(reply, heard, wire))
    return _events(tuple(frame.data for frame in dialect.frames(reply, heard, wire)))


def _json(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Served:
    return Served(status=status, headers=headers or {}, pieces=(json.dumps(body).encode(),))


def _events(pieces: tuple[Piece, ...]) -> Served:
    return Served(headers={"Content-Type": EVENTS}, pieces=pieces, streamed=True)


def _spoilt(name: str, reply: ModelReply, spoil: Callable[[Dialect, list[Frame]], list[Piece]]) -> Fault:
    """A streamed answer whose frames went through `spoil`."""

    def serve(dialect: Dialect, heard: Heard) -> Served:
        return _events(tuple(spoil(dialect, dialect.frames(reply, heard, Wire()))))

    return Fault(name=name, serve=serve)


def trouble(kind: Trouble, *, retry_after: float | str | None = None) -> Fault:
    """An error response, as the provider words it. `retry_after` is in seconds, or an HTTP date."""
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}

    def serve(dialect: Dialect, _heard: Heard) -> Served:
        said = dialect.troubles[kind]
        return _json(dialect.problem(said), said.status, headers)

    return Fault(name=kind, serve=serve)


def alarm(kind: Trouble, reply: ModelReply = ANSWER) -> Fault:
    """An error in the middle of a stream that began well."""
    return _spoilt(f"alarm {kind}", reply, lambda d, frames: [*_sent(frames[:2]), d.alarm(d.troubles[kind])])


def silence(seconds: float, reply: ModelReply = ANSWER) -> Fault:
    """Accepts the question, and nothing comes for so long, not even headers."""
    return _spoilt("silence", reply, lambda _, frames: [Pause(seconds=seconds), *_sent(frames)])


def stall(seconds: float, reply: ModelReply = ANSWER) -> Fault:
    """Starts to answer, then says nothing for so long."""
    return _spoilt("stall", reply, lambda _, f: [*_sent(f[:2]), Pause(seconds=seconds), *_sent(f[2:])])


def drip(seconds: float, reply: ModelReply = ANSWER) -> Fault:
    """A slow but living server: a pause before each frame."""
    return _spoilt("drip", reply, lambda _, f: [part for one in _sent(f) for part in (Pause(seconds=seconds), one)])


def hung_up() -> Fault:
    """A reset before the headers."""
    return Fault(name="hung up", serve=lambda _dialect, _heard: Served(pieces=(Cut(),)))


def cut_after(number: int, reply: ModelReply = ANSWER) -> Fault:
    """A reset after so many frames."""
    return _spoilt("cut", reply, lambda _, frames: [*_sent(frames[:number]), UNTIL_CUT, Cut()])


def end_without_finish(reply: ModelReply = ANSWER) -> Fault:
    """A clean end of the stream in the middle of the answer."""
    return _spoilt("end without finish", reply, lambda _, frames: _sent(_middle(frames)))


def closed_without_finish(reply: ModelReply = ANSWER) -> Fault:
    """The word that closes a stream (`[DONE]`, `message_stop`) in the middle of the answer, where there is one."""
    return _spoilt(
        "closed without finish", reply, lambda _, f: _sent([*_middle(f), *(one for one in f if one.part == "end")])
    )


def _middle(frames: list[Frame]) -> list[Frame]:
    """The frames of an answer up to the one before the last of its body."""
    return [frame for frame in frames if frame.part in ("open", "body")][:-1]


def garbage_frame(reply: ModelReply = ANSWER) -> Fault:
    """A frame in the middle that is broken off, and no JSON."""

    def broken(frame: Frame) -> bytes:
        return frame.data.rstrip()[: len(frame.data) // 2] + b"\n\n"

    return _spoilt("garbage", reply, lambda _, f: [*_sent(f[:2]), broken(f[2]), *_sent(f[3:])])


def truncated_arguments(reply: ModelReply) -> Fault:
    """The answer claims to be complete, and the JSON of its last call is not."""
    last = reply.tool_calls[-1]
    short = replace(last, arguments=last.arguments[: len(last.arguments) // 2])
    return odd(replace(reply, tool_calls=(*reply.tool_calls[:-1], short)), Wire())


def odd(reply: ModelReply, wire: Wire) -> Fault:
    """The answer with a server's habits: `Wire(ids="missing")`, `Wire(indices="equal")`, `Wire(usage=False)`."""
    return Fault(name=f"odd {wire}", serve=lambda dialect, heard: spoken(reply, dialect, heard, wire))


def ignoring_stream(reply: ModelReply = ANSWER) -> Fault:
    """A whole body in the place of the stream that was asked for."""
    return Fault(name="ignoring stream", serve=lambda dialect, heard: _json(dialect.whole(reply, heard, Wire())))


def raw(body: bytes, *, content_type: str, status: int = 200, location: str = "") -> Fault:
    """Whatever somebody between us and the provider may send: a page, a redirect, bytes without a meaning."""
    headers = {"Content-Type": content_type} | ({"Location": location} if location else {})
    return Fault(name=f"raw {status}", serve=lambda _d, _h: Served(status=status, headers=headers, pieces=(body,)))


def page() -> Fault:
    """The log-in page of a hotel or a proxy, with status 200."""
    return raw(b"<!doctype html><html><body><h1>Please log in</h1></body></html>", content_type=HTML)


def binary() -> Fault:
    """Bytes without a meaning that claim to be a stream."""
    return raw(bytes(range(256)) * 40, content_type=EVENTS)


def rejecting(field_name: str, reply: ModelReply = ANSWER) -> Fault:
    """An error as long as the question holds a field, as of servers that do not know it; otherwise the answer."""

    def serve(dialect: Dialect, heard: Heard) -> Served:
        if field_name not in heard.body:
            return spoken(reply, dialect, heard, Wire())
        said = dialect.troubles["unknown_parameter"]
        named = replace(said, message=said.message.replace("stream_options", field_name))
        return _json(dialect.problem(named), said.status)

    return Fault(name=f"rejecting {field_name}", serve=serve)


def _sent(frames: list[Frame]) -> list[Piece]:
    return [frame.data for frame in frames]
