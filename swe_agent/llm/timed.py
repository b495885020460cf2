"""A model that stops in the middle of an answer when the job's time is over."""

from __future__ import annotations

from swe_agent.core.message import ModelReply, ModelRequest
from swe_agent.core.ports import Model, OnToken
from swe_agent.llm.retry import out_of_time
from swe_agent.llm.time_outs import Left
from swe_agent.llm.wrapped import Wrapped


class Timed(Wrapped):
    """Implements core.ports.Model. A silent server is the door's business: this is for one that goes on and on."""

    def __init__(self, model: Model, left: Left) -> None:
        super().__init__(model)
        self._left = left

    def ask(self, request: ModelRequest, on_token: OnToken) -> ModelReply:
        def heard(text: str) -> None:
            if self._left() <= 0:
                raise out_of_time()
            on_token(text)

        return self._model.ask(request, heard)
