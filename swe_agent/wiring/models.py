"""A model by its name, behind its retries and its budget."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from swe_agent.config.settings import Settings
from swe_agent.core.errors import UsageError
from swe_agent.core.message import ModelRef
from swe_agent.core.ports import Model
from swe_agent.core.task import RunOptions
from swe_agent.core.usage import Limits, Spent
from swe_agent.jobs.kit import OpenModel
from swe_agent.llm.budget import Budget
from swe_agent.llm.fallback import FirstAvailable
from swe_agent.llm.key import ApiKey
from swe_agent.llm.prices import Facts, key_variable, price_book
from swe_agent.llm.retry import Retrying
from swe_agent.llm.roles import RolesConfig, model_ref
from swe_agent.llm.router import route
from swe_agent.llm.throttle import Throttled
from swe_agent.llm.time_outs import TimeOuts
from swe_agent.llm.urls import is_local
from swe_agent.repo.host import output_of


def retrying(on_wait: Callable[[str], None]) -> Retrying:
    return Retrying(sleep=time.sleep, jitter=random.random, on_wait=on_wait)


def model_opener(settings: Settings, on_wait: Callable[[str], None]) -> OpenModel:
    def open_model(options: RunOptions, spent: Spent) -> Model:
        named = model_ref(options.model, options.base_url)
        others = tuple(model_ref(name, options.base_url) for name in settings["fallbacks"])
        budget = Budget(_left(options.limits, spent))
        models = [
            _throttled(ref, budget, settings, on_wait)
            for ref in route("editor", RolesConfig(default=named, fallbacks=others))
        ]
        return models[0] if len(models) == 1 else FirstAvailable(models, on_wait)

    return open_model


def _throttled(ref: ModelRef, budget: Budget, settings: Settings, on_wait: Callable[[str], None]) -> Model:
    facts = facts_of(ref, settings)
    ref = replace(ref, context_tokens=facts.context_tokens, max_output_tokens=facts.max_output_tokens)
    model = _door(ref, facts, settings, on_wait)
    budget.refuse_unpriced(model.price, ref.name)
    return Throttled(model, budget)


def facts_of(ref: ModelRef, settings: Settings) -> Facts:
    """Price and limits of a model: the user's figures over litellm's table."""
    return price_book(settings.prices).of(ref)


def _left(limits: Limits, spent: Spent) -> Limits:
    """What earlier processes of the job have spent counts. An unknown cost is caught by the price being unknown."""
    money, tokens = limits.nano_usd, limits.tokens
    if money is not None:
        money = max(0, money - (spent.cost.nano_usd or 0))
    if tokens is not None:
        tokens = max(0, tokens - spent.usage.total)
    return replace(limits, nano_usd=money, tokens=tokens)


def _door(ref: ModelRef, facts: Facts, settings: Settings, on_wait: Callable[[str], None]) -> Model:
    time_outs = TimeOuts(idle=settings["network.idle_seconds"])
    match ref.door:
        case "openai_http":
            from swe_agent.llm.openai_http import OpenAIHttpModel

            key = _key(ref, settings)
            return OpenAIHttpModel(ref, retrying=retrying(on_wait), price=facts.price, key=key, time_outs=time_outs)
        case "litellm":
            from swe_agent.llm.litellm_model import LiteLLMModel

            key = settings.provider_key(key_variable(ref))
            return LiteLLMModel(ref, retrying=retrying(on_wait), price=facts.price, key=key, time_outs=time_outs)
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


def _key(ref: ModelRef, settings: Settings) -> ApiKey:
    """Ours from the environment, else the variable of the provider whose server this is, else what the command prints
    that the user's own settings name."""
    key = settings.api_key
    if not key.value and not is_local(ref.base_url):
        own = settings.provider_key(key_variable(ref))
        # OPENAI_API_KEY is the guess for a server that nobody knows: a key is not sent on a guess.
        if own.value and (own.source != "OPENAI_API_KEY" or urlsplit(ref.base_url).hostname == "api.openai.com"):
            return own
    command = settings["key.command"]
    if key.value or not command:
        return key
    return ApiKey(value=output_of(command, settings.environment), source=f"the command `{command[0]}`")
