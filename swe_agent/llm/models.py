"""The models of a job by the role they are to play, all behind the same budget."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from swe_agent.core.message import ModelRef, ModelRole
from swe_agent.core.ports import Model
from swe_agent.core.usage import Cost
from swe_agent.llm.budget import Budget
from swe_agent.llm.cascade import Cascade
from swe_agent.llm.fallback import FirstAvailable
from swe_agent.llm.retry import ignore
from swe_agent.llm.roles import RolesConfig
from swe_agent.llm.router import Asked, route


class Models:
    """Threads may share it, and all of a job's parts should: attempts, critic, summariser and guard spend from one
    budget then. What `of` gives is for one conversation of one thread.
    """

    def __init__(
        self,
        config: RolesConfig,
        doors: Mapping[ModelRef, Model],
        budget: Budget,
        on_change: Callable[[str], None] = ignore,
    ) -> None:
        self._config = config
        self._doors = doors
        self._budget = budget
        self._on_change = on_change

    @property
    def cost(self) -> Cost:
        """Of all roles together, in this process."""
        return self._budget.cost

    @property
    def tokens(self) -> int:
        return self._budget.tokens

    def of(self, role: ModelRole) -> Model:
        """A new conversation with the role's model, its fallbacks behind it.

        The editor's is a Cascade where one is configured and the editor has no model of its own.
        """
        if role == "editor" and self._config.cascade and role not in self._config.roles:
            steps = self._config.cascade
            rest = self._config.fallbacks
            return Cascade([self._first((*steps[at:], *rest)) for at in range(len(steps))], self._on_change)
        return self._first(route(Asked(role=role), self._config).models)

    def _first(self, refs: tuple[ModelRef, ...]) -> Model:
        models = [self._doors[ref] for ref in dict.fromkeys(refs)]
        return models[0] if len(models) == 1 else FirstAvailable(models, self._on_change)
