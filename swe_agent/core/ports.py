"""The seams between rooms: what a part must be able to do, whoever provides it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from swe_agent.core.event import EventBody
from swe_agent.core.message import ModelRef, ModelReply, ModelRequest, ToolSpec
from swe_agent.core.usage import Cost, Price

OnToken = Callable[[str], None]
Clock = Callable[[], datetime]
"""The time now, with a zone."""
Monotonic = Callable[[], float]
"""Seconds from an arbitrary start, never going back."""
Emit = Callable[[EventBody], None]
"""Record a durable event; it is on disk when this returns."""


class Model(Protocol):
    """One model behind one door. Retries, streams and faults are the door's business."""

    @property
    def ref(self) -> ModelRef: ...

    @property
    def price(self) -> Price | None:
        """None where nobody knows: then a budget in money cannot be kept, and is refused."""

    def ask(self, request: ModelRequest, on_token: OnToken) -> ModelReply:
        """One answer, complete. Raises a ModelError; a stream that was cut is never returned as an answer."""


class ForeignAnswer(Protocol):
    """What a tool of somebody else said: `text` is what the model is told."""

    @property
    def text(self) -> str: ...

    @property
    def ok(self) -> bool: ...


class ForeignTools(Protocol):
    """Tools of servers that the user's settings name. Whatever goes wrong with one is an answer that is not ok."""

    @property
    def troubles(self) -> Sequence[str]: ...

    def tools(self) -> Sequence[ToolSpec]: ...

    def call(self, name: str, arguments: Mapping[str, Any]) -> ForeignAnswer: ...

    def close(self) -> None: ...


class Throttle(Protocol):
    """Says no before money is spent: reserve the worst case of a call, then settle what it really was."""

    def reserve(self, price: Price | None, *, input_tokens: int, output_tokens: int) -> None: ...

    def settle(self, cost: Cost, tokens: int) -> None: ...
