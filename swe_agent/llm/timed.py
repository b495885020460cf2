"""A model that stops in the middle of an answer when the job's time is over."""

from __future__ import annotations

from swe_agent.core.message import ModelRef, ModelReply, ModelRequest
from swe_agent.core.ports import Model, OnToken
from swe_agent.core.usage import Price
from swe_agent.llm.retry import out_of_time
from swe_agent.llm.time_outs import Left


class Timed:
    """Implements core.ports.Model. A silent server is the door's business: this is for one that goes on and on."""

    def __init__(self, model: Model, left: Left) -> None:
        self._model = model
        self._left = left

    @property
    def ref(self) -> ModelRef:
        return self._model.ref

    @property
    def price(self) -> Price | None:
        return self._model.price

    def ask(self, request: ModelRequest, on_token: OnToken) -> ModelReply:
        def heard(text: str) -> None:
            if self._left() <= 0:
                raise out_of_time()
            on_token(text)

        return self._model.ask(request, heard)
