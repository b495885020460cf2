"""One dial, many providers: the table, and the laws that hold whatever it says."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swe_agent.core.message import ModelRef
from swe_agent.core.task import Effort
from swe_agent.llm.effort import SAID, family_of, nested, output_tokens, parameters
from swe_agent.llm.prices import litellm_table
from swe_agent.llm.roles import model_ref

ROOM = 65_536
"""Tokens of an answer in which every budget fits."""


def words(name: str, base_url: str = "") -> list[str]:
    """What the five steps come to, from the least to the most."""
    sent = (parameters(effort, model_ref(name, base_url), max_output_tokens=ROOM) for effort in Effort)
    return [" ".join(str(value) for _, value in sorted(one.items())) for one in sent]


@pytest.mark.parametrize(
    ("name", "base_url", "expected"),
    [
        ("gpt-5", "", ["minimal", "low", "medium", "high", "high"]),
        ("openai/gpt-5-mini-2025-08-07", "", ["minimal", "low", "medium", "high", "high"]),
        ("gpt-5.1", "", ["none", "low", "medium", "high", "high"]),
        ("gpt-5.6-terra", "", ["none", "low", "medium", "high", "xhigh"]),
        ("gpt-5.6", "https://api.openai.com/v1", ["none", "low", "medium", "high", "xhigh"]),
        ("gpt-5.3-codex", "", ["low", "low", "medium", "high", "xhigh"]),
        ("gpt-5-codex", "", ["low", "low", "medium", "high", "high"]),
        ("gpt-5.4-pro", "", ["high"] * 5),
        ("gpt-5.2-chat-latest", "", [""] * 5),
        ("gpt-4.1", "", [""] * 5),
        ("o3-mini", "", ["low", "low", "medium", "high", "high"]),
        ("groq/openai/gpt-oss-120b", "", ["low", "low", "medium", "high", "high"]),
        (
            "anthropic/claude-sonnet-4-5-20250929",
            "",
            ["disabled", "2048 enabled", "4096 enabled", "8192 enabled", "16384 enabled"],
        ),
        (
            "bedrock/anthropic.claude-opus-4-1-20250805-v1:0",
            "",
            ["disabled", "2048 enabled", "4096 enabled", "8192 enabled", "16384 enabled"],
        ),
        ("anthropic/claude-opus-4-6", "", ["low", "low", "medium", "high", "max"]),
        ("claude-haiku-5-5", "", ["low", "low", "medium", "high", "max"]),
        ("claude-opus-5", "https://api.anthropic.com/v1", [""] * 5),
        ("anthropic/claude-3-5-haiku-20241022", "", [""] * 5),
        ("openrouter/anthropic/claude-opus-5", "", ["low", "low", "medium", "high", "high"]),
        (
            "gemini/gemini-2.5-flash",
            "",
            ["512 enabled", "1024 enabled", "4096 enabled", "8192 enabled", "24576 enabled"],
        ),
        ("gemini/gemini-3.8-flash", "", ["minimal", "low", "medium", "high", "high"]),
        (
            "gemini-2.5-pro",
            "https://generativelanguage.googleapis.com/v1beta/openai",
            ["minimal", "low", "medium", "high", "high"],
        ),
        ("deepseek/deepseek-v4-pro", "", ["disabled", "enabled", "enabled", "enabled", "enabled"]),
        ("deepseek-chat", "https://api.deepseek.com", ["disabled", "enabled", "enabled", "enabled", "enabled"]),
        ("xai/grok-4.20-beta", "", [""] * 5),
        ("xai/grok-4.6", "", ["low", "low", "medium", "high", "high"]),
        ("qwen3-coder:30b", "http://127.0.0.1:11434/v1", ["low", "low", "medium", "high", "high"]),
        ("claude-opus-5", "http://127.0.0.1:4000/v1", ["low", "low", "medium", "high", "high"]),
    ],
)
def test_what_each_step_becomes(name: str, base_url: str, expected: list[str]) -> None:
    assert words(name, base_url) == expected


def test_no_effort_sends_nothing() -> None:
    assert parameters(None, model_ref("gpt-5"), max_output_tokens=ROOM) == {}


EVERY_MODEL = sorted(litellm_table())


@given(
    name=st.sampled_from(EVERY_MODEL),
    effort=st.sampled_from(Effort),
    room=st.integers(1, 200_000),
    base_url=st.sampled_from(["", "http://127.0.0.1:1/v1"]),
)
def test_an_answer_keeps_tokens_to_say_something(name: str, effort: Effort, room: int, base_url: str) -> None:
    ref = model_ref(name, base_url)
    sent = parameters(effort, ref, max_output_tokens=room)
    budget = nested(sent).get("thinking", {}).get("budget_tokens", 0)
    assert room - budget >= min(room // 2, SAID)
    assert budget >= family_of(ref).least or not sent or sent.get("thinking.type") == "disabled"


@given(
    name=st.sampled_from(EVERY_MODEL),
    effort=st.none() | st.sampled_from(Effort),
    asked=st.integers(1, 20_000),
    most=st.none() | st.integers(1, 200_000),
)
def test_an_answer_is_longer_by_what_is_thought_and_never_longer_than_the_model_can(
    name: str, effort: Effort | None, asked: int, most: int | None
) -> None:
    ref = ModelRef(name=name, door="litellm", max_output_tokens=most)
    found = output_tokens(effort, ref, max_output_tokens=asked)
    assert asked <= found <= max(asked, min(asked + 16_384, most or asked + 16_384))
    if effort in (None, Effort.MINIMAL):
        assert found == asked


@pytest.mark.parametrize(
    ("name", "most", "expected"),
    [
        ("anthropic/claude-sonnet-4-5", 64_000, [8192, 10_240, 12_288, 16_384, 24_576]),
        ("gpt-5.2", None, [8192, 10_240, 12_288, 16_384, 24_576]),
        ("deepseek/deepseek-chat", 8192, [8192] * 5),
        ("gpt-4.1", 32_000, [8192] * 5),
        ("qwen@http://127.0.0.1:11434/v1", None, [8192] * 5),
    ],
)
def test_the_room_for_thinking(name: str, most: int | None, expected: list[int]) -> None:
    ref = replace(model_ref(name), max_output_tokens=most)
    assert [output_tokens(effort, ref, max_output_tokens=8192) for effort in Effort] == expected


def test_with_its_room_the_whole_budget_is_sent() -> None:
    ref = replace(model_ref("anthropic/claude-sonnet-4-5"), max_output_tokens=64_000)
    budgets = []
    for effort in Effort:
        room = output_tokens(effort, ref, max_output_tokens=8192)
        budgets.append(parameters(effort, ref, max_output_tokens=room).get("thinking.budget_tokens", 0))
    assert budgets == [0, 2048, 4096, 8192, 16_384]


@given(name=st.sampled_from(EVERY_MODEL), lesser=st.sampled_from(Effort), greater=st.sampled_from(Effort))
def test_more_effort_is_never_a_smaller_budget(name: str, lesser: Effort, greater: Effort) -> None:
    steps = list(Effort)
    if steps.index(lesser) > steps.index(greater):
        lesser, greater = greater, lesser

    def budget(effort: Effort) -> int:
        sent = parameters(effort, ModelRef(name=name, door="litellm"), max_output_tokens=ROOM)
        return int(sent.get("thinking.budget_tokens", 0))

    assert budget(lesser) <= budget(greater)
