"""Our conversation on the wire, the marks for caches, and signed thinking."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from doors import QUESTION, READ
from hypothesis import given
from hypothesis import strategies as st

from swe_agent.core.message import Message, ToolCall
from swe_agent.llm.cache_marks import MARK, marked, wants_marks
from swe_agent.llm.dialect import Dialect, dialect_of
from swe_agent.llm.messages import estimated_tokens, request_characters, wire_messages, wire_tools
from swe_agent.llm.thoughts import Thoughts, blocks_of
from swe_agent.testing.scripted import call, say

CALLING = Message(role="assistant", tool_calls=(ToolCall(id="c1", name="read", arguments="{}"),))
RESULT = Message(role="tool", content="text", tool_call_id="c1")


@given(st.text(st.characters(categories=["Cs", "L", "Zs"])), st.text(st.characters(categories=["Cs", "L"])))
def test_whatever_is_said_can_be_sent(content: str, arguments: str) -> None:
    spoken = Message(
        role="assistant", content=content, tool_calls=(ToolCall(id="c", name="read", arguments=arguments),)
    )
    [wire] = wire_messages([spoken])
    json.dumps(wire, ensure_ascii=False).encode("utf-8")
    assert isinstance(json.loads(wire["tool_calls"][0]["function"]["arguments"]), dict)


@given(st.dictionaries(st.text(), st.text()).map(json.dumps))
def test_arguments_that_are_an_object_stay_byte_for_byte(arguments: str) -> None:
    """A prefix that changed by a blank would miss the provider's cache."""
    spoken = Message(role="assistant", tool_calls=(ToolCall(id="c", name="read", arguments=arguments),))
    assert wire_messages([spoken])[0]["tool_calls"][0]["function"]["arguments"] == arguments


def test_a_conversation_that_grows_keeps_its_prefix() -> None:
    messages = [*QUESTION.messages, CALLING, RESULT]
    for length in range(1, len(messages)):
        shorter, longer = (json.dumps(wire_messages(messages[:end])) for end in (length, length + 1))
        assert longer.startswith(shorter.removesuffix("]"))


def test_estimates_count_all_that_is_sent() -> None:
    assert [estimated_tokens(n) for n in (0, 1, 4, 5)] == [0, 1, 1, 2]
    bare = request_characters(replace(QUESTION, tools=()))
    assert bare == len("You repair code.totals are wrong")
    assert request_characters(replace(QUESTION, tools=(), messages=(CALLING,))) == len("read{}")
    assert request_characters(QUESTION) == bare + len(json.dumps(wire_tools([READ])))


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("gpt-5-mini", "max_completion_tokens"),
        ("o3", "max_completion_tokens"),
        ("openai/o4-mini", "max_completion_tokens"),
        ("gpt-4o", "max_tokens"),
        ("qwen2.5-coder:7b", "max_tokens"),
        ("llama-o3-tune", "max_tokens"),
    ],
)
def test_the_first_guess_of_a_dialect(name: str, field: str) -> None:
    assert dialect_of(name) == Dialect(max_tokens_field=field)


def test_who_wants_marks() -> None:
    assert wants_marks("anthropic", "anything")
    assert wants_marks("bedrock", "anthropic.claude-x")
    assert wants_marks("openrouter", "anthropic/claude-x")
    assert not wants_marks("openai", "claude-x")
    assert not wants_marks("openrouter", "gpt-x")


def test_marks_go_on_system_tools_and_last_message() -> None:
    messages = wire_messages([*QUESTION.messages, CALLING, RESULT])
    told, tools = marked(messages, wire_tools([READ, replace(READ, name="other")]))
    assert told[0]["content"] == [{"type": "text", "text": "You repair code.", "cache_control": MARK}]
    assert told[1:3] == messages[1:3]
    assert told[3] == messages[3] | {"cache_control": MARK}
    assert ["cache_control" in tool for tool in tools] == [False, True]


def test_marks_without_system_tools_or_text() -> None:
    told, tools = marked(wire_messages([Message(role="user", content="")]), [])
    assert (told, tools) == ([{"role": "user", "content": "", "cache_control": MARK}], [])


def thinking(*fragments: dict[str, str]) -> list[dict[str, object]]:
    return [{"choices": [{"delta": {"thinking_blocks": [fragment]}}]} for fragment in fragments]


def test_thinking_is_put_together() -> None:
    chunks = thinking(
        {"type": "thinking", "thinking": "Let "},
        {"type": "thinking", "thinking": "me see."},
        {"type": "thinking", "thinking": "", "signature": "s1"},
        {"type": "redacted_thinking", "data": "d"},
        {"type": "thinking", "thinking": "Again.", "signature": "s2"},
    )
    assert blocks_of([{"choices": []}, *chunks, {"choices": [{"delta": None}]}]) == [
        {"type": "thinking", "thinking": "Let me see.", "signature": "s1"},
        {"type": "redacted_thinking", "data": "d"},
        {"type": "thinking", "thinking": "Again.", "signature": "s2"},
    ]


def test_thinking_goes_back_with_its_calls() -> None:
    blocks = [{"type": "thinking", "thinking": "x", "signature": "s"}]
    thoughts = Thoughts()
    messages = wire_messages([*QUESTION.messages, CALLING, RESULT])
    assert not thoughts.knows(messages)
    thoughts.keep(replace(call("read"), tool_calls=CALLING.tool_calls), blocks)
    thoughts.keep(say("no calls"), [])
    assert thoughts.knows(messages)
    assert thoughts.given_back(messages) == [
        *messages[:2],
        messages[2] | {"thinking_blocks": blocks},
        messages[3],
    ]
    assert thoughts.knows(messages[:2])
