"""Cassettes: found by what was asked, and a diff where that drifted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from doors import QUESTION, READ, Heard
from hypothesis import given
from hypothesis import strategies as st

from swe_agent.core.errors import ConfigError, ModelError
from swe_agent.core.message import Message, ModelRequest, ToolCall
from swe_agent.core.task import Effort
from swe_agent.llm.fingerprint import request_hash
from swe_agent.llm.recorded import RecordedModel, Recorder
from swe_agent.testing.scripted import ScriptedModel, call, say


def conversation(first: str = "c1", second: str = "c2") -> ModelRequest:
    return replace(
        QUESTION,
        messages=(
            *QUESTION.messages,
            Message(
                role="assistant",
                tool_calls=(
                    ToolCall(id=first, name="read", arguments="{}"),
                    ToolCall(id=second, name="read", arguments="{}"),
                ),
            ),
            Message(role="tool", content="a", tool_call_id=first),
            Message(role="tool", content="b", tool_call_id=second),
        ),
    )


def test_the_hash_is_the_same_everywhere() -> None:
    assert request_hash(QUESTION) == "3086d29a707e2f0fe551a521058a39ee79ac1adf708f6213603a4105e3cd8b3e"


@given(st.text(min_size=1), st.text(min_size=1))
def test_ids_do_not_count_but_their_order_does(first: str, second: str) -> None:
    same = request_hash(conversation(first, second)) == request_hash(conversation())
    assert same is (first != second)


def test_role_effort_and_length_do_not_count() -> None:
    other = replace(QUESTION, role="critic", effort=Effort.HIGH, max_output_tokens=1)
    assert request_hash(other) == request_hash(QUESTION)


@pytest.mark.parametrize(
    "other",
    [
        replace(QUESTION, tools=()),
        replace(QUESTION, tools=(replace(READ, description="Read."),)),
        replace(QUESTION, messages=QUESTION.messages[:1]),
        replace(QUESTION, messages=QUESTION.messages[::-1]),
        replace(QUESTION, messages=(*QUESTION.messages[:1], Message(role="user", content="totals are wrong "))),
        replace(QUESTION, messages=(*QUESTION.messages[:1], Message(role="user", content="totals are wrong\udcff"))),
        conversation(),
    ],
)
def test_all_that_is_shown_counts(other: ModelRequest) -> None:
    assert request_hash(other) != request_hash(QUESTION)


def test_what_was_recorded_is_played_again(tmp_path: Path) -> None:
    cassette = tmp_path / "fix.jsonl"
    script = [call("read", path="a.py"), say("done \udcff"), say("done again")]
    recorder = Recorder(ScriptedModel(script), cassette)
    asked = [QUESTION, conversation(), conversation()]
    recorded = [recorder.ask(request, Heard()) for request in asked]

    model, heard = RecordedModel(cassette), Heard()
    renamed = conversation("other", "ids")
    assert [model.ask(request, heard) for request in (QUESTION, renamed, renamed, renamed)] == [
        *recorded,
        recorded[-1],
    ]
    assert heard.text == "done \udcffdone againdone again"
    assert model.ref.name == "recorded:fix.jsonl"


def test_drift_is_shown(tmp_path: Path) -> None:
    cassette = tmp_path / "fix.jsonl"
    recorder = Recorder(ScriptedModel([say("a"), say("b")]), cassette)
    recorder.ask(replace(QUESTION, messages=(Message(role="user", content="something else entirely"),)), Heard())
    recorder.ask(QUESTION, Heard())
    drifted = replace(
        QUESTION, messages=(QUESTION.messages[0], Message(role="user", content="totals are wrong\nsince Tuesday"))
    )
    with pytest.raises(ModelError) as caught:
        RecordedModel(cassette).ask(drifted, Heard())
    head, _, diff = caught.value.message.partition("\n")
    assert head == "fix.jsonl holds no answer to this request; against the nearest one that it holds:"
    assert diff == ("--- recorded\n+++ asked\n@@ -4,2 +4,3 @@\n --- user\n totals are wrong\n+since Tuesday")


def test_a_long_drift_is_cut(tmp_path: Path) -> None:
    cassette = tmp_path / "fix.jsonl"
    cassette.write_text("")
    long = replace(QUESTION, messages=(Message(role="user", content="x\n" * 500),))
    with pytest.raises(ModelError) as caught:
        RecordedModel(cassette).ask(long, Heard())
    assert caught.value.message.endswith("… (the diff goes on)")
    assert caught.value.message.count("\n") < 70


@pytest.mark.parametrize("text", ["not JSON", "{}", '{"hash": "x", "request": {}, "reply": {"content": 7}}'])
def test_what_is_no_cassette(tmp_path: Path, text: str) -> None:
    cassette = tmp_path / "bad.jsonl"
    cassette.write_text(text)
    with pytest.raises(ConfigError, match="is no recording"):
        RecordedModel(cassette)


def test_a_missing_cassette(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is no recording"):
        RecordedModel(tmp_path / "none.jsonl")
