"""Which models are usable here: the configured one, local servers, and providers whose key is set."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from swe_agent.config.settings import Settings
from swe_agent.core.message import ModelRef
from swe_agent.llm.discover import discover_local
from swe_agent.llm.prices import Facts, key_variable, litellm_table
from swe_agent.llm.roles import model_ref
from swe_agent.wiring.models import facts_of
from swe_agent.wiring.repository import open_settings

MOST = 40
"""Rows of one provider; more are found by naming a part of the name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRow:
    name: str
    where: str
    facts: Facts
    note: str = ""

    def as_json(self) -> dict[str, Any]:
        price = self.facts.price
        return {
            "name": self.name,
            "where": self.where,
            "note": self.note,
            "usd_per_million_input": _per_million(price.input_nano if price else None),
            "usd_per_million_cached": _per_million(price.cached_nano if price else None),
            "usd_per_million_output": _per_million(price.output_nano if price else None),
            "context_tokens": self.facts.context_tokens,
            "calls_tools": self.facts.calls_tools,
        }


def _per_million(nano: float | None) -> float | None:
    return None if nano is None else nano / 1000


def survey(directory: Path, part: str, *, local: bool) -> tuple[ModelRow, ...]:
    """Usable models whose name holds `part`, the configured one first."""
    settings = open_settings(directory)
    rows = [*_configured(settings), *(_local(settings) if local else ()), *_with_key(settings, part)]
    return tuple(row for row in rows if part.lower() in row.name.lower())


def _configured(settings: Settings) -> Iterator[ModelRow]:
    if settings["model"]:
        ref = model_ref(settings["model"], settings["base_url"])
        origin = settings.by_name["model"].origin
        yield ModelRow(
            name=ref.name, where=ref.base_url or ref.door, facts=facts_of(ref, settings), note=f"configured ({origin})"
        )


def _local(settings: Settings) -> Iterator[ModelRow]:
    for server in discover_local():
        for name in server.models:
            ref = model_ref(name, server.base_url)
            note = f'`--model "{name}" --base-url {server.base_url}`'
            yield ModelRow(name=name, where=server.server, facts=facts_of(ref, settings), note=note)


def _with_key(settings: Settings, part: str) -> Iterator[ModelRow]:
    """Chat models of the price table that call tools, of providers whose key is in the environment."""
    count: dict[str, int] = {}
    for name, entry in sorted(litellm_table().items()):
        if not isinstance(entry, dict) or entry.get("mode") != "chat" or not entry.get("supports_function_calling"):
            continue
        ref = ModelRef(name=name, door="litellm")
        variable = key_variable(ref)
        if part.lower() not in name.lower() or not settings.environment.get(variable):
            continue
        count[variable] = count.get(variable, 0) + 1
        if count[variable] <= MOST:
            yield ModelRow(name=name, where=f"key in {variable}", facts=facts_of(ref, settings))
