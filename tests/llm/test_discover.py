"""Looking for servers: only on loopback, only when asked, and quickly."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import ExitStack

import pytest

from swe_agent.core.errors import ModelBadAnswer, ModelUnauthorised, ModelUnavailable
from swe_agent.llm.discover import LocalServer, discover_local, list_models
from swe_agent.llm.key import ApiKey
from swe_agent.testing.loopback import LoopbackOpenAI


def port_of(server: LoopbackOpenAI) -> int:
    return int(server.base_url.split(":")[2].split("/")[0])


def test_models_are_listed_in_order() -> None:
    with LoopbackOpenAI([], models=("b", "a")) as server:
        assert list_models(server.base_url, ApiKey(value="k")) == ("a", "b")


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(ModelUnavailable, match="no connection"):
        list_models(f"http://127.0.0.1:{port}/v1")


def test_local_servers_are_found_and_silent_ones_are_not_waited_for() -> None:
    with ExitStack() as stack:
        ollama, llama = (stack.enter_context(LoopbackOpenAI([], models=(name,))) for name in ("qwen", "coder"))
        silent = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(3)]
        ports = {"Ollama": port_of(ollama)} | {f"silent {s.getsockname()[1]}": s.getsockname()[1] for s in silent}
        started = time.monotonic()
        found = discover_local(ports | {"llama.cpp": port_of(llama)})
        took = time.monotonic() - started
    assert found == (
        LocalServer(server="Ollama", base_url=ollama.base_url, models=("qwen",)),
        LocalServer(server="llama.cpp", base_url=llama.base_url, models=("coder",)),
    )
    assert took < 2, "the time-outs run side by side"


def test_proxies_do_not_see_the_search(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with LoopbackOpenAI([], models=("qwen",)) as server:
        [found] = discover_local({"Ollama": port_of(server)})
    assert found.models == ("qwen",)


@pytest.mark.parametrize(("status", "error"), [(401, ModelUnauthorised), (200, ModelBadAnswer)])
def test_other_answers(status: int, error: type[Exception]) -> None:
    raw = b"HTTP/1.1 %d x\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}" % status
    with socket.create_server(("127.0.0.1", 0)) as listener, ExitStack() as stack:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(raw)

        thread = threading.Thread(target=serve)
        thread.start()
        stack.callback(thread.join)
        with pytest.raises(error):
            list_models(f"http://127.0.0.1:{listener.getsockname()[1]}/v1")
