"""Answers kept by what was asked, so that a run can be played again without a provider.

A cassette is a file of JSON lines, {"hash", "request", "reply"}. The same request recorded several times answers in
the order of recording, and with the last one from then on. A request that was never recorded is an error that shows
how it differs from the nearest one: prompts drift, and a replay that guessed would prove nothing.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from difflib import unified_diff
from itertools import islice
from pathlib import Path
from typing import Any

from swe_agent.core.codec import CodecError, decode
from swe_agent.core.encode import encode
from swe_agent.core.errors import ConfigError, ModelError
from swe_agent.core.message import ModelRef, ModelReply, ModelRequest
from swe_agent.core.ports import Model, OnToken
from swe_agent.core.usage import Price
from swe_agent.llm.fingerprint import canonical, readable, request_hash

DIFF_LINES = 60


class Recorder:
    """Implements core.ports.Model: asks another model, and keeps what it says. Threads may share it."""

    def __init__(self, model: Model, path: Path) -> None:
        self._model = model
        self._path = path
        self._lock = threading.Lock()

    @property
    def ref(self) -> ModelRef:
        return self._model.ref

    @property
    def price(self) -> Price | None:
        return self._model.price

    def ask(self, request: ModelRequest, on_token: OnToken) -> ModelReply:
        reply = self._model.ask(request, on_token)
        line = {"hash": request_hash(request), "request": canonical(request), "reply": encode(reply)}
        with self._lock, self._path.open("a", encoding="ascii") as cassette:
            cassette.write(json.dumps(line, ensure_ascii=True) + "\n")
        return reply


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    hash: str
    request: dict[str, Any]
    reply: ModelReply


class RecordedModel:
    """Implements core.ports.Model from a cassette. `price` is given, for what a replay shows as cost."""

    def __init__(self, path: Path, *, price: Price | None = None) -> None:
        self._path = path
        self._price = price
        self._entries = _read(path)
        self._asked: dict[str, int] = {}
        self._lock = threading.Lock()

    @property
    def ref(self) -> ModelRef:
        return ModelRef(name=f"recorded:{self._path.name}", door="recorded")

    @property
    def price(self) -> Price | None:
        return self._price

    def ask(self, request: ModelRequest, on_token: Callable[[str], None]) -> ModelReply:
        key = request_hash(request)
        replies = [entry.reply for entry in self._entries if entry.hash == key]
        if not replies:
            raise self._drift(request)
        with self._lock:
            number = self._asked.get(key, 0)
            self._asked[key] = number + 1
        reply = replies[min(number, len(replies) - 1)]
        if reply.content:
            on_token(reply.content)
        return reply

    def _drift(self, request: ModelRequest) -> ModelError:
        asked = readable(canonical(request))
        nearest = max((readable(entry.request) for entry in self._entries), key=lambda r: _alike(r, asked), default=[])
        diff = unified_diff(nearest, asked, "recorded", "asked", lineterm="", n=2)
        shown = list(islice(diff, DIFF_LINES + 1))
        if len(shown) > DIFF_LINES:
            shown[DIFF_LINES:] = ["… (the diff goes on)"]
        return ModelError(
            f"{self._path.name} holds no answer to this request; against the nearest one that it holds:\n"
            + "\n".join(shown),
            hint="where the prompt was changed on purpose, record the cassette again",
        )


def _alike(recorded: list[str], asked: list[str]) -> tuple[int, int]:
    """Conversations grow at their end, so a long common beginning comes first, then a similar length."""
    common = next(
        (at for at, (left, right) in enumerate(zip(recorded, asked, strict=False)) if left != right),
        min(len(recorded), len(asked)),
    )
    return common, -abs(len(recorded) - len(asked))


def _read(path: Path) -> list[_Entry]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        return [_entry(json.loads(line)) for line in lines if line.strip()]
    except (OSError, ValueError, KeyError, TypeError, CodecError) as error:
        raise ConfigError(f"{path} is no recording of a model: {error}") from error


def _entry(data: Any) -> _Entry:
    return _Entry(hash=data["hash"], request=data["request"], reply=decode(ModelReply, data["reply"]))
