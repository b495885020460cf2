"""Cheap first, and up for good when asked to."""

from __future__ import annotations

import pytest
from doors import QUESTION, Heard

from swe_agent.core.errors import ModelUnavailable
from swe_agent.core.ports import Model
from swe_agent.core.usage import Price
from swe_agent.llm.cascade import Cascade, escalate
from swe_agent.llm.fallback import FirstAvailable
from swe_agent.testing.scripted import ScriptedModel, say

PRICES = [Price(input_nano=n, output_nano=n, cached_nano=n, cache_write_nano=n, source="test") for n in (1, 9)]


def test_it_moves_up_for_good_and_says_why() -> None:
    cheap = ScriptedModel([say("a")], name="cheap", price=PRICES[0])
    strong = ScriptedModel([say("b"), say("c")], name="strong", price=PRICES[1])
    notes: list[str] = []
    cascade = Cascade([cheap, strong], notes.append)
    model: Model = cascade
    assert (model.ask(QUESTION, Heard()).content, model.ref.name, model.price) == ("a", "cheap", PRICES[0])
    assert cascade.escalate("the tests are still red after 3 rounds")
    assert cascade.current is strong
    assert [model.ask(QUESTION, Heard()).content for _ in range(2)] == ["b", "c"]
    assert (model.ref.name, model.price) == ("strong", PRICES[1])
    assert not cascade.escalate("no progress")
    assert notes == ["cheap hands over to strong: the tests are still red after 3 rounds"]


def test_a_step_that_its_fallback_has_taken_already_is_passed_over() -> None:
    cheap = ScriptedModel([ModelUnavailable("down")], name="cheap")
    strong, last = (ScriptedModel([say("b")], name=name) for name in ("strong", "last"))
    cascade = Cascade([FirstAvailable([cheap, strong, last]), FirstAvailable([strong, last]), last])
    assert cascade.ask(QUESTION, Heard()).content == "b"
    assert cascade.escalate("still red")
    assert cascade.ref.name == "last"


def test_who_does_not_care_may_ask_any_model() -> None:
    plain = ScriptedModel([say("a")])
    assert not escalate(plain, "still red")
    assert escalate(Cascade([plain, ScriptedModel([], name="strong")]), "still red")


def test_nobody_at_all() -> None:
    with pytest.raises(ValueError, match="at least one"):
        Cascade([])
