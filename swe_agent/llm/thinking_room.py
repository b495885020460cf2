"""A model whose answers may be longer for what is thought in them."""

from __future__ import annotations

from dataclasses import replace

from swe_agent.core.message import ModelReply, ModelRequest
from swe_agent.core.ports import OnToken
from swe_agent.llm.effort import output_tokens
from swe_agent.llm.wrapped import Wrapped


class ThinkingRoom(Wrapped):
    """Implements core.ports.Model. Stands before the budget, which has to reserve what is really asked for.

    Who asks says how much is to be said. Without more room a model at high effort spends all of it on thinking, and its
    answer is cut before it has begun.
    """

    def ask(self, request: ModelRequest, on_token: OnToken) -> ModelReply:
        most = output_tokens(request.effort, self.ref, max_output_tokens=request.max_output_tokens)
        return self._model.ask(replace(request, max_output_tokens=most), on_token)
