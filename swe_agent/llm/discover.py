"""What a server offers, and which local servers are there. Asks the network only when called."""

from __future__ import annotations

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from swe_agent.core.errors import ModelBadAnswer, ModelError
from swe_agent.llm.client import open_client
from swe_agent.llm.failures import Called, cut, failure, server_error, too_slow, unreachable
from swe_agent.llm.key import ApiKey
from swe_agent.llm.time_outs import TimeOuts
from swe_agent.llm.urls import chat_base_url

LOCAL_PORTS: Mapping[str, int] = {"Ollama": 11434, "LM Studio": 1234, "llama.cpp": 8080, "vLLM": 8000}
"""The default ports of the servers that people run on their own machine."""
LOCAL_SECONDS = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalServer:
    """`server` is guessed from the port alone."""

    server: str
    base_url: str
    models: tuple[str, ...]


def list_models(base_url: str, key: ApiKey | None = None, *, seconds: float = 5.0) -> tuple[str, ...]:
    """The names under /v1/models, sorted. Raises a ModelError where there is no such answer."""
    import httpx

    key = key or ApiKey()
    base_url = chat_base_url(base_url)
    called = Called(model="the list of models", url=base_url, key=key)
    try:
        with open_client(base_url, key, TimeOuts(connect=seconds, idle=seconds)) as client:
            response = client.get(f"{base_url}/models")
    except httpx.ConnectError as error:
        raise unreachable(called, str(error)).error from error
    except httpx.TimeoutException as error:
        raise too_slow(called, seconds).error from error
    except httpx.HTTPError as error:
        raise cut(called).error from error
    if response.status_code != 200:
        wrong = failure(server_error(response.status_code, response.content), called)
        raise wrong if isinstance(wrong, ModelError) else wrong.error
    return _names(response.content, called)


def _names(body: bytes, called: Called) -> tuple[str, ...]:
    try:
        listed = json.loads(body)["data"]
        return tuple(sorted(str(model["id"]) for model in listed))
    except (ValueError, KeyError, TypeError):
        raise ModelBadAnswer(f"{called.place} sent something else than a list of models") from None


def discover_local(
    ports: Mapping[str, int] = LOCAL_PORTS, *, seconds: float = LOCAL_SECONDS
) -> tuple[LocalServer, ...]:
    """The servers that answer on this machine's loopback, all asked at once, in the order of `ports`."""
    with ThreadPoolExecutor(max_workers=max(1, len(ports))) as pool:
        found = pool.map(lambda item: _local(*item, seconds=seconds), ports.items())
        return tuple(server for server in found if server)


def _local(server: str, port: int, *, seconds: float) -> LocalServer | None:
    base_url = f"http://127.0.0.1:{port}/v1"
    try:
        models = list_models(base_url, seconds=seconds)
    except ModelError:
        return None
    return LocalServer(server=server, base_url=base_url, models=models)
