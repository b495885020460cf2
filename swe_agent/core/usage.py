"""Tokens, money and limits. Money is whole nano-dollars, so that sums are exact; an unknown price is never 0."""

from __future__ import annotations

from dataclasses import dataclass

NANO = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens of one answer. `input_tokens` are those paid in full; cached ones are counted apart, not in both."""

    input_tokens: int = 0
    cached_tokens: int = 0
    cache_write_tokens: int = 0
    output_tokens: int = 0
    reasoning_tokens: int = 0
    """A part of `output_tokens`."""
    estimated: bool = False
    """The provider sent no figures; these are characters divided by four."""

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            input_tokens=self.input_tokens + other.input_tokens,
            cached_tokens=self.cached_tokens + other.cached_tokens,
            cache_write_tokens=self.cache_write_tokens + other.cache_write_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            reasoning_tokens=self.reasoning_tokens + other.reasoning_tokens,
            estimated=self.estimated or other.estimated,
        )

    @property
    def total(self) -> int:
        return self.input_tokens + self.cached_tokens + self.cache_write_tokens + self.output_tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Nano-dollars, or None where the price is not known. A sum with one unknown part is unknown."""

    nano_usd: int | None = 0

    def __add__(self, other: Cost) -> Cost:
        if self.nano_usd is None or other.nano_usd is None:
            return Cost(nano_usd=None)
        return Cost(nano_usd=self.nano_usd + other.nano_usd)

    def __str__(self) -> str:
        return "cost unknown" if self.nano_usd is None else f"${self.nano_usd / NANO:.4f}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """Nano-dollars for one token of each kind. `source` says where the figures come from."""

    input_nano: float
    output_nano: float
    cached_nano: float
    cache_write_nano: float
    source: str

    def of(self, usage: Usage) -> Cost:
        return Cost(
            nano_usd=round(
                usage.input_tokens * self.input_nano
                + usage.cached_tokens * self.cached_nano
                + usage.cache_write_tokens * self.cache_write_nano
                + usage.output_tokens * self.output_nano
            )
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a job may spend; None is no limit of that kind. Each is a hard stop with exit code 4."""

    nano_usd: int | None = None
    tokens: int | None = None
    turns: int | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DayLimits:
    """What all jobs of one day may spend together: in all repositories, and in one of them. None is no limit."""

    nano_usd: int | None = None
    tokens: int | None = None
    repository_nano_usd: int | None = None
    repository_tokens: int | None = None

    @property
    def of_money(self) -> bool:
        return self.nano_usd is not None or self.repository_nano_usd is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What a job has spent so far."""

    usage: Usage = Usage()
    cost: Cost = Cost()
    calls: int = 0
    turns: int = 0
