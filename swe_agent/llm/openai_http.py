"""The light door: any server that speaks the OpenAI chat protocol, by its base URL, over httpx.

Loads httpx at the first question. Proxies and extra certificate authorities come from the usual variables, which httpx
reads by itself. The key is sent as a bearer token and appears in no error, event or repr.
"""

from __future__ import annotations

import json
import weakref
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from swe_agent.core.errors import ModelBadAnswer, ModelError, ModelUnavailable
from swe_agent.core.message import ModelRef, ModelReply, ModelRequest
from swe_agent.core.usage import Price
from swe_agent.llm.accumulate import ServerFault, reply_of_body, reply_of_stream
from swe_agent.llm.client import open_client
from swe_agent.llm.dialect import Dialect, dialect_of
from swe_agent.llm.discover import list_models
from swe_agent.llm.events import chunks_of
from swe_agent.llm.failures import (
    Called,
    ServerError,
    cut,
    failure,
    garbled,
    server_error,
    streamed_error,
    too_slow,
    unreachable,
    untrusted,
)
from swe_agent.llm.key import ApiKey
from swe_agent.llm.retry import Retrying, retry_after
from swe_agent.llm.time_outs import TimeOuts
from swe_agent.llm.urls import chat_base_url, shown_url

if TYPE_CHECKING:
    import httpx

OPENAI_URL = "https://api.openai.com/v1"


class OpenAIHttpModel:
    """Implements core.ports.Model. May be shared by threads; connections are kept and closed with it."""

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
        self._base_url = chat_base_url(ref.base_url or OPENAI_URL)
        self._dialect = dialect_of(ref.name)
        self._client: httpx.Client | None = None

    @property
    def ref(self) -> ModelRef:
        return self._ref

    @property
    def price(self) -> Price | None:
        return self._price

    def ask(self, request: ModelRequest, on_token: Callable[[str], None]) -> ModelReply:
        return self._retrying.run(lambda: self._adapting(request, on_token))

    def close(self) -> None:
        if self._client:
            self._client.close()
            self._client = None

    def _adapting(self, request: ModelRequest, on_token: Callable[[str], None]) -> ModelReply:
        """One attempt, in simpler words for each thing that the server turns out not to understand."""
        dialect = self._dialect
        while True:
            answer = self._attempt(dialect, request, on_token)
            if isinstance(answer, ModelReply):
                self._remember(dialect)
                return replace(answer, effective=dialect.effective(self._ref, request))
            simpler = dialect.after(answer, request)
            if simpler is None:
                raise failure(answer, self._called(request), offered=self._offered)
            dialect = simpler

    def _remember(self, dialect: Dialect) -> None:
        lost = self._dialect.lost(dialect)
        self._dialect = dialect
        if lost:
            self._retrying.on_wait(f"{shown_url(self._base_url)} does not take {', '.join(lost)}")

    def _attempt(
        self, dialect: Dialect, request: ModelRequest, on_token: Callable[[str], None]
    ) -> ModelReply | ServerError:
        import httpx

        called, client = self._called(request), self._opened()
        client.timeout = httpx.Timeout(self._time_outs.silence, connect=self._time_outs.connect)
        try:
            return self._exchange(client, dialect, request, on_token)
        except ServerFault as fault:
            return streamed_error(fault.error)
        except ModelUnavailable as error:  # no finish reason
            raise cut(called) from error
        except ModelBadAnswer as error:
            raise garbled(called, error) from error
        except httpx.ConnectError as error:
            if "CERTIFICATE" in str(error).upper():
                raise untrusted(called, str(error)) from error
            raise unreachable(called, str(error)) from error
        except httpx.ConnectTimeout as error:
            raise unreachable(called, f"no answer within {self._time_outs.connect:g} s") from error
        except httpx.TimeoutException as error:
            raise too_slow(called, self._time_outs.idle) from error
        except (httpx.ProxyError, httpx.UnsupportedProtocol) as error:
            raise unreachable(called, str(error)).error from error
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise cut(called) from error

    def _exchange(
        self, client: httpx.Client, dialect: Dialect, request: ModelRequest, on_token: Callable[[str], None]
    ) -> ModelReply | ServerError:
        url = f"{self._base_url}/chat/completions"
        body = dialect.body(self._ref, request)
        with client.stream("POST", url, json=body) as response:
            if response.status_code >= 300:
                return server_error(
                    response.status_code, response.read(), retry_after=retry_after(dict(response.headers))
                )
            if "event-stream" in response.headers.get("content-type", ""):
                chunks = chunks_of(response.iter_lines())
                return reply_of_stream(chunks, request, model=self._ref.name, on_token=on_token)
            return self._whole(response.read(), request, on_token)

    def _whole(self, body: bytes, request: ModelRequest, on_token: Callable[[str], None]) -> ModelReply:
        """The server ignored `stream`; some then send events without saying so in the content type."""
        text = body.decode("utf-8", "replace")
        if text.lstrip().startswith(("data:", "event:", ":")):
            return reply_of_stream(chunks_of(text.splitlines()), request, model=self._ref.name, on_token=on_token)
        try:
            data = json.loads(text)
        except ValueError as error:
            raise ModelBadAnswer(f"the answer of {shown_url(self._base_url)} is not JSON ({error})") from None
        reply = reply_of_body(data, request, model=self._ref.name)
        on_token(reply.content)
        return reply

    def _opened(self) -> httpx.Client:
        if self._client is None:
            self._client = open_client(self._base_url, self._key, self._time_outs)
            weakref.finalize(self, self._client.close)
        return self._client

    def _called(self, request: ModelRequest) -> Called:
        return Called(model=self._ref.name, url=self._base_url, key=self._key, tools=bool(request.tools))

    def _offered(self) -> tuple[str, ...]:
        try:
            return list_models(self._base_url, self._key)
        except ModelError:
            return ()
