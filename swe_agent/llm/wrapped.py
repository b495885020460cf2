"""What stands around a model and is one: its name and price are those of the model inside."""

from __future__ import annotations

from swe_agent.core.message import ModelRef
from swe_agent.core.ports import Model
from swe_agent.core.usage import Price


class Wrapped:
    """Together with an `ask` of its own it implements core.ports.Model."""

    def __init__(self, model: Model) -> None:
        self._model = model

    @property
    def ref(self) -> ModelRef:
        return self._model.ref

    @property
    def price(self) -> Price | None:
        return self._model.price
