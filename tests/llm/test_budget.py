"""What may be spent: exact sums, worst cases, and refusals before the call."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from doors import QUESTION, Heard
from hypothesis import given
from hypothesis import strategies as st

from swe_agent.core.errors import ConfigError, LimitReached, ModelUnavailable
from swe_agent.core.ports import Model, Throttle
from swe_agent.core.usage import NANO, Cost, Limits, Price, Spent, Usage
from swe_agent.llm.budget import Budget, PriceUnknown
from swe_agent.llm.throttle import Throttled
from swe_agent.testing.scripted import ScriptedModel, say

PRICE = Price(input_nano=3000, output_nano=15000, cached_nano=300, cache_write_nano=3750, source="test")
USAGES = st.builds(
    Usage,
    input_tokens=st.integers(0, 10**6),
    cached_tokens=st.integers(0, 10**6),
    cache_write_tokens=st.integers(0, 10**6),
    output_tokens=st.integers(0, 10**5),
)


@given(st.lists(USAGES, max_size=20), st.permutations(range(20)))
def test_sums_are_exact_in_any_order(usages: list[Usage], order: list[int]) -> None:
    shuffled = [usages[at] for at in order if at < len(usages)]
    budgets = []
    for these in (usages, shuffled):
        budget = Budget(Limits())
        for usage in these:
            budget.settle(PRICE.of(usage), usage.total)
        budgets.append((budget.cost, budget.tokens, budget.calls))
    nano = sum(
        3000 * u.input_tokens + 300 * u.cached_tokens + 3750 * u.cache_write_tokens + 15000 * u.output_tokens
        for u in usages
    )
    assert budgets == [(Cost(nano_usd=nano), sum(u.total for u in usages), len(usages))] * 2


@given(st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 5000)), max_size=30), st.integers(0, 10**8))
def test_no_limit_is_ever_passed(calls: list[tuple[int, int]], limit: int) -> None:
    budget = Budget(Limits(nano_usd=limit, tokens=limit // 5000))
    for asked, answered in calls:
        try:
            budget.reserve(PRICE, input_tokens=asked, output_tokens=answered)
        except LimitReached:
            continue
        usage = Usage(cache_write_tokens=asked, output_tokens=answered)  # the dearest that was possible
        budget.settle(PRICE.of(usage), usage.total)
    assert budget.cost.nano_usd is not None
    assert budget.cost.nano_usd <= limit
    assert budget.tokens <= limit // 5000


def test_money_runs_out() -> None:
    budget = Budget(Limits(nano_usd=NANO // 10))
    budget.settle(Cost(nano_usd=NANO // 20), 1000)
    with pytest.raises(LimitReached) as caught:
        budget.reserve(PRICE, input_tokens=10_000, output_tokens=1000)
    assert caught.value.limit == "money"
    assert caught.value.message == "the next call may cost $0.0525, and $0.0500 of the budget of $0.1000 is left"


def test_tokens_run_out() -> None:
    budget = Budget(Limits(tokens=5000))
    budget.reserve(None, input_tokens=4000, output_tokens=1000)
    budget.settle(Cost(nano_usd=None), 4500)
    with pytest.raises(LimitReached) as caught:
        budget.reserve(None, input_tokens=400, output_tokens=200)
    assert (caught.value.limit, caught.value.exit_code) == ("tokens", 4)
    assert caught.value.message == "the next call may take 600 tokens, and 500 of the budget of 5,000 are left"


def test_an_unknown_price_is_not_zero() -> None:
    budget = Budget(Limits(nano_usd=NANO))
    with pytest.raises(PriceUnknown) as caught:
        budget.refuse_unpriced(None, "qwen")
    assert isinstance(caught.value, ConfigError)
    assert '`[prices."qwen"]`' in caught.value.hint
    assert "`--budget-tokens`" in caught.value.hint
    with pytest.raises(PriceUnknown):
        budget.reserve(None, input_tokens=0, output_tokens=0)
    budget.settle(Cost(nano_usd=None), 0)
    with pytest.raises(PriceUnknown):
        budget.reserve(PRICE, input_tokens=0, output_tokens=0)
    Budget(Limits(tokens=10)).refuse_unpriced(None, "qwen")


def test_calls_under_way_count() -> None:
    """Ten threads want a fifth of the budget each, all at once: five get it."""
    budget = Budget(Limits(tokens=1000))
    together = threading.Barrier(10)
    outcomes: list[bool] = []

    def one_call() -> None:
        together.wait()
        try:
            budget.reserve(None, input_tokens=100, output_tokens=100)
            outcomes.append(True)
        except LimitReached:
            outcomes.append(False)
        together.wait()
        if outcomes:
            budget.settle(Cost(), 0)

    threads = [threading.Thread(target=one_call) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(outcomes) == 5
    budget.reserve(None, input_tokens=500, output_tokens=500)


def test_a_throttled_model_settles_what_it_was() -> None:
    usage = Usage(input_tokens=100, output_tokens=20)
    budget = Budget(Limits(nano_usd=NANO))
    throttle: Throttle = budget
    model = Throttled(ScriptedModel([say("a", usage=usage), say("b", usage=usage)], price=PRICE), throttle)
    as_port: Model = model
    for _ in range(2):
        as_port.ask(QUESTION, Heard())
    cost = Cost(nano_usd=2 * (100 * 3000 + 20 * 15000))
    assert (budget.cost, budget.tokens, budget.calls) == (cost, 240, 2)
    assert model.spent == Spent(usage=usage + usage, cost=cost, calls=2)


def test_a_throttled_model_is_not_asked_beyond_its_budget() -> None:
    inner = ScriptedModel([say("a")], price=PRICE)
    model = Throttled(inner, Budget(Limits(nano_usd=500 * 15000)))  # exactly the output, nothing for the input
    with pytest.raises(LimitReached):
        model.ask(QUESTION, Heard())
    assert inner.requests == []


def test_a_throttled_model_names_itself() -> None:
    model = Throttled(ScriptedModel([say("a")], name="scripted:x"), Budget(Limits(nano_usd=NANO)))
    with pytest.raises(PriceUnknown, match="the price of scripted:x is not known"):
        model.ask(QUESTION, Heard())


def test_a_failed_call_gives_its_reservation_back() -> None:
    budget = Budget(Limits(tokens=1500))
    model = Throttled(ScriptedModel([ModelUnavailable("down"), say("a")]), budget)
    with pytest.raises(ModelUnavailable):
        model.ask(QUESTION, Heard())
    assert model.ask(replace(QUESTION, max_output_tokens=1000), Heard()).content == "a"
    assert budget.tokens == 120


def test_reservations_learn_from_what_was_counted() -> None:
    """Dense text (digits, other scripts) takes more tokens a character than the first guess."""
    dense = say("a", usage=Usage(input_tokens=5000, output_tokens=1))
    budget = Budget(Limits(tokens=10_000))
    model = Throttled(ScriptedModel([dense, dense]), budget)
    model.ask(QUESTION, Heard())
    with pytest.raises(LimitReached, match=r"may take 6,250 tokens"):
        model.ask(QUESTION, Heard())
