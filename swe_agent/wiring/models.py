"""A model by its name, behind its retries and its budget."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from swe_agent.config.keys import ROLES
from swe_agent.config.settings import Settings
from swe_agent.core.errors import ConfigError, UsageError
from swe_agent.core.message import ModelRef, ModelRequest, ModelRole
from swe_agent.core.ports import Model
from swe_agent.core.task import RunOptions
from swe_agent.core.usage import Limits, Spent
from swe_agent.llm.budget import Budget, PriceUnknown
from swe_agent.llm.effort import Parameters, output_tokens, parameters
from swe_agent.llm.key import ApiKey
from swe_agent.llm.local import require_local, stays_here
from swe_agent.llm.models import Models
from swe_agent.llm.prices import Facts, key_variable, price_book
from swe_agent.llm.retry import Retrying
from swe_agent.llm.roles import RolesConfig, model_ref
from swe_agent.llm.router import Asked, Evidence, Route, route
from swe_agent.llm.thinking_room import ThinkingRoom
from swe_agent.llm.throttle import Throttled
from swe_agent.llm.time_outs import Left, TimeOuts, endless
from swe_agent.llm.timed import Timed
from swe_agent.llm.urls import is_local
from swe_agent.repo.host import output_of
from swe_agent.wiring.spending import DayThrottle, day_throttle

AUTO = "auto"
"""In the place of a model's name: one of `models.choices`, by what has been accepted."""


def retrying(on_wait: Callable[[str], None], left: Left = endless) -> Retrying:
    return Retrying(sleep=time.sleep, jitter=random.random, on_wait=on_wait, left=left)


def open_models(settings: Settings, on_wait: Callable[[str], None], options: RunOptions, spent: Spent) -> Models:
    """The models of every role. All are opened at once, so that a bad name, a missing price or a model that may not be
    asked is told before anything is sent."""
    config = roles_config(settings, options)
    if options.local_only or settings["local_only"]:
        require_local(config.all)
    opened = _Opening(
        settings=settings,
        base_url=config.default.base_url,
        budget=Budget(_left(options.limits, spent)),
        day=day_throttle(settings),
        on_wait=on_wait,
        left=_clock_for(options.limits.seconds),
    )
    return Models(config, {ref: opened.throttled(ref) for ref in config.all}, opened.budget, on_wait)


def roles_config(settings: Settings, options: RunOptions) -> RolesConfig:
    """Who is to answer for whom. `base_url` belongs to `model` and to what stands in its place (choices and cascade);
    all others name their own server (`NAME@URL`), or are a provider's."""
    choices: tuple[ModelRef, ...] = ()
    if options.model == AUTO:
        choices = tuple(model_ref(name, options.base_url) for name in settings["models.choices"])
        if not choices:
            raise UsageError(
                "`model` is `auto`, and there is nothing to choose from",
                hint='name models, the cheapest first: `models.choices = ["cheap", "strong"]`',
            )
    return RolesConfig(
        default=choices[0] if choices else model_ref(options.model, options.base_url),
        choices=choices,
        roles={role: model_ref(name) for role, name in settings.roles.items()},
        cascade=tuple(model_ref(name, options.base_url) for name in options.cascade),
        fallbacks=tuple(model_ref(name) for name in settings["fallbacks"]),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleModel:
    """Who would answer for some roles, and what would be sent; for a person to read."""

    roles: tuple[ModelRole, ...]
    models: tuple[ModelRef, ...]
    """The first is asked; the rest stand behind it, or above it in a cascade."""
    why: str
    facts: Facts
    effort: Parameters
    """Of the configured effort, with an answer of the usual length."""


def roster(settings: Settings, asked: Asked, evidence: Evidence | None = None) -> tuple[RoleModel, ...]:
    """Roles with the same model stand together. Empty where none is configured."""
    cascade = settings["models.cascade"]
    if not (settings["model"] or cascade):
        return ()
    options = RunOptions(model=settings["model"] or cascade[0], base_url=settings["base_url"], cascade=cascade)
    config = roles_config(settings, options)
    by_route: dict[Route, list[ModelRole]] = {}
    for role in ROLES:
        by_route.setdefault(_route(replace(asked, role=role), config, evidence), []).append(role)
    return tuple(_role_model(settings, tuple(roles), found) for found, roles in by_route.items())


def _route(asked: Asked, config: RolesConfig, evidence: Evidence | None) -> Route:
    if asked.role == "editor" and config.cascade and "editor" not in config.roles:
        return Route(models=config.cascade, why="`models.cascade` names them: the next takes over for good")
    return route(asked, config, evidence)


def _role_model(settings: Settings, roles: tuple[ModelRole, ...], found: Route) -> RoleModel:
    first = found.models[0]
    facts, said = facts_of(first, settings), ModelRequest(messages=()).max_output_tokens
    full = replace(first, max_output_tokens=facts.max_output_tokens)
    most = output_tokens(settings.effort, full, max_output_tokens=said)
    away = settings["local_only"] and next((ref for ref in found.models if not stays_here(ref)), None)
    return RoleModel(
        roles=roles,
        models=found.models,
        why=f"refused by `local_only`: {away.name} is not on this machine" if away else found.why,
        facts=facts,
        effort=parameters(settings.effort, full, max_output_tokens=most),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opening:
    """What the doors of one job have in common. `base_url` is the default model's."""

    settings: Settings
    base_url: str
    budget: Budget
    day: DayThrottle
    on_wait: Callable[[str], None]
    left: Left = endless

    def throttled(self, ref: ModelRef) -> Model:
        facts = facts_of(ref, self.settings)
        full = replace(ref, context_tokens=facts.context_tokens, max_output_tokens=facts.max_output_tokens)
        model = Timed(_door(full, facts, self), self.left)
        self.budget.refuse_unpriced(model.price, ref.name)
        if ref.door in ("scripted", "recorded"):
            return Throttled(model, self.budget)  # a file is played: nothing is spent on any day
        if model.price is None and self.settings.day_limits.of_money:
            raise PriceUnknown(ref.name)
        return ThinkingRoom(Throttled(Throttled(model, self.day), self.budget))


def facts_of(ref: ModelRef, settings: Settings) -> Facts:
    """Price and limits of a model: the user's figures over litellm's table."""
    return price_book(settings.prices).of(ref)


def _left(limits: Limits, spent: Spent) -> Limits:
    """What earlier processes of the job have spent counts. ConfigError where money is limited and nobody knows how much
    of it is gone: they may have asked a model without a price."""
    money, tokens = limits.nano_usd, limits.tokens
    if money is not None:
        if spent.cost.nano_usd is None:
            raise ConfigError(
                "what this job has cost so far is not known, so a budget in money cannot be kept",
                hint="limit tokens with `--budget-tokens` in the place of money",
            )
        money = max(0, money - spent.cost.nano_usd)
    if tokens is not None:
        tokens = max(0, tokens - spent.usage.total)
    return replace(limits, nano_usd=money, tokens=tokens)


def _clock_for(seconds: float | None) -> Left:
    """From now on."""
    if seconds is None:
        return endless
    until = time.monotonic() + seconds
    return lambda: until - time.monotonic()


def _door(ref: ModelRef, facts: Facts, opening: _Opening) -> Model:
    settings, base_url = opening.settings, opening.base_url
    time_outs = TimeOuts(idle=settings["network.idle_seconds"], left=opening.left)
    again = retrying(opening.on_wait, opening.left)
    match ref.door:
        case "openai_http":
            from swe_agent.llm.openai_http import OpenAIHttpModel

            key = _key(ref, settings, base_url)
            return OpenAIHttpModel(ref, retrying=again, price=facts.price, key=key, time_outs=time_outs)
        case "litellm":
            from swe_agent.llm.litellm_model import LiteLLMModel

            key = settings.provider_key(key_variable(ref))
            return LiteLLMModel(ref, retrying=again, price=facts.price, key=key, time_outs=time_outs)
        case "recorded":
            from swe_agent.llm.recorded import RecordedModel

            return RecordedModel(_file(ref), price=facts.price)
        case "scripted":
            from swe_agent.llm.scripted import ScriptedModel

            return ScriptedModel.load(_file(ref), price=facts.price)


def _file(ref: ModelRef) -> Path:
    path = Path(ref.name.partition(":")[2])
    if not path.is_file():
        raise UsageError(f"there is no file {path}", hint=f"check what follows `{ref.name.partition(':')[0]}:`")
    return path


def _key(ref: ModelRef, settings: Settings, base_url: str) -> ApiKey:
    """Ours from the environment, else the variable of the provider whose server this is, else what the command prints
    that the user's own settings name.

    The first and the last are for the default model's server. Another one, named by `NAME@URL`, never gets them.
    """
    ours = ref.base_url == base_url
    key = settings.api_key if ours else ApiKey(source="SWE_AGENT_API_KEY")
    if key.source == "OPENAI_API_KEY" and ref.base_url != settings["base_url"]:
        key = ApiKey(source="SWE_AGENT_API_KEY")  # it belongs to where OPENAI_BASE_URL points
    if not key.value and not is_local(ref.base_url):
        own = settings.provider_key(key_variable(ref))
        # OPENAI_API_KEY is the guess for a server that nobody knows: a key is not sent on a guess.
        if own.value and (own.source != "OPENAI_API_KEY" or urlsplit(ref.base_url).hostname == "api.openai.com"):
            return own
    command = settings["key.command"]
    if key.value or not command or not ours:
        return key
    return ApiKey(value=output_of(command, settings.environment), source=f"the command `{command[0]}`")
