"""What both doors are asked in their tests, and the patience with which they are asked."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from swe_agent.core.errors import (
    ContextTooLong,
    ModelBadAnswer,
    ModelError,
    ModelRateLimited,
    ModelRefused,
    ModelUnauthorised,
    ModelUnavailable,
)
from swe_agent.core.message import Message, ModelReply, ModelRequest, ToolCall, ToolSpec
from swe_agent.core.usage import Usage
from swe_agent.llm.retry import Retrying, RetryPolicy
from swe_agent.testing.faults import (
    ANSWER,
    Wire,
    context_overflow,
    cut_after,
    done_without_finish,
    drip,
    end_without_finish,
    error_event,
    garbage_chunk,
    ignoring_stream,
    odd,
    refusal,
    silence,
    stall,
    status,
    truncated_arguments,
    wrong_model,
)
from swe_agent.testing.loopback import Step
from swe_agent.testing.scripted import call, calls, say

READ = ToolSpec(
    name="read",
    description="Read a file.",
    parameters={"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]},
)
QUESTION = ModelRequest(
    messages=(Message(role="system", content="You repair code."), Message(role="user", content="totals are wrong")),
    tools=(READ,),
    max_output_tokens=500,
)


@dataclass
class Patience:
    """Notes every wait in the place of making it."""

    waits: list[float] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    attempts: int = 4

    @property
    def retrying(self) -> Retrying:
        return Retrying(
            sleep=self.waits.append,
            jitter=lambda: 1.0,
            on_wait=self.notes.append,
            policy=RetryPolicy(attempts=self.attempts),
        )


@dataclass
class Heard:
    """An OnToken that remembers."""

    text: str = ""

    def __call__(self, token: str) -> None:
        self.text += token


TWO_CALLS = calls(("read", {"path": "a.py"}), ("read", {"path": "b.py"}))

WHOLE_ANSWERS: dict[str, tuple[Step, ModelReply]] = {
    "a call": (call("read", path="a.py"), call("read", path="a.py")),
    "parallel calls": (TWO_CALLS, TWO_CALLS),
    "indices missing": (odd(TWO_CALLS, Wire(indices="missing")), TWO_CALLS),
    "indices equal": (odd(TWO_CALLS, Wire(indices="equal")), TWO_CALLS),
    "ids missing": (odd(TWO_CALLS, Wire(ids="missing")), TWO_CALLS),
    "ids duplicate": (
        odd(TWO_CALLS, Wire(ids="duplicate")),
        replace(TWO_CALLS, tool_calls=(replace(TWO_CALLS.tool_calls[0], id="call_same"), TWO_CALLS.tool_calls[1])),
    ),
    "slow with comments": (drip(0.01), ANSWER),
    "not streamed": (ignoring_stream(), ANSWER),
    "not streamed, calls": (ignoring_stream(TWO_CALLS), TWO_CALLS),
    "another model": (wrong_model("other-7b"), replace(ANSWER, model="other-7b")),
    "refusal field": (refusal("no."), replace(ANSWER, content="no.", finish="refusal")),
    "filtered": (say("I", finish="refusal"), say("I", finish="refusal")),
    "too long": (say("and so on", finish="length"), say("and so on", finish="length")),
    "no usage": (
        odd(ANSWER, Wire(usage=False)),
        replace(ANSWER, usage=Usage(input_tokens=54, output_tokens=13, estimated=True)),
    ),
    "arguments cut": (
        truncated_arguments(call("read", path="a.py")),
        replace(call("read", path="a.py"), tool_calls=(ToolCall(id="call_1", name="read", arguments='{"path":'),)),
    ),
}


PASSING_FAULTS: dict[str, Step] = {
    "429": status(429, retry_after=7),
    "500": status(500),
    "502": status(502),
    "503": status(503),
    "504": status(504),
    "529": status(529),
    "cut": cut_after(3, TWO_CALLS),
    "cut at once": cut_after(0),
    "clean end": end_without_finish(TWO_CALLS),
    "DONE without finish": done_without_finish(TWO_CALLS),
    "garbage": garbage_chunk(),
    "error event": error_event(),
    "overloaded event": error_event("Overloaded", code="overloaded_error"),
    "stall": stall(5.0),
    "silence": silence(5.0),
}


LASTING_FAULTS: dict[str, tuple[Step, type[ModelError], int, str, str]] = {
    "429": (status(429, "slow down"), ModelRateLimited, 4, "slow down", "--model"),
    "500": (status(500, "oops"), ModelUnavailable, 4, "answered 500: oops", "try again later"),
    "529": (status(529), ModelUnavailable, 4, "answered 529", "try again later"),
    "cut": (cut_after(2), ModelUnavailable, 4, "the stream was cut", "try again"),
    "clean end": (end_without_finish(), ModelUnavailable, 4, "the stream was cut", "try again"),
    "DONE without finish": (done_without_finish(), ModelUnavailable, 4, "the stream was cut", "try again"),
    "error event": (error_event("GPU fell off"), ModelUnavailable, 4, "GPU fell off", "try again later"),
    "stall": (stall(5.0), ModelUnavailable, 4, "nothing came", "idle time-out"),
    "garbage": (garbage_chunk(), ModelBadAnswer, 3, "not JSON", "base URL"),
    "no credit": (status(429, "You exceeded your current quota"), ModelRateLimited, 1, "quota", "no credit"),
    "day's quota": (status(429, retry_after=86400), ModelRateLimited, 1, "rate", "wait 86400 s"),
    "400": (status(400, "messages must alternate"), ModelError, 1, "messages must alternate", ""),
    "401": (status(401, "bad key"), ModelUnauthorised, 1, "bad key", "OPENAI_API_KEY"),
    "403": (status(403, "not yours"), ModelUnauthorised, 1, "not yours", "OPENAI_API_KEY"),
    "404": (status(404, "no such model"), ModelError, 1, "does not know m", "`loopback`"),
    "422": (status(422, "bad field"), ModelError, 1, "bad field", ""),
    "unknown model as 400": (status(400, "m is not a valid model ID"), ModelError, 1, "valid model", "`loopback`"),
    "overflow": (context_overflow(), ContextTooLong, 1, "no longer fits", "-- PATHS"),
    "overflow of llama.cpp": (
        status(400, "the request exceeds the available context size. try increasing the context size"),
        ContextTooLong,
        1,
        "no longer fits",
        "-- PATHS",
    ),
    "overflow as 413": (status(413, "Prompt is too long"), ContextTooLong, 1, "no longer fits", "-- PATHS"),
    "overflow in the stream": (
        error_event("maximum context length is 10", code="context_length_exceeded"),
        ContextTooLong,
        1,
        "no longer fits",
        "-- PATHS",
    ),
    "filter": (
        status(400, "The response was filtered", error_code="content_filter"),
        ModelRefused,
        1,
        "declined",
        "",
    ),
    "no tools": (status(400, "gemma:2b does not support tools"), ModelError, 1, "cannot call tools", "tools"),
    "no tools in vLLM": (
        status(400, '"auto" tool choice requires --enable-auto-tool-choice'),
        ModelError,
        1,
        "cannot call tools",
        "tools",
    ),
    "no tools in llama.cpp": (status(500, "tools param requires --jinja flag"), ModelError, 1, "cannot call tools", ""),
}
