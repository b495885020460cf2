"""What a provider's error means: a final ModelError with a hint, or a Transient that may pass. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from swe_agent.core.errors import (
    ContextTooLong,
    ModelBadAnswer,
    ModelError,
    ModelRateLimited,
    ModelRefused,
    ModelUnauthorised,
    ModelUnavailable,
)
from swe_agent.core.naming import named
from swe_agent.llm.key import ApiKey
from swe_agent.llm.retry import RETRIED_STATUSES, SHORT_ATTEMPTS, Transient
from swe_agent.llm.urls import shown_url

_OVERFLOW = re.compile(
    r"context[ _]length[ _]exceeded|maximum context length|context (window|size|length)|prompt is too long"
    r"|too many (input )?tokens|input is too long|max_model_len"
    r"|exceeds? the (available |model'?s? )?(context|maximum number of tokens)"
    r"|input (token|length).{0,40}exceed|reduce the length of the (messages|prompt)",
    re.IGNORECASE,
)
_NO_TOOLS = re.compile(
    r"(does ?n[o']t|not|cannot|can't) support (the )?(use of )?(tool|function)|support (tool|function)[ _-](use|call)"
    r"|(tools?|tool[ _]choice|functions?|function calling) (is|are) not supported|tool choice requires"
    r"|tools? param requires|unsupported.{0,20}\btools?\b",
    re.IGNORECASE,
)
_FILTERED = re.compile(r"content[_ ](filter|policy)|content management policy|safety system", re.IGNORECASE)
_NO_MODEL = re.compile(
    r"model_not_found|model.{0,80}(not found|does not exist|is not a valid|not exist|unknown)"
    r"|(unknown|invalid|no such|not a valid) model|no endpoints found",
    re.IGNORECASE | re.DOTALL,
)
_NO_KEY = re.compile(r"missing (credentials|api key)|api_key client option must be set", re.IGNORECASE)
_NO_CREDIT = re.compile(r"insufficient_quota|exceeded your current quota|credit balance|billing", re.IGNORECASE)

_STATUS_OF_WORD = {
    "rate_limit": 429,
    "overloaded": 529,
    "context_length": 400,
    "invalid_request": 400,
    "bad_request": 400,
    "content_filter": 400,
    "authentication": 401,
    "invalid_api_key": 401,
    "permission": 403,
    "not_found": 404,
}
SHOWN_CHARACTERS = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """Who was asked, for the words of an error."""

    model: str
    url: str
    key: ApiKey
    tools: bool = False
    has_key: bool = False
    """A key was sent that we do not hold ourselves: the provider's library found it."""

    @property
    def place(self) -> str:
        return shown_url(self.url) if self.url else "its provider"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerError:
    """A status and what came with it."""

    status: int
    message: str = ""
    code: str = ""
    retry_after: float | None = None

    @property
    def words(self) -> str:
        return f"{self.code} {self.message}"


def _nothing() -> tuple[str, ...]:
    return ()


def failure(
    error: ServerError, called: Called, *, offered: Callable[[], tuple[str, ...]] = _nothing
) -> ModelError | Transient:
    """The exception to raise. `offered` names the models that the server has, and is asked only if that matters."""
    said = called.key.scrub(error.message) or f"HTTP {error.status}"
    if called.tools and _NO_TOOLS.search(error.words):
        return no_tools(called, said)
    if error.status in (400, 413, 422, 500) and _OVERFLOW.search(error.words):
        return ContextTooLong(
            f"the conversation no longer fits {called.model}: {said}",
            hint="name a model with a larger context window, or scope the task to fewer files with `-- PATHS`",
        )
    if not (called.key.value or called.has_key) and _NO_KEY.search(error.words):
        return _unauthorised(401, said, called)  # OpenAI's own library says so without a status
    if error.status in (401, 403):
        return _unauthorised(error.status, said, called)
    if error.status == 404 or (error.status in (400, 422) and _NO_MODEL.search(error.words)):
        return _missing(said, called, offered())
    if error.status in (400, 403, 422) and _FILTERED.search(error.words):
        return ModelRefused(f"the provider's filter declined the request: {said}")
    if error.status == 429:
        return _rate_limited(error, said, called)
    if error.status in RETRIED_STATUSES:
        unavailable = ModelUnavailable(
            f"{called.model} at {called.place} answered {error.status}: {said}",
            hint="the provider has a problem: try again later, or name another model with `--model`",
        )
        return Transient(unavailable, retry_after=error.retry_after)
    return ModelError(f"{called.model} at {called.place} answered {error.status}: {said}")


def no_tools(called: Called, said: str) -> ModelError:
    return ModelError(
        f"{called.model} cannot call tools at {called.place}: {said}",
        hint="the agent works through tools: name a model (or start the server in a mode) that supports them",
    )


def _unauthorised(status: int, said: str, called: Called) -> ModelUnauthorised:
    if not (called.key.value or called.has_key):
        place = called.place if called.url else f"the provider of {called.model}"
        return ModelUnauthorised(
            f"{place} wants a key, and there is none: {said}",
            hint=f"set one: `export {called.key.source}=...`",
        )
    what = "does not accept the key" if status == 401 else "does not allow this with the key"
    return ModelUnauthorised(
        f"{called.place} {what} from {called.key.source}: {said}",
        hint=f"check the value of `{called.key.source}`, and that it belongs to {called.place}",
    )


def _missing(said: str, called: Called, offered: tuple[str, ...]) -> ModelError:
    if offered:
        hint = f"the server offers {named([f'`{name}`' for name in offered], 12)}; name one with `--model`"
    else:
        hint = "check the model's name and the base URL; OpenAI-compatible ones mostly end in `/v1`"
    return ModelError(f"{called.place} does not know {called.model}: {said}", hint=hint)


def _rate_limited(error: ServerError, said: str, called: Called) -> ModelRateLimited | Transient:
    limited = ModelRateLimited(
        f"{called.place} limits the rate of calls: {said}",
        hint=(
            f"the server asks to wait {error.retry_after:.0f} s"
            if error.retry_after
            else "wait a little, or name another model with `--model`"
        ),
        retry_after=error.retry_after,
    )
    if _NO_CREDIT.search(error.words):
        # Sent as 429 as well, but no waiting helps.
        return ModelRateLimited(limited.message, hint=f"the account behind `{called.key.source}` has no credit left")
    return Transient(limited, retry_after=error.retry_after)


def cut(called: Called) -> Transient:
    return Transient(
        ModelUnavailable(
            f"the stream was cut by {called.place}",
            hint="try again; where it happens always, the server or a proxy before it ends long answers",
        )
    )


def garbled(called: Called, error: ModelBadAnswer) -> Transient:
    worded = ModelBadAnswer(
        f"{called.place}: {error.message}", hint=f"is {called.place} the base URL of a chat server?"
    )
    return Transient(worded, attempts=SHORT_ATTEMPTS)


def unreachable(called: Called, why: str) -> Transient:
    refused = "refused" in why.lower()
    error = ModelUnavailable(
        f"no connection to {called.place}: {called.key.scrub(why)}",
        hint=(
            f"is the server running at {called.place}?"
            if refused
            else f"check the network, the proxy variables and the base URL {called.place}"
        ),
    )
    return Transient(error, attempts=SHORT_ATTEMPTS)


def untrusted(called: Called, why: str) -> ModelUnavailable:
    return ModelUnavailable(
        f"the certificate of {called.place} is not trusted: {why}",
        hint="where a company's own authority signs it, name its file: `export SSL_CERT_FILE=...`",
    )


def too_slow(called: Called, seconds: float) -> Transient:
    return Transient(
        ModelUnavailable(
            f"nothing came from {called.place} for {seconds:g} s",
            hint="is the server still at work? A slow one needs a longer idle time-out",
        )
    )


def server_error(status: int, body: bytes, *, retry_after: float | None = None) -> ServerError:
    """An error response: the shapes that OpenAI, Ollama, vLLM, FastAPI and gateways use, or plain text."""
    text = body.decode("utf-8", "replace")
    try:
        data = json.loads(text)
    except ValueError:
        plain = "" if "<html" in text.lower() or "<!doctype" in text.lower() else text
        return ServerError(status=status, message=_shown(plain), retry_after=retry_after)
    message, code = _said(data)
    return ServerError(status=status, message=_shown(message), code=code, retry_after=retry_after)


def streamed_error(error: object) -> ServerError:
    """An error object within a stream; it has no HTTP status, so its code or type stands for one."""
    message, code = _said(error)
    return ServerError(status=_status_of(error, code), message=_shown(message), code=code)


def _said(data: Any) -> tuple[str, str]:
    """(message, code) of whatever an error object looks like."""
    if isinstance(data, Mapping):
        inner = data.get("error") or data.get("detail") or data.get("errors")
        if inner:
            return _said(inner)
        message = data.get("message") or data.get("msg") or json.dumps(dict(data))
        code = " ".join(str(data[name]) for name in ("code", "type") if data.get(name))
        return str(message), code
    if isinstance(data, list) and data:
        return "; ".join(f"{_where(item)}{_said(item)[0]}" for item in data), ""
    return str(data), ""


def _where(item: object) -> str:
    """FastAPI names the offending field in `loc`."""
    place = item.get("loc") if isinstance(item, Mapping) else None
    return ".".join(str(part) for part in place) + ": " if isinstance(place, list) else ""


def _status_of(error: object, code: str) -> int:
    number = error.get("code") if isinstance(error, Mapping) else None
    if isinstance(number, int) and 400 <= number < 600:
        return number
    if code.split(" ")[0].isdigit() and 400 <= int(code.split(" ")[0]) < 600:
        return int(code.split(" ")[0])
    return next((status for word, status in _STATUS_OF_WORD.items() if word in code.lower()), 500)


def _shown(text: str) -> str:
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= SHOWN_CHARACTERS else line[:SHOWN_CHARACTERS] + "…"
