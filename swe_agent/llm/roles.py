"""Names of models as people type them, and which role speaks to which model. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from swe_agent.core.errors import UsageError
from swe_agent.core.message import ModelRef, ModelRole
from swe_agent.llm.urls import named_server


@dataclass(frozen=True, slots=True, kw_only=True)
class RolesConfig:
    """One model for every role, unless a role names its own. `fallbacks` are tried in order when one is unavailable.

    `cascade` edits in the place of one model. `choices` are given where the default is to be chosen by the router, the
    cheapest first; `default` counts for nothing then.
    """

    default: ModelRef
    roles: Mapping[ModelRole, ModelRef] = field(default_factory=dict)
    fallbacks: tuple[ModelRef, ...] = ()
    cascade: tuple[ModelRef, ...] = ()
    choices: tuple[ModelRef, ...] = ()

    @property
    def all(self) -> tuple[ModelRef, ...]:
        """Every model that may come to be asked, each once."""
        default = self.choices or (self.default,)
        return tuple(dict.fromkeys((*default, *self.roles.values(), *self.cascade, *self.fallbacks)))


def model_ref(name: str, base_url: str = "") -> ModelRef:
    """The door that a name leads to.

    `scripted:FILE` and `recorded:FILE` are files; with a base URL, or one of its own (`NAME@URL`), the light door is
    taken; any other name is a provider's, and litellm's.

    >>> model_ref("qwen@http://127.0.0.1:11434/v1").door, model_ref("anthropic/claude-sonnet-5").door
    ('openai_http', 'litellm')
    """
    name, own_url = named_server(name.strip())
    base_url = own_url or base_url
    if not name or name in ("scripted:", "recorded:"):
        raise UsageError("no model is named", hint="name one: `--model anthropic/claude-sonnet-4-5`")
    if name.startswith("scripted:"):
        return ModelRef(name=name, door="scripted")
    if name.startswith("recorded:"):
        return ModelRef(name=name, door="recorded")
    return ModelRef(name=name, door="openai_http" if base_url else "litellm", base_url=base_url)
