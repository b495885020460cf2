"""Several models as one: the first that is available answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from swe_agent.core.errors import ModelRateLimited, ModelUnavailable
from swe_agent.core.message import ModelRef, ModelReply, ModelRequest
from swe_agent.core.ports import Model, OnToken
from swe_agent.core.usage import Price
from swe_agent.llm.retry import ignore


class FirstAvailable:
    """Implements core.ports.Model. Stays with the model that answered last, so that its caches are used.

    `ref` and `price` are that model's: after an answer they are those of who gave it. For one conversation, not shared
    by threads. A budget is put around each of the models, not around this.
    """

    def __init__(self, models: Sequence[Model], on_change: Callable[[str], None] = ignore) -> None:
        if not models:
            raise ValueError("a fallback needs at least one model")
        self._left = list(models)
        self._on_change = on_change

    @property
    def ref(self) -> ModelRef:
        return self._left[0].ref

    @property
    def price(self) -> Price | None:
        return self._left[0].price

    def ask(self, request: ModelRequest, on_token: OnToken) -> ModelReply:
        while True:
            try:
                return self._left[0].ask(request, on_token)
            except (ModelUnavailable, ModelRateLimited) as error:
                if len(self._left) == 1:
                    raise
                gone = self._left.pop(0)
                self._on_change(f"{gone.ref.name} is given up ({error.message}); {self.ref.name} goes on")
