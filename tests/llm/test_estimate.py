"""What a job may come to, before it begins."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from swe_agent.core.usage import Cost, Price, Usage
from swe_agent.llm.estimate import Amount, Estimate, estimate

PRICE = Price(input_nano=3000, output_nano=15000, cached_nano=300, cache_write_nano=3750, source="test")
USAGES = st.builds(
    Usage,
    input_tokens=st.integers(0, 10**6),
    cached_tokens=st.integers(0, 10**6),
    cache_write_tokens=st.integers(0, 10**6),
    output_tokens=st.integers(0, 10**5),
)


def amount(nano_usd: int | None, tokens: int) -> Amount:
    return Amount(cost=Cost(nano_usd=nano_usd), tokens=tokens)


def test_from_past_jobs() -> None:
    history = [Usage(input_tokens=1000 * n) for n in range(1, 12)]
    assert estimate(PRICE, 16_000, history) == Estimate(
        low=amount(6_000_000, 2000),
        likely=amount(18_000_000, 6000),
        high=amount(30_000_000, 10_000),
        basis="what 11 past jobs of this kind took: the middle one, and where the middle 80 % lie",
    )


def test_what_was_cached_then_is_priced_as_cached_now() -> None:
    history = [Usage(cached_tokens=1000, output_tokens=10)] * 5
    assert estimate(PRICE, 16_000, history).likely == amount(300_000 + 150_000, 1010)


def test_a_guess_says_that_it_is_one() -> None:
    guess = estimate(PRICE, 10_000)
    assert guess.low == amount(
        # 3 answers; 10,000 and twice 1,200 tokens are written to the cache, 10,000 and 11,200 are read from it.
        3750 * 12_400 + 300 * 21_200 + 15_000 * 1050,
        12_400 + 21_200 + 1050,
    )
    assert guess.basis == (
        "a guess, since there is no past job of this kind: 3 to 25 turns on a context of 10,000 tokens"
    )
    assert "since 4 past jobs are too few" in estimate(PRICE, 10_000, [Usage(input_tokens=1)] * 4).basis


def test_an_unknown_price_gives_tokens_only() -> None:
    for history in ([], [Usage(input_tokens=100)] * 9):
        found = estimate(None, 10_000, history)
        assert [one.cost for one in (found.low, found.likely, found.high)] == [Cost(nano_usd=None)] * 3
        assert found.likely.tokens > 0


@given(st.lists(USAGES, max_size=30), st.integers(0, 10**6))
def test_low_likely_and_high_are_in_this_order(history: list[Usage], context: int) -> None:
    found = estimate(PRICE, context, history)
    assert found.low.tokens <= found.likely.tokens <= found.high.tokens
    costs = [one.cost.nano_usd for one in (found.low, found.likely, found.high)]
    assert costs == sorted(costs)  # type: ignore[type-var]  # none is unknown here
