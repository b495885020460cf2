"""The loopback server by itself, over plain sockets: what it puts on the wire, and that it leaves nothing behind."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from urllib.parse import urlsplit

import pytest

from swe_agent.testing.faults import cut_after, done_without_finish, end_without_finish, stall, status
from swe_agent.testing.loopback import LoopbackOpenAI, ScriptRanOut
from swe_agent.testing.scripted import call, say


@contextmanager
def asked(server: LoopbackOpenAI, body: object, *, method: str = "POST", path: str = "/v1/chat/completions"):
    with closing(http.client.HTTPConnection(urlsplit(server.base_url).netloc, timeout=5)) as connection:
        connection.request(method, path, json.dumps(body), {"Content-Type": "application/json"})
        with connection.getresponse() as response:
            yield response


def events(data: bytes) -> Iterator[object]:
    for line in data.decode().splitlines():
        if line.startswith("data: ") and line != "data: [DONE]":
            yield json.loads(line.removeprefix("data: "))


STREAMED = {"model": "m", "stream": True, "stream_options": {"include_usage": True}}


def test_models_are_listed() -> None:
    with LoopbackOpenAI([], models=("a", "b")) as server, asked(server, None, method="GET", path="/v1/models") as got:
        assert [model["id"] for model in json.loads(got.read())["data"]] == ["a", "b"]


def test_a_whole_answer() -> None:
    with LoopbackOpenAI([call("read", path="a.py")]) as server, asked(server, {"model": "m"}) as got:
        body = json.loads(got.read())
    assert body["model"] == "m"
    assert body["choices"] == [
        {
            "index": 0,
            "message": {
                "role": "assistant",
                "content": "",
                "tool_calls": [
                    {
                        "id": "call_1",
                        "type": "function",
                        "function": {"name": "read", "arguments": '{"path": "a.py"}'},
                    }
                ],
            },
            "finish_reason": "tool_calls",
        }
    ]
    assert body["usage"]["prompt_tokens"] == 100


def test_a_streamed_answer() -> None:
    with LoopbackOpenAI([say("one two")]) as server, asked(server, STREAMED) as got:
        data = got.read()
    chunks = list(events(data))
    assert data.endswith(b"data: [DONE]\n\n")
    assert [chunk["choices"][0]["delta"].get("content") for chunk in chunks[:-2]] == ["", "one", " tw", "o"]
    assert chunks[-2]["choices"][0]["finish_reason"] == "stop"
    assert (chunks[-1]["choices"], chunks[-1]["usage"]["completion_tokens"]) == ([], 20)


def test_usage_comes_only_if_asked_for() -> None:
    with LoopbackOpenAI([say("x")]) as server, asked(server, {"model": "m", "stream": True}) as got:
        assert not any("usage" in chunk for chunk in events(got.read()))


@pytest.mark.parametrize("fault", [end_without_finish(), done_without_finish()])
def test_no_finish_reason(fault) -> None:
    with LoopbackOpenAI([fault]) as server, asked(server, STREAMED) as got:
        data = got.read()
    assert not any(choice.get("finish_reason") for chunk in events(data) for choice in chunk["choices"])
    assert (b"[DONE]" in data) is (fault.name == "done without finish")


def test_a_cut_is_a_reset() -> None:
    with LoopbackOpenAI([cut_after(2)]) as server, asked(server, STREAMED) as got, pytest.raises(ConnectionResetError):
        got.read()


def test_headers_of_a_status() -> None:
    with LoopbackOpenAI([status(429, "slow", retry_after=3)]) as server, asked(server, STREAMED) as got:
        assert (got.status, got.headers["Retry-After"]) == (429, "3")
        assert json.loads(got.read())["error"]["message"] == "slow"


def test_requests_are_kept() -> None:
    with LoopbackOpenAI([say("x")]) as server, asked(server, {"model": "m", "messages": []}) as got:
        got.read()
    [request] = server.asked
    assert (request.path, request.body) == ("/v1/chat/completions", {"model": "m", "messages": []})
    assert request.headers["content-type"] == "application/json"


def test_a_policy_sees_the_conversation() -> None:
    def policy(body):
        return say("done") if body["messages"] else call("read", path="a.py")

    with LoopbackOpenAI(policy) as server:
        for messages, finish in (([], "tool_calls"), ([{}], "stop"), ([], "tool_calls")):
            with asked(server, {"model": "m", "messages": messages}) as got:
                assert json.loads(got.read())["choices"][0]["finish_reason"] == finish


def test_a_script_that_runs_out_fails_the_test() -> None:
    with pytest.raises(ScriptRanOut, match="1 times more"), LoopbackOpenAI([]) as server, asked(server, {}) as got:
        assert got.status == 410


def test_what_is_left_of_a_script_is_counted() -> None:
    with LoopbackOpenAI([say("a"), say("b")]) as server, asked(server, {}) as got:
        got.read()
    assert server.left == 1


def test_nothing_is_left_behind() -> None:
    before = threading.active_count()
    started = time.monotonic()
    with LoopbackOpenAI([stall(60)]) as server, asked(server, STREAMED) as got:
        got.readline()
    assert threading.active_count() == before
    assert time.monotonic() - started < 5
