"""The door to every provider, through litellm: the only module that imports it, and only at the first question.

Of litellm we use `completion`, and what it knows of providers and their parameters. Its retries, router, callbacks,
chunk builder and token counter are left alone (docs/design/0003-models.md says why).
"""

from __future__ import annotations

import json
import logging
import os
import re
import threading
from ast import literal_eval
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from importlib.util import find_spec
from typing import Any

from swe_agent.core.errors import EnvironmentLacks, ModelBadAnswer, ModelError, ModelUnavailable
from swe_agent.core.message import ModelRef, ModelReply, ModelRequest
from swe_agent.core.usage import Price
from swe_agent.llm.accumulate import ServerFault, reply_of_body, reply_of_stream
from swe_agent.llm.cache_marks import marked, wants_marks
from swe_agent.llm.dialect import refuses_effort
from swe_agent.llm.discover import list_models
from swe_agent.llm.effort import Parameters, effective, nested, parameters
from swe_agent.llm.failures import (
    Called,
    ServerError,
    cut,
    failure,
    garbled,
    no_tools,
    server_error,
    streamed_error,
    too_slow,
    unreachable,
    untrusted,
)
from swe_agent.llm.key import ApiKey
from swe_agent.llm.messages import wire_messages, wire_tools
from swe_agent.llm.prices import key_variable
from swe_agent.llm.retry import Retrying, retry_after
from swe_agent.llm.thoughts import Thoughts, blocks_of
from swe_agent.llm.time_outs import TimeOuts

WANTED = "litellm>=1.109.1,<1.111"
_PREFIX = re.compile(r"^(litellm\.)?\w*(Error|Exception|Timeout)( -|:) ")
_loading = threading.Lock()


def load_litellm() -> Any:
    """litellm, quietened. Seconds of work at the first call: wiring may start it in a thread ahead of need."""
    if find_spec("litellm") is None:
        raise EnvironmentLacks(
            "litellm is not installed, and this model needs it",
            hint=f'`pip install "{WANTED}"`, or give the base URL of an OpenAI-compatible server',
        )
    with _loading:
        # Before the import: without these it fetches a price list from the network, and reads a repository's `.env`.
        os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
        os.environ["LITELLM_MODE"] = "PRODUCTION"
        os.environ["LITELLM_LOG"] = "ERROR"
        import litellm

        litellm.suppress_debug_info = True  # else it prints "Give Feedback" beside every error
        litellm.callbacks = []
        for name in ("LiteLLM", "LiteLLM Router", "LiteLLM Proxy"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
        return litellm


class LiteLLMModel:
    """Implements core.ports.Model. May be shared by threads."""

    def __init__(
        self,
        ref: ModelRef,
        *,
        retrying: Retrying,
        price: Price | None = None,
        key: ApiKey | None = None,
        time_outs: TimeOuts | None = None,
    ) -> None:
        self._ref = ref
        self._price = price
        self._retrying = retrying
        self._key = key or ApiKey()
        self._time_outs = time_outs or TimeOuts()
        self._thoughts = Thoughts()
        self._dropped: frozenset[str] = frozenset()
        self._streams = True

    @property
    def ref(self) -> ModelRef:
        return self._ref

    @property
    def price(self) -> Price | None:
        return self._price

    def ask(self, request: ModelRequest, on_token: Callable[[str], None]) -> ModelReply:
        return self._retrying.run(lambda: self._attempt(request, on_token))

    @cached_property
    def _provider(self) -> _Provider:
        return _Provider(load_litellm(), self._ref)

    def _attempt(self, request: ModelRequest, on_token: Callable[[str], None]) -> ModelReply:
        called = Called(model=self._ref.name, url=self._ref.base_url, key=self._key, tools=bool(request.tools))
        provider = self._provider
        if request.tools and not provider.takes("tools"):
            raise no_tools(called, f"litellm knows no tool calls for {provider.name}")
        effort = self._effort(provider, request)
        try:
            return replace(
                self._exchange(provider, request, nested(effort), on_token), effective=self._effective(request, effort)
            )
        except Exception as error:
            meant = _meaning(error, called, self._time_outs)
            if isinstance(meant, ServerError):
                if self._drops(meant, request):
                    return self._attempt(request, on_token)
                called = provider.with_credentials(called) if meant.status in (401, 403) else called
                meant = failure(meant, called, offered=self._offered)
            if meant is error:  # none that we can answer
                raise
            raise meant from error

    def _offered(self) -> tuple[str, ...]:
        try:
            return list_models(self._ref.base_url, self._key) if self._ref.base_url else ()
        except ModelError:
            return ()

    def _exchange(
        self, provider: _Provider, request: ModelRequest, effort: Mapping[str, Any], on_token: Callable[[str], None]
    ) -> ModelReply:
        arguments = {**self._arguments(provider, request), **effort}
        if self._streams:
            answer = provider.litellm.completion(**arguments)
            thinking: list[Mapping[str, Any]] = []
            chunks: list[Mapping[str, Any]] = []
            try:
                heard = _noted(_dumped(answer, thinking), chunks)
                reply = reply_of_stream(heard, request, model=self._ref.name, on_token=on_token)
            except Exception as error:
                # So litellm says it of a server that answers the responses protocol in one piece.
                if "before any terminal event" not in str(error) or chunks:
                    raise
                return self._whole(provider, request, arguments, on_token)
            self._thoughts.keep(reply, blocks_of(thinking))
            if reply.content or reply.tool_calls or reply.reasoning or reply.finish != "stop":
                return reply
        # Of a server that ignores `stream`, and of a refusal, litellm makes an empty answer that has stopped.
        return self._whole(provider, request, arguments, on_token)

    def _whole(
        self, provider: _Provider, request: ModelRequest, arguments: Mapping[str, Any], on_token: Callable[[str], None]
    ) -> ModelReply:
        unstreamed = {name: value for name, value in arguments.items() if name != "stream_options"} | {"stream": False}
        body = provider.litellm.completion(**unstreamed).model_dump()
        reply = reply_of_body(body, request, model=self._ref.name)
        answered = bool(reply.content or reply.tool_calls) and reply.finish != "refusal"
        self._streams = self._streams and not answered
        if reply.content:
            on_token(reply.content)
        return reply

    def _arguments(self, provider: _Provider, request: ModelRequest) -> dict[str, Any]:
        import httpx

        messages = wire_messages(request.messages)
        tools: list[Mapping[str, Any]] = [*wire_tools(request.tools)]
        told = self._thoughts.given_back(messages)
        if provider.caches_by_marks:
            told, tools = marked(told, tools)
        arguments = {
            "model": self._ref.name,
            "messages": told,
            "max_tokens": request.max_output_tokens,
            "stream": True,
            # litellm reports usage only if asked to, and passes this on only to who understands it.
            "stream_options": None if "stream_options" in self._dropped else {"include_usage": True},
            "tools": tools or None,
            "timeout": httpx.Timeout(self._time_outs.silence, connect=self._time_outs.connect),
            "max_retries": 0,  # ours are the only ones: hidden ones would double waits and costs
            "api_key": self._key.value or None,
            "api_base": self._ref.base_url or None,
        }
        return {name: value for name, value in arguments.items() if value is not None}

    def _effort(self, provider: _Provider, request: ModelRequest) -> Parameters:
        if "effort" in self._dropped:
            return {}
        wanted = parameters(request.effort, self._ref, max_output_tokens=request.max_output_tokens)
        if not all(provider.takes(name) for name in nested(wanted)):
            self._drop("effort", "has no effort setting")
            return {}
        if provider.caches_by_marks and not self._thoughts.knows(wire_messages(request.messages)):
            # Anthropic refuses calls whose signed thinking is missing as soon as thinking is on.
            return {}
        return wanted

    def _effective(self, request: ModelRequest, effort: Parameters) -> tuple[tuple[str, str], ...]:
        gone = ["effort"] if request.effort and not effort else []
        return effective({"max_tokens": request.max_output_tokens, **effort}, gone)

    def _drops(self, error: ServerError, request: ModelRequest) -> bool:
        """Whether the complaint is of something that can be done without, and is done without from now on."""
        if error.status not in (400, 422):
            return False
        if "stream_options" in error.message and "stream_options" not in self._dropped:
            self._drop("stream_options", "sends no token counts; they are estimated")
            return True
        if refuses_effort(error.message) and request.effort and "effort" not in self._dropped:
            self._drop("effort", "rejected the effort setting; going on without")
            return True
        return False

    def _drop(self, parameter: str, why: str) -> None:
        self._dropped |= {parameter}
        self._retrying.on_wait(f"{self._ref.name} {why}")


class _Provider:
    """What litellm knows of a model's provider."""

    def __init__(self, litellm: Any, ref: ModelRef) -> None:
        self.litellm = litellm
        self._ref = ref
        try:
            self.model, self.name, _, _ = litellm.get_llm_provider(ref.name, api_base=ref.base_url or None)
        except Exception as error:
            raise ModelError(
                f"no provider is known for the model {ref.name!r}",
                hint="name it with its provider, such as `openai/gpt-5` or `anthropic/claude-sonnet-4-5`",
            ) from error
        self._params = litellm.get_supported_openai_params(self.model, custom_llm_provider=self.name)
        self.caches_by_marks = wants_marks(self.name, self.model)

    def takes(self, parameter: str) -> bool:
        return self._params is None or parameter in self._params

    def with_credentials(self, called: Called) -> Called:
        """Naming the variables that are missing; where none is, litellm found something to send by itself."""
        if called.key.value:
            return called
        missing = self.litellm.validate_environment(self._ref.name)["missing_keys"]
        source = missing[0] if missing else key_variable(self._ref)
        return Called(
            model=called.model,
            url=called.url,
            key=ApiKey(source=source),
            tools=called.tools,
            has_key=not missing,
        )


def _noted(pieces: Iterator[Mapping[str, Any]], into: list[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for piece in pieces:
        into.append(piece)
        yield piece


def _dumped(answer: Any, thinking: list[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for chunk in answer:
        data = chunk.model_dump(exclude_none=True)
        if "thinking_blocks" in str(data.get("choices")):
            thinking.append(data)
        yield data


def _meaning(error: Exception, called: Called, time_outs: TimeOuts) -> Exception | ServerError:
    """Judged by causes and status, not by class: litellm's classes for the same failure differ between providers."""
    import httpx

    links = list(_chain(error))
    for link in links:
        if isinstance(link, ServerFault):
            return streamed_error(link.error)
        if isinstance(link, httpx.ConnectError):
            why = str(link)
            return untrusted(called, why) if "CERTIFICATE" in why.upper() else unreachable(called, why)
        if isinstance(link, httpx.ConnectTimeout):
            return unreachable(called, f"no answer within {time_outs.connect:g} s")
        if isinstance(link, httpx.TimeoutException):
            return too_slow(called, time_outs.idle)
        if isinstance(link, json.JSONDecodeError):
            return garbled(called, ModelBadAnswer(f"the server sent a chunk that is not JSON ({link})"))
        if isinstance(link, (httpx.TransportError, ModelUnavailable)):
            return cut(called)
        if isinstance(link, ModelBadAnswer):
            return garbled(called, link)
        if isinstance(getattr(link, "body", None), Mapping) and not hasattr(link, "status_code"):
            return streamed_error({"error": link.body})
    if any(hasattr(link, "generated_content") and not link.is_pre_first_chunk for link in links):
        return cut(called)
    status = next((link.status_code for link in links if isinstance(getattr(link, "status_code", None), int)), None)
    return error if status is None else _server_error(status, links)


def _server_error(status: int, links: list[Any]) -> ServerError:
    headers = [getattr(getattr(link, "response", None), "headers", None) or {} for link in links]
    waits = [retry_after(dict(one)) for one in headers]
    error = server_error(
        status, _said(links[0]).encode("utf-8", "replace"), retry_after=next((w for w in waits if w is not None), None)
    )
    codes = " ".join(str(link.code) for link in links if isinstance(getattr(link, "code", None), str))
    return replace(error, code=f"{error.code} {codes}".strip())


def _said(error: Any) -> str:
    """The provider's own words, without the names of exceptions that litellm stacks before them."""
    message = str(getattr(error, "message", error)).partition("Traceback (most recent call last)")[0].rstrip()
    while _PREFIX.match(message):
        message = _PREFIX.sub("", message, count=1)
    try:
        body = literal_eval(message)  # some bodies are printed, `b'{...}'`, in the place of being read
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return message
    return body.decode("utf-8", "replace") if isinstance(body, bytes) else message


def _chain(error: BaseException) -> Iterator[Any]:
    seen: set[int] = set()
    todo: list[BaseException | None] = [error]
    while todo:
        link = todo.pop(0)
        if link is None or id(link) in seen:
            continue
        seen.add(id(link))
        yield link
        todo += [getattr(link, "original_exception", None), link.__cause__, link.__context__]
