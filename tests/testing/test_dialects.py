"""The four dialects on loopback: read and spelt right, over plain sockets and by the library that reads them all."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest

from swe_agent.core.message import Message, ModelRef, ModelReply, ModelRequest, ToolSpec
from swe_agent.core.usage import Usage
from swe_agent.llm.litellm_model import LiteLLMModel
from swe_agent.llm.retry import Retrying
from swe_agent.testing.dialects import faults
from swe_agent.testing.dialects.chat import CHAT
from swe_agent.testing.dialects.dialect import Dialect, Heard, Turn
from swe_agent.testing.dialects.every import EVERY
from swe_agent.testing.dialects.faults import Step
from swe_agent.testing.dialects.gemini import GEMINI
from swe_agent.testing.dialects.messages import MESSAGES
from swe_agent.testing.dialects.responses import RESPONSES
from swe_agent.testing.dialects.server import LoopbackServer
from swe_agent.testing.faults import Wire
from swe_agent.testing.scripted import call, calls, say

ASKED: dict[str, tuple[str, dict[str, Any]]] = {
    CHAT.name: ("/v1/chat/completions", {"messages": [{"role": "user", "content": "hello"}]}),
    RESPONSES.name: ("/v1/responses", {"input": [{"role": "user", "content": [{"text": "hello"}]}]}),
    MESSAGES.name: ("/v1/messages", {"messages": [{"role": "user", "content": "hello"}]}),
    GEMINI.name: ("/models/m:streamGenerateContent?alt=sse", {"contents": [{"parts": [{"text": "hello"}]}]}),
}
LITELLM = {
    CHAT.name: ("openai/gpt-4.1-mini", "OPENAI_BASE_URL", "/v1", "OPENAI_API_KEY"),
    RESPONSES.name: ("openai/responses/gpt-4.1-mini", "OPENAI_BASE_URL", "/v1", "OPENAI_API_KEY"),
    MESSAGES.name: ("anthropic/claude-sonnet-4-5", "ANTHROPIC_API_BASE", "", "ANTHROPIC_API_KEY"),
    GEMINI.name: ("gemini/gemini-2.5-flash", "GEMINI_API_BASE", "", "GEMINI_API_KEY"),
}
each = pytest.mark.parametrize("dialect", EVERY, ids=lambda dialect: dialect.name)
USED = Usage(input_tokens=90, cached_tokens=7, output_tokens=5)
LONG = say("A longer answer, so that there is something to cut.")


@contextmanager
def asked(dialect: Dialect, step: Step, *, timeout: float = 5) -> Iterator[http.client.HTTPResponse]:
    path, body = ASKED[dialect.name]
    with (
        LoopbackServer(dialect, lambda _heard: step) as server,
        closing(http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=timeout)) as connection,
    ):
        connection.request("POST", path, json.dumps({"model": "m", "stream": True} | body))
        with connection.getresponse() as response:
            yield response


@each
def test_a_question_is_heard_in_the_same_words(dialect: Dialect) -> None:
    path, body = ASKED[dialect.name]
    heard = dialect.hear(path, {"model": "m", "stream": True} | body)
    assert dialect.asks(path)
    assert (heard.model, heard.turns, heard.tools, heard.streams) == (
        "m",
        (Turn(speaker="user", text="hello"),),
        (),
        True,
    )


@each
def test_a_stream_is_told_from_a_fault_by_its_frames(dialect: Dialect) -> None:
    """What is left of an answer without its finish, byte for byte."""
    path, body = ASKED[dialect.name]
    heard = dialect.hear(path, {"model": "m", "stream": True} | body)
    frames = dialect.frames(LONG, heard, Wire())
    with asked(dialect, LONG) as response:
        assert response.read() == b"".join(frame.data for frame in frames)
        assert response.getheader("content-type") == "text/event-stream"
    with asked(dialect, faults.end_without_finish(LONG)) as response:
        left = response.read()
    body_only = [frame.data for frame in frames if frame.part in ("open", "body")]
    assert left == b"".join(body_only[:-1])
    assert sum(frame.part == "finish" for frame in frames) == 1


@each
@pytest.mark.parametrize("kind", ["rate_limit", "overloaded", "unauthorised", "overflow"])
def test_trouble_has_the_words_of_the_provider(dialect: Dialect, kind: Any) -> None:
    said = dialect.troubles[kind]
    with asked(dialect, faults.trouble(kind, retry_after=7)) as response:
        assert (response.status, response.getheader("retry-after")) == (said.status, "7")
        assert json.loads(response.read()) == dialect.problem(said)


def test_every_dialect_has_words_for_every_trouble() -> None:
    assert len({frozenset(dialect.troubles) for dialect in EVERY}) == 1


@each
def test_a_reset_before_the_headers_is_no_response(dialect: Dialect) -> None:
    with pytest.raises(ConnectionResetError), asked(dialect, faults.hung_up()):
        pass


@each
def test_a_reset_in_the_stream_leaves_it_incomplete(dialect: Dialect) -> None:
    with (
        asked(dialect, faults.cut_after(2, LONG)) as response,
        pytest.raises((ConnectionResetError, http.client.IncompleteRead)),
    ):
        response.read()


@each
def test_silence_comes_before_the_headers_and_a_stall_after_them(dialect: Dialect) -> None:
    with pytest.raises(TimeoutError), asked(dialect, faults.silence(20), timeout=0.3):
        pass
    with asked(dialect, faults.stall(20), timeout=0.3) as response, pytest.raises(TimeoutError):
        response.read()


@each
def test_a_drip_is_slow_and_whole(dialect: Dialect) -> None:
    begun = time.monotonic()
    with asked(dialect, faults.drip(0.02, LONG)) as response:
        dripped = response.read()
    with asked(dialect, LONG) as response:
        assert response.read() == dripped
    assert time.monotonic() - begun > 0.06


def test_a_page_is_a_page() -> None:
    with asked(CHAT, faults.page()) as response:
        assert response.getheader("content-type") == faults.HTML
        assert response.read().startswith(b"<!doctype html>")


def test_another_path_is_not_found() -> None:
    with (
        LoopbackServer(MESSAGES, lambda _heard: LONG) as server,
        closing(http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=5)) as connection,
    ):
        connection.request("POST", "/v1/complete", "{}")
        assert connection.getresponse().status == 404
    assert not server.heard


pytestmark = pytest.mark.filterwarnings(
    # litellm reads a model's fields from its instances, which pydantic 2.11 deprecates.
    "ignore:Accessing the 'model_(computed_)?fields' attribute on the instance is deprecated",
    # litellm's types have read-only items, of which pydantic says once a process that it does not guard them.
    "ignore:.*is using the `ReadOnly` qualifier:UserWarning",
    "ignore:.*are using the `ReadOnly` qualifier:UserWarning",
)
READ = ToolSpec(
    name="read",
    description="Read a file.",
    parameters={"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]},
)


class Known:
    """A model of litellm's that asks the server, and what is asked of it again and again."""

    def __init__(self, dialect: Dialect, server: LoopbackServer, monkeypatch: pytest.MonkeyPatch) -> None:
        name, variable, suffix, key = LITELLM[dialect.name]
        monkeypatch.setenv(variable, server.url + suffix)
        monkeypatch.setenv(key, f"no key at all, for {server.url}")  # litellm keeps clients by their keys
        retrying = Retrying(sleep=lambda _seconds: None, jitter=lambda: 0.5)
        self._model = LiteLLMModel(ModelRef(name=name, door="litellm"), retrying=retrying)

    def ask(self, *messages: Message) -> ModelReply:
        return self._model.ask(ModelRequest(messages=messages, tools=(READ,)), lambda _text: None)


@each
def test_a_conversation_comes_through(dialect: Dialect, monkeypatch: pytest.MonkeyPatch) -> None:
    def policy(heard: Heard) -> Step:
        if heard.turns[-1].speaker == "tool":
            return say(
                f"it says {heard.turns[-1].text}", usage=Usage(input_tokens=90, cached_tokens=7, output_tokens=5)
            )
        return calls(("read", {"path": "a.py"}), text="I look.")

    opening = (Message(role="system", content="Be brief."), Message(role="user", content="What is in it?"))
    with LoopbackServer(dialect, policy) as server:
        model = Known(dialect, server, monkeypatch)
        first = model.ask(*opening)
        result = Message(role="tool", content="x = 1", tool_call_id=first.tool_calls[0].id)
        second = model.ask(*opening, first.as_message(), result)
    assert (first.content, first.finish) == ("I look.", "tool_calls")
    assert [(one.name, json.loads(one.arguments)) for one in first.tool_calls] == [("read", {"path": "a.py"})]
    assert (second.content, second.finish) == ("it says x = 1", "stop")
    assert second.usage == USED
    heard = server.heard[-1]
    assert (heard.instructions.strip(), heard.tools, heard.streams) == ("Be brief.", ("read",), True)
    assert next(turn.speaker for turn in heard.turns) == "user"
    made = [one for turn in heard.turns for one in turn.calls]
    assert [(one.name, json.loads(one.arguments)) for one in made] == [("read", {"path": "a.py"})]


@each
def test_a_cut_is_asked_again(dialect: Dialect, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: Iterator[Step] = iter([faults.cut_after(2, LONG), faults.trouble("overloaded"), call("read", path="a.py")])
    with LoopbackServer(dialect, lambda _heard: next(steps)) as server:
        reply = Known(dialect, server, monkeypatch).ask(Message(role="user", content="hello"))
    assert [one.name for one in reply.tool_calls] == ["read"]
    assert len(server.heard) == 3


def test_habits_are_spelt_out() -> None:
    heard = MESSAGES.hear("/v1/messages", {"model": "m", "stream": True})
    reply = calls(("read", {}), ("read", {}))

    def blocks(wire: Wire) -> list[Mapping[str, Any]]:
        lines = b"".join(frame.data for frame in MESSAGES.frames(reply, heard, wire)).decode().splitlines()
        sent = [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: ")]
        return [event for event in sent if event["type"] == "content_block_start"]

    assert [event["content_block"].get("id") for event in blocks(Wire())] == ["call_1", "call_2"]
    assert [event["content_block"].get("id") for event in blocks(Wire(ids="missing"))] == [None, None]
    assert [event["content_block"].get("id") for event in blocks(Wire(ids="duplicate"))] == ["call_same", "call_same"]
    assert [event.get("index") for event in blocks(Wire(indices="equal"))] == [0, 0]
    assert [event.get("index") for event in blocks(Wire(indices="missing"))] == [None, None]
