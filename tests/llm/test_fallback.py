"""The first model that is available answers, and stays."""

from __future__ import annotations

import pytest
from doors import QUESTION, Heard

from swe_agent.core.errors import ContextTooLong, ModelRateLimited, ModelUnavailable
from swe_agent.core.ports import Model
from swe_agent.core.usage import Price
from swe_agent.llm.fallback import FirstAvailable
from swe_agent.testing.scripted import ScriptedModel, say

PRICE = Price(input_nano=1, output_nano=1, cached_nano=1, cache_write_nano=1, source="test")


def test_the_next_one_goes_on_and_stays() -> None:
    first = ScriptedModel([say("a"), ModelRateLimited("slow down")], name="first")
    second = ScriptedModel([say("b"), say("c")], name="second", price=PRICE)
    notes: list[str] = []
    model: Model = FirstAvailable([first, second], notes.append)
    assert (model.ref.name, model.price) == ("first", None)
    assert [model.ask(QUESTION, Heard()).content for _ in range(3)] == ["a", "b", "c"]
    assert (model.ref.name, model.price) == ("second", PRICE)
    assert notes == ["first is given up (slow down); second goes on"]


def test_the_last_error_is_the_answer() -> None:
    model = FirstAvailable([ScriptedModel([ModelUnavailable(str(number))]) for number in range(3)])
    with pytest.raises(ModelUnavailable, match="2"):
        model.ask(QUESTION, Heard())


def test_other_errors_are_not_answered_by_another_model() -> None:
    second = ScriptedModel([say("b")])
    with pytest.raises(ContextTooLong):
        FirstAvailable([ScriptedModel([ContextTooLong("full")]), second]).ask(QUESTION, Heard())
    assert second.requests == []


def test_nobody_at_all() -> None:
    with pytest.raises(ValueError, match="at least one"):
        FirstAvailable([])
