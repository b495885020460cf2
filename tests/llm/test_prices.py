"""Prices: the user's own, then the installed table; and never a zero for what nobody knows."""

from __future__ import annotations

import pytest

from swe_agent.core.errors import UsageError
from swe_agent.core.message import ModelRef
from swe_agent.core.usage import Price, Usage
from swe_agent.llm.prices import Facts, PriceBook, UserPrice, key_variable, price_book
from swe_agent.llm.roles import model_ref
from swe_agent.llm.urls import is_local

TABLE = {
    "claude-x": {
        "litellm_provider": "anthropic",
        "input_cost_per_token": 3e-06,
        "output_cost_per_token": 1.5e-05,
        "cache_read_input_token_cost": 3e-07,
        "cache_creation_input_token_cost": 3.75e-06,
        "max_input_tokens": 200000,
        "max_output_tokens": 64000,
        "supports_function_calling": True,
    },
    "gpt-x": {"litellm_provider": "openai", "input_cost_per_token": 1e-06, "output_cost_per_token": 2e-06},
    "openrouter/a/b": {"litellm_provider": "openrouter", "input_cost_per_token": 1e-06, "output_cost_per_token": 1e-06},
    "ollama/free": {"litellm_provider": "ollama", "input_cost_per_token": 0.0, "output_cost_per_token": 0.0},
    "half": {"litellm_provider": "openai", "input_cost_per_token": 1e-06},
    "broken": "not an entry",
}
CLAUDE = Price(
    input_nano=3000, output_nano=15000, cached_nano=300, cache_write_nano=3750, source="litellm's price table"
)


def price(name: str, base_url: str = "", **own: UserPrice) -> Price | None:
    return PriceBook(own=own, table=TABLE).of(model_ref(name, base_url)).price


def rounded(found: Price | None) -> Price | None:
    return found and Price(
        input_nano=round(found.input_nano, 6),
        output_nano=round(found.output_nano, 6),
        cached_nano=round(found.cached_nano, 6),
        cache_write_nano=round(found.cache_write_nano, 6),
        source=found.source,
    )


def test_all_that_is_known() -> None:
    facts = PriceBook(table=TABLE).of(model_ref("anthropic/claude-x"))
    assert facts == Facts(price=facts.price, context_tokens=200000, max_output_tokens=64000, calls_tools=True)
    assert rounded(facts.price) == CLAUDE


@pytest.mark.parametrize(
    ("name", "base_url"),
    [
        ("claude-x", ""),
        ("anthropic/claude-x", ""),
        ("claude-x", "https://api.anthropic.com/v1"),
    ],
)
def test_names_of_the_same_model(name: str, base_url: str) -> None:
    assert rounded(price(name, base_url)) == CLAUDE


@pytest.mark.parametrize(
    ("name", "base_url"),
    [
        ("openai/claude-x", ""),  # another provider's
        ("gpt-x", "http://127.0.0.1:11434/v1"),  # a local server may call anything gpt-x
        ("gpt-x", "https://gateway.example.org/v1"),
        ("gpt-x", "https://openrouter.ai/api/v1"),
        ("ollama/free", ""),
        ("half", ""),
        ("broken", ""),
        ("no-such-model", ""),
        ("scripted:x", ""),
    ],
)
def test_what_is_not_known_is_none(name: str, base_url: str) -> None:
    assert price(name, base_url) is None


def test_a_gateway_has_prices_of_its_own() -> None:
    found = price("a/b", "https://openrouter.ai/api/v1")
    assert found is not None
    assert found == price("openrouter/a/b")


def test_without_a_discount_what_is_cached_costs_as_the_rest() -> None:
    found = price("gpt-x")
    assert found is not None
    assert found.cached_nano == found.cache_write_nano == found.input_nano


def test_the_users_own_price_comes_first() -> None:
    own = UserPrice(input=0.5, output=2, cached=0.05)
    assert price("qwen", "http://127.0.0.1:1/v1", qwen=own) == Price(
        input_nano=500, output_nano=2000, cached_nano=50, cache_write_nano=500, source="your configuration"
    )
    free = price("qwen", "http://127.0.0.1:1/v1", qwen=UserPrice(input=0, output=0))
    assert free is not None
    assert free.of(Usage(input_tokens=10**6)).nano_usd == 0


def test_what_the_reference_says_wins() -> None:
    ref = ModelRef(name="claude-x", door="litellm", context_tokens=1000, max_output_tokens=100)
    facts = PriceBook(table=TABLE).of(ref)
    assert (facts.context_tokens, facts.max_output_tokens) == (1000, 100)


def test_the_installed_table_is_found() -> None:
    """Not its figures, which change: that it is there, is large, and prices what it calls by name."""
    book = price_book()
    assert len(book.table) > 1000
    assert "sample_spec" not in book.table
    known = [name for name in book.table if name.startswith(("gpt-", "claude-"))]
    assert any(book.of(model_ref(name)).price for name in known)


@pytest.mark.parametrize(
    ("name", "base_url", "variable"),
    [
        ("anthropic/claude-x", "", "ANTHROPIC_API_KEY"),
        ("gemini/gemini-x", "", "GEMINI_API_KEY"),
        ("gpt-unheard-of", "", "OPENAI_API_KEY"),
        ("someone/model", "", "SOMEONE_API_KEY"),
        ("a/b", "https://openrouter.ai/api/v1", "OPENROUTER_API_KEY"),
        ("qwen", "http://127.0.0.1:11434/v1", "OPENAI_API_KEY"),
    ],
)
def test_where_a_key_is_looked_for(name: str, base_url: str, variable: str) -> None:
    assert key_variable(model_ref(name, base_url)) == variable


def test_what_is_local() -> None:
    local = ["http://localhost:1/v1", "http://127.0.0.1", "http://127.8.8.8:1", "http://[::1]:1/v1"]
    assert [is_local(url) for url in local] == [True] * 4
    assert not any(is_local(url) for url in ("https://localhost.example.org", "http://10.0.0.1", "", "x"))


def test_doors_by_name() -> None:
    assert [model_ref(*typed) for typed in (("scripted:a.json",), ("recorded:a.jsonl",), (" m ", "http://h/v1"))] == [
        ModelRef(name="scripted:a.json", door="scripted"),
        ModelRef(name="recorded:a.jsonl", door="recorded"),
        ModelRef(name="m", door="openai_http", base_url="http://h/v1"),
    ]
    assert model_ref("ollama/qwen:7b") == ModelRef(name="ollama/qwen:7b", door="litellm")
    # What stands behind the name is nearer than what is configured for others; not every @ begins an address.
    assert model_ref("m@http://here/v1", "http://h/v1") == ModelRef(
        name="m", door="openai_http", base_url="http://here/v1"
    )
    assert model_ref("claude-x@20250514") == ModelRef(name="claude-x@20250514", door="litellm")


@pytest.mark.parametrize("name", ["", "  ", "scripted:", "recorded:"])
def test_no_name(name: str) -> None:
    with pytest.raises(UsageError):
        model_ref(name)
