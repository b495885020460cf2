"""Several models as one, from the cheapest to the strongest: the next takes over when the evidence asks for it.

What the evidence is (tests that stay red, edits that are refused again and again, no progress) the agent's loop knows;
how hard a task looks beforehand is no evidence, and is not asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from swe_agent.core.message import ModelRef, ModelReply, ModelRequest
from swe_agent.core.ports import Model, OnToken
from swe_agent.core.usage import Price
from swe_agent.llm.retry import ignore


class Cascade:
    """Implements core.ports.Model. Begins with the first model and moves up for good: a task that was too much for one
    model is not given back to it.

    `ref` and `price` are those of the model that is asked now. For one conversation, not shared by threads. A budget is
    put around each of the models, not around this.
    """

    def __init__(self, models: Sequence[Model], on_change: Callable[[str], None] = ignore) -> None:
        if not models:
            raise ValueError("a cascade needs at least one model")
        self._left = list(models)
        self._on_change = on_change

    @property
    def current(self) -> Model:
        return self._left[0]

    @property
    def ref(self) -> ModelRef:
        return self.current.ref

    @property
    def price(self) -> Price | None:
        return self.current.price

    def ask(self, request: ModelRequest, on_token: OnToken) -> ModelReply:
        return self.current.ask(request, on_token)

    def escalate(self, reason: str) -> bool:
        """Hand over to the next model; False where the strongest is at work already.

        A step whose own fallback has brought the next model in already is passed over.
        """
        gone = self.ref
        while len(self._left) > 1:
            self._left.pop(0)
            if self.ref != gone:
                self._on_change(f"{gone.name} hands over to {self.ref.name}: {reason}")
                return True
        return False


def escalate(model: Model, reason: str) -> bool:
    """For who holds a model and does not care whether it is a cascade: True where a stronger one took over."""
    return isinstance(model, Cascade) and model.escalate(reason)
