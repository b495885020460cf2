"""Which model answers for a role, and which ones after it. Pure."""

from __future__ import annotations

from swe_agent.core.message import ModelRef, ModelRole
from swe_agent.llm.roles import RolesConfig


def route(role: ModelRole, config: RolesConfig) -> tuple[ModelRef, ...]:
    """The role's own model or the default, then the fallbacks, each once."""
    return tuple(dict.fromkeys((config.roles.get(role, config.default), *config.fallbacks)))
