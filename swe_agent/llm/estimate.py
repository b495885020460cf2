"""What a job may come to, said before it begins. Pure.

From at least five past jobs of the same repository and kind it is what those took: the tenth, the middle and the
ninetieth of a hundred, in tokens and, at the price of today's model, in money. From fewer it is a conversation of the
default profile below, whose first turn is the context at hand; that is a guess, and says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from swe_agent.core.usage import Cost, Price, Usage

ENOUGH = 5
"""Past jobs, with fewer of which the default profile is taken."""
TURNS = (3, 8, 25)
"""Answers of a small, a usual and a long job."""
GROWTH = 1_200
"""Tokens by which a conversation grows with each turn: a call, its result, and what was said."""
ANSWER = 350
"""Tokens of one answer, thinking included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    cost: Cost
    """Unknown where the price is."""
    tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    low: Amount
    likely: Amount
    high: Amount
    basis: str


def estimate(price: Price | None, context_tokens: int, history: Sequence[Usage] = ()) -> Estimate:
    """`history` are the usages of whole past jobs, all their calls together."""
    if len(history) >= ENOUGH:
        basis = f"what {len(history)} past jobs of this kind took: the middle one, and where the middle 80 % lie"
        return Estimate(
            low=_quantile(history, price, 0.1),
            likely=_quantile(history, price, 0.5),
            high=_quantile(history, price, 0.9),
            basis=basis,
        )
    few = f"{len(history)} past jobs are too few" if history else "there is no past job of this kind"
    low, likely, high = (conversation(context_tokens, turns) for turns in TURNS)
    return Estimate(
        low=_amount(low, price),
        likely=_amount(likely, price),
        high=_amount(high, price),
        basis=f"a guess, since {few}: {TURNS[0]} to {TURNS[2]} turns on a context of {context_tokens:,} tokens",
    )


def conversation(context_tokens: int, turns: int) -> Usage:
    """All calls of a job together, where each finds in the cache what the one before has sent.

    >>> usage = conversation(10_000, 2)
    >>> usage.cache_write_tokens, usage.cached_tokens, usage.output_tokens
    (11200, 10000, 700)
    """
    return Usage(
        cache_write_tokens=context_tokens + (turns - 1) * GROWTH,
        cached_tokens=sum(context_tokens + turn * GROWTH for turn in range(turns - 1)),
        output_tokens=turns * ANSWER,
        estimated=True,
    )


def _quantile(history: Sequence[Usage], price: Price | None, at: float) -> Amount:
    costs = _at([price.of(usage).nano_usd or 0 for usage in history], at) if price else None
    return Amount(cost=Cost(nano_usd=costs), tokens=_at([usage.total for usage in history], at))


def _at(values: Sequence[int], at: float) -> int:
    """The value at a rank between 0 and 1, on the line between its neighbours."""
    ordered = sorted(values)
    place = at * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return round(ordered[below] + (place - below) * (ordered[above] - ordered[below]))


def _amount(usage: Usage, price: Price | None) -> Amount:
    return Amount(cost=price.of(usage) if price else Cost(nano_usd=None), tokens=usage.total)
