"""The light door against a real server, for every habit and fault that servers have."""

from __future__ import annotations

from dataclasses import replace

import pytest
from doors import QUESTION, Heard, Patience

from swe_agent.core.message import Message, ModelRef, ModelReply, ToolCall
from swe_agent.core.task import Effort
from swe_agent.core.usage import Usage
from swe_agent.llm.failures import ApiKey
from swe_agent.llm.openai_http import OpenAIHttpModel, TimeOuts
from swe_agent.testing.faults import (
    ANSWER,
    Wire,
    drip,
    ignoring_stream,
    odd,
    refusal,
    truncated_arguments,
    wrong_model,
)
from swe_agent.testing.loopback import LoopbackOpenAI, Step
from swe_agent.testing.scripted import call, calls, say

SECRET = "sk-very-secret-123456"
TWO_CALLS = calls(("read", {"path": "a.py"}), ("read", {"path": "b.py"}))


def ask(
    server: LoopbackOpenAI,
    patience: Patience | None = None,
    *,
    question=QUESTION,
    heard: Heard | None = None,
    key: ApiKey | None = None,
    idle: float = 5.0,
) -> ModelReply:
    model = OpenAIHttpModel(
        ModelRef(name="m", door="openai_http", base_url=server.base_url),
        retrying=(patience or Patience()).retrying,
        key=key,
        time_outs=TimeOuts(connect=2.0, idle=idle),
    )
    return model.ask(question, heard or Heard())


def test_an_answer_is_streamed_and_complete() -> None:
    usage = Usage(input_tokens=70, cached_tokens=30, output_tokens=9, reasoning_tokens=4)
    heard = Heard()
    with LoopbackOpenAI([replace(say("All is well.", usage=usage), reasoning="Let me see.")]) as server:
        reply = ask(server, heard=heard)
    assert reply == ModelReply(
        content="All is well.", tool_calls=(), finish="stop", usage=usage, model="m", reasoning="Let me see."
    )
    assert heard.text == "All is well."


def test_what_is_sent() -> None:
    with LoopbackOpenAI([say("ok")]) as server:
        ask(server, question=replace(QUESTION, effort=Effort.LOW), key=ApiKey(value=SECRET))
    [asked] = server.asked
    assert asked.path == "/v1/chat/completions"
    assert asked.headers["authorization"] == f"Bearer {SECRET}"
    assert asked.body == {
        "model": "m",
        "messages": [
            {"role": "system", "content": "You repair code."},
            {"role": "user", "content": "totals are wrong"},
        ],
        "max_tokens": 500,
        "stream": True,
        "stream_options": {"include_usage": True},
        "reasoning_effort": "low",
        "tools": [
            {
                "type": "function",
                "function": {
                    "name": "read",
                    "description": "Read a file.",
                    "parameters": {
                        "type": "object",
                        "properties": {"path": {"type": "string"}},
                        "required": ["path"],
                    },
                },
            }
        ],
    }


def test_no_key_no_header() -> None:
    with LoopbackOpenAI([say("ok")]) as server:
        ask(server)
    assert "authorization" not in server.asked[0].headers


def test_earlier_turns_are_sent_back() -> None:
    turn = replace(
        QUESTION,
        messages=(
            *QUESTION.messages,
            Message(role="assistant", tool_calls=(ToolCall(id="c1", name="read", arguments='{"path": "a.p'),)),
            Message(role="tool", content="bad byte \udcff", tool_call_id="c1"),
        ),
    )
    with LoopbackOpenAI([say("ok")]) as server:
        ask(server, question=turn)
    assert server.asked[0].body["messages"][2:] == [
        {
            "role": "assistant",
            "content": "",
            "tool_calls": [
                {
                    "id": "c1",
                    "type": "function",
                    "function": {"name": "read", "arguments": '{"malformed_arguments": "{\\"path\\": \\"a.p"}'},
                }
            ],
        },
        {"role": "tool", "content": "bad byte \ufffd", "tool_call_id": "c1"},
    ]


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


@pytest.mark.parametrize("case", WHOLE_ANSWERS)
def test_odd_servers_are_understood(case: str) -> None:
    step, expected = WHOLE_ANSWERS[case]
    patience = Patience()
    with LoopbackOpenAI([step]) as server:
        reply = ask(server, patience)
    assert reply == replace(expected, model=reply.model if expected.model == "scripted" else expected.model)
    assert patience.waits == []
    assert len(server.asked) == 1
