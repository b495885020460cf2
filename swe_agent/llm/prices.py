"""What a model costs and how much it takes in, by its name: the one owner of prices.

The figures are litellm's, read from its data file without loading litellm (a few hundredths of a second in the place
of seconds). The user's own table comes first. What neither knows is None, never 0: the file's zeros mostly mean that
nobody filled them in. Prices that rise with the length of the prompt are known by their lowest step only.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from swe_agent.core.message import ModelRef
from swe_agent.core.usage import NANO, Price

_TABLES = ("model_prices_and_context_window.json", "model_prices_and_context_window_backup.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class UserPrice:
    """Dollars a million tokens, as in `[prices."MODEL"]`. Where nothing is said, what is cached costs as the rest."""

    input: float
    output: float
    cached: float | None = None
    cache_write: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    price: Price | None = None
    context_tokens: int | None = None
    max_output_tokens: int | None = None
    calls_tools: bool | None = None
    """None where nobody says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceBook:
    """The user's prices by model name, over litellm's table."""

    own: Mapping[str, UserPrice] = field(default_factory=dict)
    table: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def of(self, ref: ModelRef) -> Facts:
        entry = self._entry(ref)
        own = self.own.get(ref.name)
        return Facts(
            price=_own_price(own) if own else _listed_price(entry),
            context_tokens=ref.context_tokens or _tokens(entry, "max_input_tokens"),
            max_output_tokens=ref.max_output_tokens or _tokens(entry, "max_output_tokens"),
            calls_tools=entry.get("supports_function_calling"),
        )

    def _entry(self, ref: ModelRef) -> Mapping[str, Any]:
        for name, provider in _names(ref):
            entry = self.table.get(name)
            if isinstance(entry, Mapping) and (not provider or _is_of(entry, provider)):
                return entry
        return {}


def price_book(own: Mapping[str, UserPrice] | None = None) -> PriceBook:
    """The user's prices over the table of the installed litellm; without litellm, the user's alone."""
    return PriceBook(own=own or {}, table=litellm_table())


@cache
def litellm_table() -> Mapping[str, Any]:
    spec = find_spec("litellm")
    if spec is None or not spec.origin:
        return {}
    for name in _TABLES:
        path = Path(spec.origin).parent / name
        if path.is_file():
            table = json.loads(path.read_text(encoding="utf-8"))
            table.pop("sample_spec", None)
            return table if isinstance(table, dict) else {}
    return {}


def key_variable(ref: ModelRef) -> str:
    """The variable in which the key for this model is looked for."""
    provider = spoken_to(ref)
    own = f"{provider.upper()}_API_KEY" if provider else "OPENAI_API_KEY"
    return str(_providers()["keys"].get(provider, own))


def spoken_to(ref: ModelRef) -> str:
    """The provider whose protocol and key are used: litellm goes by the name, wherever the server is."""
    return _provider_of_name(ref.name) if ref.door == "litellm" else _provider(ref)


def _names(ref: ModelRef) -> Iterator[tuple[str, str]]:
    """(name, provider that the entry must be of) under which a model may be listed; nothing for unknown servers."""
    if ref.door not in ("litellm", "openai_http"):
        return
    provider = _provider(ref)
    if ref.base_url:
        if not provider:
            return
        yield f"{provider}/{ref.name}", ""
        yield ref.name, provider
        return
    yield ref.name, ""
    if ref.name.startswith(f"{provider}/"):
        # litellm's `openai/responses/NAME` is NAME by another protocol, at the same price.
        yield ref.name.removeprefix(f"{provider}/").removeprefix("responses/"), provider


def _provider(ref: ModelRef) -> str:
    """In litellm's spelling; empty for a server that we do not know."""
    if ref.base_url:
        host = (urlsplit(ref.base_url).hostname or "").lower()
        return str(_providers()["hosts"].get(host, ""))
    return _provider_of_name(ref.name)


def _provider_of_name(name: str) -> str:
    head, slash, _ = name.partition("/")
    if slash:
        return head
    entry = litellm_table().get(name)
    return str(entry.get("litellm_provider", "openai")) if isinstance(entry, Mapping) else "openai"


def _is_of(entry: Mapping[str, Any], provider: str) -> bool:
    return str(entry.get("litellm_provider", "")).split("-")[0] == provider.split("-")[0]


@cache
def _providers() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(files("swe_agent.llm").joinpath("providers.toml").read_text(encoding="utf-8"))


def _own_price(own: UserPrice) -> Price:
    def nano(dollars: float | None) -> float:
        return (own.input if dollars is None else dollars) * NANO / 1_000_000

    return Price(
        input_nano=nano(own.input),
        output_nano=nano(own.output),
        cached_nano=nano(own.cached),
        cache_write_nano=nano(own.cache_write),
        source="your configuration",
    )


def _listed_price(entry: Mapping[str, Any]) -> Price | None:
    asked, answered = _dollars(entry, "input_cost_per_token"), _dollars(entry, "output_cost_per_token")
    if asked is None or answered is None or not (asked or answered):
        return None
    cached = _dollars(entry, "cache_read_input_token_cost")
    written = _dollars(entry, "cache_creation_input_token_cost")
    return Price(
        input_nano=asked * NANO,
        output_nano=answered * NANO,
        cached_nano=(cached or asked) * NANO,
        cache_write_nano=max(written or asked, asked) * NANO,  # some entries are mistaken: none is cheaper than asking
        source="litellm's price table",
    )


def _dollars(entry: Mapping[str, Any], name: str) -> float | None:
    value = entry.get(name)
    return float(value) if isinstance(value, (int, float)) and value >= 0 else None


def _tokens(entry: Mapping[str, Any], name: str) -> int | None:
    value = entry.get(name)
    return int(value) if isinstance(value, (int, float)) and value > 0 else None
