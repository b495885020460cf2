"""A model that asks its budget first."""

from __future__ import annotations

import threading

from swe_agent.core.message import ModelReply, ModelRequest
from swe_agent.core.ports import Model, OnToken, Throttle
from swe_agent.core.usage import Cost, Spent, Usage
from swe_agent.llm.budget import PriceUnknown
from swe_agent.llm.messages import request_characters
from swe_agent.llm.wrapped import Wrapped

FIRST_GUESS = 1 / 3
"""Tokens a character, until the provider has counted: code and English take a quarter, and little takes more."""
MARGIN = 1.15
"""On what the provider counted last time, since the text that was added may be denser."""


class Throttled(Wrapped):
    """Implements core.ports.Model. `spent` is the sum of what this model answered; `turns` in it stay 0."""

    def __init__(self, model: Model, throttle: Throttle) -> None:
        super().__init__(model)
        self._throttle = throttle
        self._spent = Spent()
        self._ratio = FIRST_GUESS
        self._lock = threading.Lock()

    @property
    def spent(self) -> Spent:
        return self._spent

    def ask(self, request: ModelRequest, on_token: OnToken) -> ModelReply:
        characters = request_characters(request)
        try:
            self._throttle.reserve(
                self.price, input_tokens=round(characters * self._ratio), output_tokens=request.max_output_tokens
            )
        except PriceUnknown:
            raise PriceUnknown(self.ref.name) from None
        cost, usage = Cost(), Usage()
        try:
            reply = self._model.ask(request, on_token)
            usage = reply.usage
            cost = self.price.of(usage) if self.price else Cost(nano_usd=None)
        finally:
            # A call that failed gives its reservation back; what a provider bills for one it does not say.
            self._throttle.settle(cost, usage.total)
        self._note(characters, usage, cost)
        return reply

    def _note(self, characters: int, usage: Usage, cost: Cost) -> None:
        with self._lock:
            spent = self._spent
            self._spent = Spent(usage=spent.usage + usage, cost=spent.cost + cost, calls=spent.calls + 1)
            asked = usage.total - usage.output_tokens
            if characters and asked and not usage.estimated:
                self._ratio = MARGIN * asked / characters
