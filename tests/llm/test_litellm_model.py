"""The door of every provider, through the real litellm, against the same servers as the light door.

The only module that imports litellm: it takes seconds.
"""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from doors import LASTING_FAULTS, PASSING_FAULTS, QUESTION, WHOLE_ANSWERS, Heard, Patience

from swe_agent.core.errors import ModelError, ModelUnauthorised
from swe_agent.core.message import Message, ModelRef, ModelReply, ModelRequest, ToolCall
from swe_agent.core.task import Effort
from swe_agent.core.usage import Usage
from swe_agent.llm.failures import ApiKey
from swe_agent.llm.litellm_model import LiteLLMModel
from swe_agent.llm.time_outs import TimeOuts
from swe_agent.testing.faults import rejecting, status
from swe_agent.testing.loopback import LoopbackOpenAI
from swe_agent.testing.scripted import say

pytestmark = pytest.mark.filterwarnings(
    # litellm reads a model's fields from its instances, which pydantic 2.11 deprecates.
    "ignore:Accessing the 'model_(computed_)?fields' attribute on the instance is deprecated",
)

SECRET = "sk-very-secret-123456"


def model_at(server: LoopbackOpenAI, patience: Patience, *, name: str = "openai/m", idle: float = 5.0) -> LiteLLMModel:
    return LiteLLMModel(
        ModelRef(name=name, door="litellm", base_url=server.base_url),
        retrying=patience.retrying,
        key=ApiKey(value=SECRET),
        time_outs=TimeOuts(connect=2.0, idle=idle),
    )


def ask(
    server: LoopbackOpenAI, patience: Patience | None = None, *, question: ModelRequest = QUESTION, idle: float = 5.0
) -> ModelReply:
    return model_at(server, patience or Patience(), idle=idle).ask(question, Heard())


ASKED_TWICE = {"not streamed", "not streamed, calls", "refusal field"}
"""litellm makes an empty answer of these; asked again without a stream, it shows them."""


@pytest.mark.parametrize("case", WHOLE_ANSWERS)
def test_odd_servers_are_understood(case: str) -> None:
    step, expected = WHOLE_ANSWERS[case]
    patience = Patience()
    with LoopbackOpenAI(lambda _body: step) as server:
        reply = ask(server, patience)
    if case == "no usage":
        assert reply.usage.input_tokens > 0
        assert reply.usage.output_tokens > 0
        reply = replace(reply, usage=expected.usage)
    # litellm gives the name that was asked for, whatever the server says.
    assert reply == replace(expected, model="m")
    assert patience.waits == []
    assert len(server.asked) == (2 if case in ASKED_TWICE else 1)


@pytest.mark.parametrize("case", PASSING_FAULTS)
def test_passing_faults_are_waited_out(case: str) -> None:
    patience = Patience()
    with LoopbackOpenAI([PASSING_FAULTS[case], say("at last")]) as server:
        reply = ask(server, patience, idle=0.3)
    assert reply.content == "at last"
    assert patience.waits == [7.0 if case == "429" else 1.0]


@pytest.mark.parametrize("case", LASTING_FAULTS)
def test_lasting_faults_are_errors_for_a_person(case: str) -> None:
    step, kind, requests, message, hint = LASTING_FAULTS[case]
    with LoopbackOpenAI(lambda _body: step) as server, pytest.raises(ModelError) as caught:
        ask(server, idle=0.2)
    assert type(caught.value) is kind
    assert message.replace("know m", "know openai/m") in caught.value.message
    assert hint in caught.value.hint
    assert len(server.asked) == requests


def test_a_server_that_ignores_streams_is_asked_once_from_then_on() -> None:
    step, _ = WHOLE_ANSWERS["not streamed"]
    with LoopbackOpenAI(lambda _body: step) as server:
        model = model_at(server, Patience())
        answers = [model.ask(QUESTION, Heard()).content for _ in range(3)]
    assert len(set(answers)) == 1
    assert [asked.body.get("stream", False) for asked in server.asked] == [True, False, False, False]


def test_usage_with_caches_comes_through() -> None:
    usage = Usage(input_tokens=70, cached_tokens=30, output_tokens=9, reasoning_tokens=4)
    with LoopbackOpenAI([replace(say("ok", usage=usage), reasoning="Let me see.")]) as server:
        reply = ask(server)
    assert (reply.usage, reply.reasoning) == (usage, "Let me see.")


def test_what_is_sent() -> None:
    with LoopbackOpenAI([say("ok")]) as server:
        ask(server, question=replace(QUESTION, effort=Effort.LOW))
    [asked] = server.asked
    assert asked.headers["authorization"] == f"Bearer {SECRET}"
    assert "cache_control" not in json.dumps(asked.body)
    assert (asked.body["model"], asked.body["max_tokens"], asked.body["reasoning_effort"]) == ("m", 500, "low")
    assert asked.body["stream_options"] == {"include_usage": True}
    assert asked.body["tools"][0]["function"]["name"] == "read"


def test_an_effort_that_is_rejected_is_left_out_from_then_on() -> None:
    patience = Patience()
    question = replace(QUESTION, effort=Effort.HIGH)
    with LoopbackOpenAI([rejecting("reasoning_effort")] * 3) as server:
        model = model_at(server, patience)
        for _ in range(2):
            model.ask(question, Heard())
    assert ["reasoning_effort" in asked.body for asked in server.asked] == [True, False, False]
    assert patience.notes == ["openai/m rejected the effort setting; going on without"]


def test_the_key_is_in_no_error_text() -> None:
    with LoopbackOpenAI([status(401, f"Incorrect API key provided: {SECRET}")]) as server:
        with pytest.raises(ModelUnauthorised) as caught:
            ask(server)
        shown = str(caught.value) + caught.value.hint
    assert SECRET not in shown
    assert "OPENAI_API_KEY" in caught.value.hint


def test_a_missing_key_names_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    model = LiteLLMModel(ModelRef(name="anthropic/claude-sonnet-4-5", door="litellm"), retrying=Patience().retrying)
    with pytest.raises(ModelUnauthorised) as caught:
        model.ask(QUESTION, Heard())
    assert caught.value.hint == "set one: `export ANTHROPIC_API_KEY=...`"


def test_a_name_without_a_known_provider() -> None:
    model = LiteLLMModel(ModelRef(name="no-such-thing", door="litellm"), retrying=Patience().retrying)
    with pytest.raises(ModelError) as caught:
        model.ask(QUESTION, Heard())
    assert "no provider is known" in caught.value.message
    assert "`anthropic/" in caught.value.hint


CLAUDE = ModelRef(name="anthropic/claude-sonnet-4-5", door="litellm")
TURN = (
    *QUESTION.messages,
    Message(role="assistant", tool_calls=(ToolCall(id="c1", name="read", arguments='{"path": "a.py"}'),)),
    Message(role="tool", content="text", tool_call_id="c1"),
)


def test_claude_is_told_what_to_cache() -> None:
    """litellm's own translation, caught on its way to Anthropic's endpoint."""
    with LoopbackOpenAI([status(400, "enough seen")]) as server:
        model = LiteLLMModel(
            replace(CLAUDE, base_url=server.base_url.removesuffix("/v1")),
            retrying=Patience().retrying,
            key=ApiKey(value=SECRET),
        )
        with pytest.raises(ModelError, match="enough seen"):
            model.ask(replace(QUESTION, messages=TURN), Heard())
    [asked] = server.asked
    assert asked.path == "/v1/messages"
    mark = {"type": "ephemeral"}
    assert asked.body["system"][-1]["cache_control"] == mark
    assert asked.body["tools"][-1]["cache_control"] == mark
    assert asked.body["messages"][-1]["content"][-1]["cache_control"] == mark
    assert json.dumps(asked.body).count("cache_control") == 3
