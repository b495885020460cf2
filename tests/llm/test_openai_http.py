"""The light door against a real server, for every habit and fault that servers have."""

from __future__ import annotations

import json
import shutil
import socket
import ssl
import subprocess
import traceback
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from doors import LASTING_FAULTS, PASSING_FAULTS, QUESTION, WHOLE_ANSWERS, Heard, Patience

from swe_agent.core.errors import (
    ConfigError,
    ModelBadAnswer,
    ModelError,
    ModelUnauthorised,
    ModelUnavailable,
)
from swe_agent.core.message import Message, ModelRef, ModelReply, ModelRequest, ToolCall
from swe_agent.core.ports import Model
from swe_agent.core.task import Effort
from swe_agent.core.usage import Price, Usage
from swe_agent.llm.key import ApiKey
from swe_agent.llm.openai_http import OpenAIHttpModel
from swe_agent.llm.time_outs import TimeOuts
from swe_agent.llm.urls import chat_base_url
from swe_agent.testing.faults import (
    ANSWER,
    Fault,
    Served,
    ignoring_stream,
    rejecting,
    status,
)
from swe_agent.testing.loopback import LoopbackOpenAI, Step
from swe_agent.testing.scripted import say

SECRET = "sk-very-secret-123456"
SENT = (("max_tokens", "500"),)


def ask(
    server: LoopbackOpenAI,
    patience: Patience | None = None,
    *,
    question: ModelRequest = QUESTION,
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
        content="All is well.",
        tool_calls=(),
        finish="stop",
        usage=usage,
        model="m",
        reasoning="Let me see.",
        effective=SENT,
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


@pytest.mark.parametrize("case", WHOLE_ANSWERS)
def test_odd_servers_are_understood(case: str) -> None:
    step, expected = WHOLE_ANSWERS[case]
    patience = Patience()
    with LoopbackOpenAI([step]) as server:
        reply = ask(server, patience)
    named = reply.model if expected.model == "scripted" else expected.model
    assert reply == replace(expected, model=named, effective=SENT)
    assert patience.waits == []
    assert len(server.asked) == 1


@pytest.mark.parametrize("case", PASSING_FAULTS)
def test_passing_faults_are_waited_out(case: str) -> None:
    patience = Patience()
    with LoopbackOpenAI([PASSING_FAULTS[case], say("at last")]) as server:
        reply = ask(server, patience, idle=0.3)
    assert reply == ModelReply(
        content="at last", tool_calls=(), finish="stop", usage=say("").usage, model="m", effective=SENT
    )
    assert patience.waits == [7.0 if case == "429" else 1.0]
    assert len(patience.notes) == 1
    assert "asking again" in patience.notes[0]


@pytest.mark.parametrize("case", LASTING_FAULTS)
def test_lasting_faults_are_errors_for_a_person(case: str) -> None:
    step, kind, requests, message, hint = LASTING_FAULTS[case]
    with LoopbackOpenAI(lambda _body: step) as server, pytest.raises(ModelError) as caught:
        ask(server, idle=0.2)
    assert type(caught.value) is kind
    assert message in caught.value.message
    assert hint in caught.value.hint
    assert len(server.asked) == requests


def test_without_tools_the_wording_means_nothing() -> None:
    step = status(400, "this deployment does not support tools")
    with LoopbackOpenAI(lambda _body: step) as server, pytest.raises(ModelError, match="answered 400"):
        ask(server, question=replace(QUESTION, tools=()))


def test_retry_after_as_a_date() -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    patience = Patience()
    with LoopbackOpenAI([status(503, retry_after=later), say("ok")]) as server:
        ask(server, patience)
    [waited] = patience.waits
    assert 85 <= waited <= 91


@pytest.mark.parametrize("field", ["stream_options", "reasoning_effort"])
def test_fields_that_are_rejected_are_left_out_from_then_on(field: str) -> None:
    patience = Patience()
    question = replace(QUESTION, effort=Effort.HIGH)
    with LoopbackOpenAI([rejecting(field), rejecting(field), rejecting(field)]) as server:
        model = OpenAIHttpModel(
            ModelRef(name="m", door="openai_http", base_url=server.base_url), retrying=patience.retrying
        )
        first, second = (model.ask(question, Heard()) for _ in range(2))
    assert (first.content, second.content) == (ANSWER.content, ANSWER.content)
    assert [field in asked.body for asked in server.asked] == [True, False, False]
    assert all("tools" in asked.body for asked in server.asked)
    assert first.usage.estimated is (field == "stream_options")
    sent = ("reasoning_effort", "high") if field == "stream_options" else ("dropped", "effort")
    assert first.effective == second.effective == tuple(sorted((*SENT, sent)))
    assert patience.waits == []
    assert len(patience.notes) == 1


def test_the_other_name_of_max_tokens() -> None:
    def policy(body: dict) -> Step:
        if "max_tokens" in body:
            return status(400, "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.")
        return say("ok")

    with LoopbackOpenAI(policy) as server:
        ask(server)
    assert server.asked[1].body["max_completion_tokens"] == 500


def test_a_bare_refusal_loses_the_comforts_once() -> None:
    bare = Fault(name="bare 400", serve=lambda _body: Served(status=400))
    with LoopbackOpenAI([bare, say("ok")]) as server:
        assert ask(server).content == "ok"
    assert "stream_options" not in server.asked[1].body
    with LoopbackOpenAI([bare, bare]) as server, pytest.raises(ModelError, match="HTTP 400"):
        ask(server)


def test_a_server_that_cannot_stream_tools() -> None:
    steps = [status(500, "Cannot use tools with stream"), say("ok")]
    with LoopbackOpenAI(steps) as server:
        heard = Heard()
        assert ask(server, heard=heard).content == "ok"
    assert server.asked[1].body["stream"] is False
    assert heard.text == "ok"


def test_the_key_is_in_no_error_text_or_repr() -> None:
    key = ApiKey(value=SECRET, source="MY_KEY")
    assert SECRET not in repr(key)
    with LoopbackOpenAI([status(401, f"Incorrect API key provided: {SECRET}")]) as server:
        with pytest.raises(ModelUnauthorised) as caught:
            ask(server, key=key)
        shown = "".join(traceback.format_exception(caught.value))
    assert "Incorrect API key provided: ***" in caught.value.message
    assert "MY_KEY" in caught.value.hint
    assert SECRET not in shown


def test_a_user_in_the_url_is_not_shown() -> None:
    model = OpenAIHttpModel(
        ModelRef(name="m", door="openai_http", base_url=f"http://me:{SECRET}@127.0.0.1:{closed_port()}/v1"),
        retrying=Patience(attempts=1).retrying,
    )
    with pytest.raises(ModelUnavailable) as caught:
        model.ask(QUESTION, Heard())
    assert SECRET not in "".join(traceback.format_exception(caught.value)) + caught.value.hint


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def test_nobody_listens() -> None:
    url = f"http://127.0.0.1:{closed_port()}/v1"
    patience = Patience(attempts=9)
    model = OpenAIHttpModel(ModelRef(name="m", door="openai_http", base_url=url), retrying=patience.retrying)
    with pytest.raises(ModelUnavailable) as caught:
        model.ask(QUESTION, Heard())
    assert caught.value.hint == f"is the server running at {url}?"
    assert len(patience.waits) == 2


def test_not_a_chat_server() -> None:
    page = Fault(name="page", serve=lambda _body: Served(pieces=(b"<html>Log in</html>",)))
    with LoopbackOpenAI(lambda _body: page) as server, pytest.raises(ModelBadAnswer, match="not JSON"):
        ask(server)


def test_events_under_the_wrong_content_type() -> None:
    def serve(body: dict) -> Served:
        streamed = ignoring_stream().serve(body)
        chunk = json.loads(streamed.pieces[0])
        chunk["choices"][0]["delta"] = chunk["choices"][0].pop("message")
        return Served(pieces=(f"data: {json.dumps(chunk)}\n\ndata: [DONE]\n\n".encode(),))

    with LoopbackOpenAI([Fault(name="mislabelled", serve=serve)]) as server:
        assert ask(server).content == ANSWER.content


@pytest.mark.parametrize("url", ["", "localhost:11434", "ftp://host/v1", "http://host:99999/v1", "http://"])
def test_what_is_no_base_url(url: str) -> None:
    with pytest.raises(ConfigError, match="not the base URL"):
        chat_base_url(url)


def test_base_urls_are_completed() -> None:
    assert [
        chat_base_url(url) for url in ("http://h:1", "http://h:1/", "http://h/v1/", "https://h/api/v1/chat/completions")
    ] == ["http://h:1/v1", "http://h:1/v1", "http://h/v1", "https://h/api/v1"]


def test_proxies_are_used_but_not_for_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """The proxy is a server that answers everything: what reaches it was sent to it."""
    with LoopbackOpenAI([say("from the proxy")]) as proxy, LoopbackOpenAI([say("direct")]) as server:
        monkeypatch.setenv("HTTP_PROXY", proxy.base_url.removesuffix("/v1"))
        assert ask(server).content == "direct"
        far = OpenAIHttpModel(
            ModelRef(name="m", door="openai_http", base_url="http://models.example.org/v1"),
            retrying=Patience().retrying,
        )
        assert far.ask(QUESTION, Heard()).content == "from the proxy"
    assert proxy.asked[0].path == "http://models.example.org/v1/chat/completions"


def test_a_proxy_that_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "ftp://proxy")
    with LoopbackOpenAI([]) as server, pytest.raises(ModelUnavailable) as caught:
        ask(server)
    assert "`HTTPS_PROXY`" in caught.value.hint


class Stopped(Exception):
    pass


def test_what_the_listener_raises_comes_out() -> None:
    def stop(_token: str) -> None:
        raise Stopped

    with LoopbackOpenAI([ANSWER]) as server:
        model = OpenAIHttpModel(
            ModelRef(name="m", door="openai_http", base_url=server.base_url), retrying=Patience().retrying
        )
        with pytest.raises(Stopped):
            model.ask(QUESTION, stop)
        model.close()


def test_a_door_is_shared_by_threads() -> None:
    with LoopbackOpenAI(lambda body: say(body["messages"][-1]["content"])) as server:
        model = OpenAIHttpModel(
            ModelRef(name="m", door="openai_http", base_url=server.base_url), retrying=Patience().retrying
        )
        questions = [
            replace(QUESTION, messages=(Message(role="user", content=f"question {number}"),)) for number in range(20)
        ]
        with ThreadPoolExecutor(max_workers=8) as pool:
            answers = [reply.content for reply in pool.map(lambda asked: model.ask(asked, Heard()), questions)]
    assert answers == [f"question {number}" for number in range(20)]


def test_it_is_a_model() -> None:
    price = Price(input_nano=1, output_nano=1, cached_nano=1, cache_write_nano=1, source="test")
    ref = ModelRef(name="m", door="openai_http", base_url="http://127.0.0.1:1")
    model: Model = OpenAIHttpModel(ref, retrying=Patience().retrying, price=price)
    assert (model.ref, model.price) == (ref, price)


@pytest.mark.skipif(not shutil.which("openssl"), reason="makes its certificate with openssl, which is not here")
def test_a_certificate_that_nobody_trusts_is_not_asked_again(tmp_path: Path) -> None:
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost"]
    subprocess.run([*made, "-keyout", "key.pem", "-out", "cert.pem"], cwd=tmp_path, check=True, capture_output=True)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    patience = Patience()
    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor() as pool:
        shaken = pool.submit(shake_hands, listener, context)
        url = f"https://127.0.0.1:{listener.getsockname()[1]}/v1"
        model = OpenAIHttpModel(ModelRef(name="m", door="openai_http", base_url=url), retrying=patience.retrying)
        with pytest.raises(ModelUnavailable) as caught:
            model.ask(QUESTION, Heard())
        assert shaken.result() is False
    assert "`export SSL_CERT_FILE=...`" in caught.value.hint
    assert patience.waits == []


def shake_hands(listener: socket.socket, context: ssl.SSLContext) -> bool:
    connection, _ = listener.accept()
    with connection:
        try:
            context.wrap_socket(connection, server_side=True).close()
        except ssl.SSLError:
            return False
    return True
