"""The door of every provider, through the real litellm, against the same servers as the light door.

The only module that imports litellm: it takes seconds.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from doors import LASTING_FAULTS, PASSING_FAULTS, QUESTION, WHOLE_ANSWERS, Heard, Patience

from swe_agent.core.errors import ModelError, ModelUnauthorised, ModelUnavailable
from swe_agent.core.message import Message, ModelRef, ModelReply, ModelRequest, ToolCall
from swe_agent.core.ports import Model
from swe_agent.core.task import Effort
from swe_agent.core.usage import NANO, Price, Usage
from swe_agent.llm.key import ApiKey
from swe_agent.llm.litellm_model import LiteLLMModel, load_litellm
from swe_agent.llm.prices import price_book
from swe_agent.llm.roles import model_ref
from swe_agent.llm.time_outs import TimeOuts
from swe_agent.testing.faults import Fault, Served, rejecting, status
from swe_agent.testing.loopback import LoopbackOpenAI
from swe_agent.testing.scripted import say

pytestmark = pytest.mark.filterwarnings(
    # litellm reads a model's fields from its instances, which pydantic 2.11 deprecates.
    "ignore:Accessing the 'model_(computed_)?fields' attribute on the instance is deprecated",
    # litellm's types have read-only items, of which pydantic says once a process that it does not guard them.
    "ignore:.*is using the `ReadOnly` qualifier:UserWarning",
    "ignore:.*are using the `ReadOnly` qualifier:UserWarning",
)

ROOT = Path(__file__).parents[2]
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
    assert reply == replace(expected, model="m", effective=(("max_tokens", "500"),))
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


@pytest.mark.parametrize(
    ("field", "note"),
    [
        ("reasoning_effort", "openai/m rejected the effort setting; going on without"),
        ("stream_options", "openai/m sends no token counts; they are estimated"),
    ],
)
def test_fields_that_are_rejected_are_left_out_from_then_on(field: str, note: str) -> None:
    patience = Patience()
    question = replace(QUESTION, effort=Effort.HIGH)
    with LoopbackOpenAI([rejecting(field)] * 3) as server:
        model = model_at(server, patience)
        first, second = (model.ask(question, Heard()) for _ in range(2))
    assert [field in asked.body for asked in server.asked] == [True, False, False]
    assert first.usage.estimated is second.usage.estimated is (field == "stream_options")
    sent = ("reasoning_effort", "high") if field == "stream_options" else ("dropped", "effort")
    assert first.effective == second.effective == tuple(sorted((("max_tokens", "500"), sent)))
    assert patience.notes == [note]


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


def test_a_wrong_key_that_litellm_found_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", SECRET)
    with LoopbackOpenAI([status(401, "invalid x-api-key")]) as server:
        ref = replace(CLAUDE, base_url=server.base_url.removesuffix("/v1"))
        with pytest.raises(ModelUnauthorised) as caught:
            LiteLLMModel(ref, retrying=Patience().retrying).ask(QUESTION, Heard())
    assert caught.value.message.endswith("does not accept the key from ANTHROPIC_API_KEY: invalid x-api-key")


def test_a_name_without_a_known_provider() -> None:
    model = LiteLLMModel(ModelRef(name="no-such-thing", door="litellm"), retrying=Patience().retrying)
    with pytest.raises(ModelError) as caught:
        model.ask(QUESTION, Heard())
    assert "no provider is known" in caught.value.message
    assert "`anthropic/" in caught.value.hint


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
    patience = Patience(attempts=9)
    model = LiteLLMModel(
        ModelRef(name="openai/m", door="litellm", base_url=url),
        retrying=patience.retrying,
        key=ApiKey(value=SECRET),
    )
    with pytest.raises(ModelUnavailable) as caught:
        model.ask(QUESTION, Heard())
    assert caught.value.hint == f"is the server running at {url}?"
    assert len(patience.waits) == 2


def test_a_provider_without_tools_is_not_even_asked() -> None:
    model = LiteLLMModel(ModelRef(name="perplexity/sonar", door="litellm"), retrying=Patience().retrying)
    with pytest.raises(ModelError, match="perplexity/sonar cannot call tools"):
        model.ask(QUESTION, Heard())


def test_it_is_a_model() -> None:
    price = Price(input_nano=1, output_nano=1, cached_nano=1, cache_write_nano=1, source="test")
    model: Model = LiteLLMModel(CLAUDE, retrying=Patience().retrying, price=price)
    assert (model.ref, model.price) == (CLAUDE, price)


CLAUDE = ModelRef(name="anthropic/claude-sonnet-4-5", door="litellm")
TURN = (
    *QUESTION.messages,
    Message(role="assistant", tool_calls=(ToolCall(id="c1", name="read", arguments='{"path": "a.py"}'),)),
    Message(role="tool", content="text", tool_call_id="c1"),
)


def test_claude_is_told_what_to_cache() -> None:
    """litellm's own translation, caught on its way to Anthropic's endpoint."""
    with LoopbackOpenAI([status(400, "enough seen")]) as server, pytest.raises(ModelError, match="enough seen"):
        claude_at(server).ask(replace(QUESTION, messages=TURN), Heard())
    [asked] = server.asked
    assert asked.path == "/v1/messages"
    mark = {"type": "ephemeral"}
    assert asked.body["system"][-1]["cache_control"] == mark
    assert asked.body["tools"][-1]["cache_control"] == mark
    assert asked.body["messages"][-1]["content"][-1]["cache_control"] == mark
    assert json.dumps(asked.body).count("cache_control") == 3


def anthropic_events(*content: tuple[dict[str, Any], list[dict[str, Any]]]) -> Served:
    """A stream in Anthropic's own protocol: blocks, each with its deltas."""
    usage = {"input_tokens": 10, "cache_read_input_tokens": 60, "cache_creation_input_tokens": 30, "output_tokens": 1}
    message = {"id": "msg_1", "type": "message", "role": "assistant", "model": "claude", "content": [], "usage": usage}
    events: list[dict[str, Any]] = [{"type": "message_start", "message": message}]
    for index, (block, deltas) in enumerate(content):
        events.append({"type": "content_block_start", "index": index, "content_block": block})
        events += [{"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas]
        events.append({"type": "content_block_stop", "index": index})
    events.append({"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 25}})
    events.append({"type": "message_stop"})
    pieces = [f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode() for event in events]
    return Served(pieces=tuple(pieces), streamed=True)


THINKING = (
    {"type": "thinking", "thinking": "", "signature": ""},
    [
        {"type": "thinking_delta", "thinking": "I should "},
        {"type": "thinking_delta", "thinking": "read."},
        {"type": "signature_delta", "signature": "signed"},
    ],
)
READING = (
    {"type": "tool_use", "id": "toolu_1", "name": "read", "input": {}},
    [
        {"type": "input_json_delta", "partial_json": '{"path": '},
        {"type": "input_json_delta", "partial_json": '"a.py"}'},
    ],
)


def claude_at(server: LoopbackOpenAI, patience: Patience | None = None, *, name: str = "") -> LiteLLMModel:
    return LiteLLMModel(
        replace(
            CLAUDE, name=f"anthropic/{name}" if name else CLAUDE.name, base_url=server.base_url.removesuffix("/v1")
        ),
        retrying=(patience or Patience()).retrying,
        key=ApiKey(value=SECRET),
    )


def test_claude_answers_and_gets_its_signed_thinking_back() -> None:
    answer = Fault(name="claude", serve=lambda _body: anthropic_events(THINKING, READING))
    question = replace(QUESTION, effort=Effort.LOW, max_output_tokens=8000)
    with LoopbackOpenAI([answer, answer]) as server:
        model = claude_at(server)
        first = model.ask(question, Heard())
        result = Message(role="tool", content="text", tool_call_id="toolu_1")
        model.ask(replace(question, messages=(*question.messages, first.as_message(), result)), Heard())
    assert first.tool_calls == (ToolCall(id="toolu_1", name="read", arguments='{"path": "a.py"}'),)
    assert (first.finish, first.reasoning) == ("tool_calls", "I should read.")
    # The tokens of thinking are litellm's own count.
    assert replace(first.usage, reasoning_tokens=0) == Usage(
        input_tokens=10, cached_tokens=60, cache_write_tokens=30, output_tokens=25
    )
    assert all(asked.body["thinking"]["type"] == "enabled" for asked in server.asked)
    spoken = server.asked[1].body["messages"][1]["content"]
    assert spoken[0] == {"type": "thinking", "thinking": "I should read.", "signature": "signed"}
    assert spoken[1]["type"] == "tool_use"


@pytest.mark.parametrize(
    ("name", "effort", "wire", "effective"),
    [
        ("claude-sonnet-4-5", Effort.MINIMAL, {"thinking": {"type": "disabled"}}, (("thinking.type", "disabled"),)),
        (
            "claude-sonnet-4-5",
            Effort.MEDIUM,
            {"thinking": {"type": "enabled", "budget_tokens": 4000}},
            (("thinking.budget_tokens", "4000"), ("thinking.type", "enabled")),
        ),
        ("claude-opus-5", Effort.MAX, {"output_config": {"effort": "max"}}, (("reasoning_effort", "max"),)),
        ("claude-sonnet-4-6", Effort.MINIMAL, {"output_config": {"effort": "low"}}, (("reasoning_effort", "low"),)),
    ],
)
def test_effort_in_the_words_of_each_claude(
    name: str, effort: Effort, wire: dict[str, Any], effective: tuple[tuple[str, str], ...]
) -> None:
    answer = Fault(name="claude", serve=lambda _body: anthropic_events(READING))
    with LoopbackOpenAI([answer]) as server:
        reply = claude_at(server, name=name).ask(replace(QUESTION, effort=effort, max_output_tokens=8000), Heard())
    body = server.asked[0].body
    assert {field: body.get(field) for field in wire} == wire
    assert body["max_tokens"] == 8000
    assert reply.effective == tuple(sorted((("max_tokens", "8000"), *effective)))


def test_after_a_resume_claude_goes_on_without_thinking() -> None:
    """Its signed thinking died with the process, and it refuses thinking with calls whose thinking is missing."""
    answer = Fault(name="claude", serve=lambda _body: anthropic_events(READING))
    with LoopbackOpenAI([answer]) as server:
        reply = claude_at(server).ask(replace(QUESTION, messages=TURN, effort=Effort.HIGH), Heard())
    assert "thinking" not in server.asked[0].body
    assert reply.effective == (("dropped", "effort"), ("max_tokens", "500"))


@pytest.mark.parametrize(
    "name",
    [
        "anthropic/claude-sonnet-4-5",
        "anthropic/claude-opus-5",
        "gpt-5.2",
        "gpt-5.6",
        "gemini/gemini-2.5-pro",
        "deepseek/deepseek-chat",
        "xai/grok-4.3",
        "groq/openai/gpt-oss-120b",
        "mistral/mistral-large-latest",
    ],
)
def test_cached_and_written_tokens_cost_what_litellm_makes_of_them(name: str) -> None:
    """Its own arithmetic for each provider, as an oracle for ours."""
    litellm = load_litellm()  # as the door does it, with no look at the network; then its types
    from litellm.types.utils import PromptTokensDetailsWrapper
    from litellm.types.utils import Usage as LiteLLMUsage

    price = price_book().of(model_ref(name)).price
    if price is None:
        pytest.skip(f"this version of litellm lists no price of {name}")
    written = 200 if price.cache_write_nano > price.input_nano else 0
    theirs = LiteLLMUsage(
        prompt_tokens=1000,
        completion_tokens=50,
        total_tokens=1050,
        prompt_tokens_details=PromptTokensDetailsWrapper(
            cached_tokens=600, cache_creation_tokens=written, text_tokens=400 - written
        ),
        cache_read_input_tokens=600,
        cache_creation_input_tokens=written,
    )
    model, provider, _, _ = litellm.get_llm_provider(name)
    cost = sum(litellm.cost_per_token(model=model, custom_llm_provider=provider, usage_object=theirs))
    ours = Usage(input_tokens=400 - written, cached_tokens=600, cache_write_tokens=written, output_tokens=50)
    assert price.of(ours).nano_usd == round(cost * NANO)
    assert price.cached_nano < price.input_nano <= price.cache_write_nano


def test_what_the_listener_raises_comes_out() -> None:
    class Stopped(Exception):
        pass

    def stop(_token: str) -> None:
        raise Stopped

    with LoopbackOpenAI([say("some text")]) as server, pytest.raises(Stopped):
        model_at(server, Patience()).ask(QUESTION, stop)


def python(code: str, *flags: str, cwd: Path | None = None, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, *flags, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=cwd,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)} | environment,
    )
    return done.stdout + done.stderr


def test_loading_is_quiet_local_and_reads_no_env_file(tmp_path: Path) -> None:
    """In a repository with a hostile `.env`, with every look-up, connection, thread and file noticed."""
    (tmp_path / ".env").write_text("OPENAI_API_BASE=http://evil.example.org\n")
    said = python(
        """
import os, sys, threading
seen = []
def hook(event, args):
    if event in ("socket.connect", "socket.getaddrinfo"):
        seen.append((event, args[1:]))
    if event == "open" and (str(args[0]).endswith(".env") or (isinstance(args[1], str) and set(args[1]) & set("wax+"))):
        seen.append((event, args))
sys.addaudithook(hook)
from swe_agent.llm.litellm_model import load_litellm
load_litellm()
print(seen, threading.active_count(), "OPENAI_API_BASE" in os.environ)
""",
        "-B",
        cwd=tmp_path,
    )
    assert said == "[] 1 False\n"


def test_without_litellm_the_person_is_told_what_to_install() -> None:
    said = python(
        """
from swe_agent.core.errors import EnvironmentLacks
from swe_agent.llm.litellm_model import load_litellm
from swe_agent.llm.prices import price_book
try:
    load_litellm()
except EnvironmentLacks as error:
    print(error.hint)
print(len(price_book().table))
""",
        "-S",
    )
    assert said == ('`pip install "litellm>=1.109.1,<1.111"`, or give the base URL of an OpenAI-compatible server\n0\n')
