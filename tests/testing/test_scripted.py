"""The scripted model: it says its lines, and complains when it is asked for more."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from swe_agent.core.errors import ConfigError, ModelBadAnswer, ModelUnavailable
from swe_agent.core.message import Message, ModelReply, ModelRequest, ToolCall
from swe_agent.core.ports import Model
from swe_agent.core.usage import Price, Usage
from swe_agent.testing.scripted import ScriptedModel, call, calls, say

ASKED = ModelRequest(messages=(Message(role="user", content="fix it"),))


def test_steps_are_played_in_order() -> None:
    price = Price(input_nano=1, output_nano=2, cached_nano=0, cache_write_nano=1, source="test")
    steps = [call("read", path="a.py"), lambda request: say(request.messages[0].content.upper()), ModelUnavailable("x")]
    model = ScriptedModel(steps, price=price)
    heard: list[str] = []
    as_port: Model = model
    assert as_port.ask(ASKED, heard.append).tool_calls == (
        ToolCall(id="call_1", name="read", arguments='{"path": "a.py"}'),
    )
    assert as_port.ask(ASKED, heard.append).content == "FIX IT"
    with pytest.raises(ModelUnavailable):
        as_port.ask(ASKED, heard.append)
    assert (heard, model.requests, model.left, as_port.price) == (["FIX IT"], [ASKED] * 3, 0, price)


def test_a_script_that_runs_out_says_so() -> None:
    model = ScriptedModel([say("one")])
    model.ask(ASKED, str)
    with pytest.raises(ModelBadAnswer, match=r"ran out after 1 answers; the last message was 'fix it'"):
        model.ask(ASKED, str)


def test_calls_have_ids_of_their_own_in_a_conversation() -> None:
    first = calls(("read", {}), ("read", {}))
    later = replace(ASKED, messages=(*ASKED.messages, first.as_message()))
    model = ScriptedModel([call("read"), replace(first, tool_calls=(ToolCall(id="mine", name="x", arguments="{}"),))])
    assert [one.id for one in model.ask(later, str).tool_calls] == ["call_3"]
    assert [one.id for one in model.ask(later, str).tool_calls] == ["mine"]


def test_from_a_file(tmp_path: Path) -> None:
    script = tmp_path / "fix.json"
    script.write_text(
        json.dumps(
            [
                {"content": "I read.", "tool_calls": [{"name": "read", "arguments": {"path": "a.py"}}]},
                {"content": "done", "usage": {"input_tokens": 7, "output_tokens": 3}},
                {"content": "and so", "finish": "length"},
            ]
        )
    )
    model = ScriptedModel.load(script)
    assert model.ref.name == "scripted:fix.json"
    assert [model.ask(ASKED, str) for _ in range(3)] == [
        calls(("read", {"path": "a.py"}), text="I read."),
        say("done", usage=Usage(input_tokens=7, output_tokens=3)),
        say("and so", finish="length"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "not JSON",
        '{"content": "not a list"}',
        '[{"text": "an unknown key"}]',
        '[{"tool_calls": [{}]}]',
        '[{"usage": {"what": 1}}]',
        '["a string"]',
        '[{"content": "x", "finish": "whenever"}]',
        '[{"content": 7}]',
    ],
)
def test_what_is_no_script(tmp_path: Path, text: str) -> None:
    script = tmp_path / "bad.json"
    script.write_text(text)
    with pytest.raises(ConfigError, match="is no script of a model"):
        ScriptedModel.load(script)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is no script of a model"):
        ScriptedModel.load(tmp_path / "none.json")


def test_a_reply_is_a_reply() -> None:
    assert call("read", path="a.py") == ModelReply(
        content="",
        tool_calls=(ToolCall(id="call_1", name="read", arguments='{"path": "a.py"}'),),
        finish="tool_calls",
        usage=Usage(input_tokens=100, output_tokens=20),
        model="scripted",
    )
