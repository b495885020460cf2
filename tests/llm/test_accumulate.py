"""Chunks to replies: whatever the chunking and the server's habits, the same answer, or an error."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from doors import QUESTION, Heard
from hypothesis import given
from hypothesis import strategies as st

from swe_agent.core.errors import ModelBadAnswer, ModelUnavailable
from swe_agent.core.message import Message, ModelReply, ToolCall
from swe_agent.core.usage import Usage
from swe_agent.llm.accumulate import ServerFault, reply_of_body, reply_of_stream, usage_of
from swe_agent.llm.events import chunks_of
from swe_agent.testing.faults import Wire, chunks, whole_body

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
ARGUMENTS = st.dictionaries(st.sampled_from(["path", "old", "new"]), TEXT, max_size=3).map(json.dumps)
CALLS = st.lists(st.tuples(st.sampled_from(["read", "edit"]), ARGUMENTS), max_size=4)
BODY = {"model": "m", "stream": True, "stream_options": {"include_usage": True}}


@st.composite
def replies(draw: st.DrawFn) -> ModelReply:
    calls = draw(CALLS)
    return ModelReply(
        content=draw(TEXT),
        tool_calls=tuple(ToolCall(id=f"id{at}", name=name, arguments=text) for at, (name, text) in enumerate(calls)),
        finish="tool_calls" if calls else draw(st.sampled_from(["stop", "length"])),
        usage=draw(
            st.builds(
                Usage,
                input_tokens=st.integers(1, 10**6),
                cached_tokens=st.integers(0, 10**6),
                cache_write_tokens=st.integers(0, 10**4),
                output_tokens=st.integers(1, 10**5),
            )
        ),
        model="m",
        reasoning=draw(TEXT),
    )


def accumulated(made: Sequence[Any]) -> ModelReply:
    return reply_of_stream(made, QUESTION, model="asked", on_token=Heard())


@given(replies(), st.integers(1, 60))
def test_any_chunking_gives_the_same_reply(reply: ModelReply, fragments: int) -> None:
    assert accumulated(chunks(reply, BODY, Wire(fragments=fragments))) == reply


@given(replies(), st.integers(1, 60), st.sampled_from(["proper", "missing", "equal"]))
def test_indices_do_not_matter_where_there_are_ids(reply: ModelReply, fragments: int, indices: Any) -> None:
    assert accumulated(chunks(reply, BODY, Wire(fragments=fragments, indices=indices))) == reply


@given(replies(), st.integers(1, 60), st.sampled_from(["missing", "duplicate"]))
def test_ids_do_not_matter_where_there_are_indices(reply: ModelReply, fragments: int, ids: Any) -> None:
    made = accumulated(chunks(reply, BODY, Wire(fragments=fragments, ids=ids)))
    assert [(call.name, call.arguments) for call in made.tool_calls] == [
        (call.name, call.arguments) for call in reply.tool_calls
    ]
    assert len({call.id for call in made.tool_calls}) == len(reply.tool_calls)


@given(replies())
def test_a_whole_body_is_the_same_reply(reply: ModelReply) -> None:
    assert reply_of_body(whole_body(reply, BODY, Wire()), QUESTION, model="asked") == reply


@given(replies(), st.data())
def test_parallel_calls_may_be_interleaved(reply: ModelReply, data: st.DataObject) -> None:
    """Deltas of one call keep their order; those of different calls may come in any."""
    made = chunks(reply, BODY, Wire())
    is_call = [bool(c["choices"]) and "tool_calls" in c["choices"][0]["delta"] for c in made]
    queues: dict[int, list[Any]] = {}
    for chunk, calls in zip(made, is_call, strict=True):
        if calls:
            queues.setdefault(chunk["choices"][0]["delta"]["tool_calls"][0]["index"], []).append(chunk)
    mixed = [queues[index].pop(0) for index in sorted(queues)]  # calls are opened in order
    while any(queues.values()):
        mixed.append(queues[data.draw(st.sampled_from([i for i, queue in queues.items() if queue]))].pop(0))
    first = is_call.index(True) if mixed else 0
    before, after = made[:first], [c for c, calls in zip(made[first:], is_call[first:], strict=True) if not calls]
    assert accumulated([*before, *mixed, *after]) == reply


@given(replies(), st.integers(0, 5))
def test_without_its_end_a_stream_is_cut(reply: ModelReply, more: int) -> None:
    made = chunks(reply, BODY, Wire())[: -2 - more]
    with pytest.raises(ModelUnavailable, match="the stream was cut"):
        accumulated(made)


def delta(finish: str | None = None, /, **fields: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": fields, "finish_reason": finish}]}


def part(arguments: Any = None, *, name: str | None = None, **ids: Any) -> dict[str, Any]:
    return delta(tool_calls=[{**ids, "function": {"name": name, "arguments": arguments}}])


END = delta("tool_calls")
STREAMS: dict[str, tuple[list[dict[str, Any]], list[tuple[str, str, str]]]] = {
    "a new id under the same index": (
        [part("{}", name="a", id="x", index=0), part("{}", name="b", id="y", index=0), END],
        [("x", "a", "{}"), ("y", "b", "{}")],
    ),
    "a new id whose name comes later": (
        [part("{}", name="a", id="x", index=0), part(None, id="y", index=0), part("{}", name="b", index=0), END],
        [("x", "a", "{}"), ("y", "b", "{}")],
    ),
    "the id on every delta": (
        [part('{"p"', name="a", id="x", index=0), part(": 1}", id="x", index=0), END],
        [("x", "a", '{"p": 1}')],
    ),
    "id and name on every delta": (
        [part('{"p"', name="a", id="x"), part(": 1}", name="a", id="x"), part("", name="a", id="x"), END],
        [("x", "a", '{"p": 1}')],
    ),
    "an empty id in the deltas that go on": (
        [part('{"p"', name="a", id="x", index=0), part(": 1}", id="", name="", index=0), END],
        [("x", "a", '{"p": 1}')],
    ),
    "whole calls with neither id nor index": (
        [part("{}", name="a"), part('{"p": 1}', name="a"), END],
        [("call_1", "a", "{}"), ("call_2", "a", '{"p": 1}')],
    ),
    "neither id nor index, in pieces": (
        [part("", name="a"), part("{}"), part("", name="b"), part('{"p": 1}'), END],
        [("call_1", "a", "{}"), ("call_2", "b", '{"p": 1}')],
    ),
    "the same id twice": (
        [part("{}", name="a", id="x", index=0), part("{}", name="a", id="x", index=1), END],
        [("x", "a", "{}"), ("call_2", "a", "{}")],
    ),
    "an id that looks like ours": (
        [part("{}", name="a", index=0), part("{}", name="b", id="call_1", index=1), END],
        [("call_1_", "a", "{}"), ("call_1", "b", "{}")],
    ),
    "arguments as an object": ([part({"p": 1}, name="a", id="x"), END], [("x", "a", '{"p": 1}')]),
    "no arguments": ([part(None, name="a", id="x"), END], [("x", "a", "{}")]),
    "two calls in one delta": (
        [
            delta(
                tool_calls=[
                    {"id": "x", "index": 0, "function": {"name": "a", "arguments": "{}"}},
                    {"id": "y", "index": 1, "function": {"name": "b", "arguments": "{}"}},
                ]
            ),
            END,
        ],
        [("x", "a", "{}"), ("y", "b", "{}")],
    ),
}


@pytest.mark.parametrize("case", STREAMS)
def test_calls_are_told_apart(case: str) -> None:
    made, expected = STREAMS[case]
    assert [(c.id, c.name, c.arguments) for c in accumulated(made).tool_calls] == expected


def test_made_up_ids_count_the_calls_of_the_conversation() -> None:
    earlier = Message(role="assistant", tool_calls=(ToolCall(id="call_1", name="a", arguments="{}"),))
    asked = replace(QUESTION, messages=(*QUESTION.messages, earlier))
    reply = reply_of_stream([part("{}", name="a"), END], asked, model="m", on_token=Heard())
    assert reply.tool_calls[0].id == "call_2"


@pytest.mark.parametrize(
    ("sent", "finish"),
    [("stop", "stop"), ("eos_token", "stop"), ("length", "length"), ("max_tokens", "length"), ("refusal", "refusal")],
)
def test_finish_reasons(sent: str, finish: str) -> None:
    assert accumulated([delta(content="x"), delta(sent)]).finish == finish


def test_calls_are_calls_whatever_the_finish_reason() -> None:
    assert accumulated([part("{}", name="a", id="x"), delta("stop")]).finish == "tool_calls"


def test_parts_of_content_and_the_reasoning_field() -> None:
    parts = [{"type": "thinking"}, {"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
    reply = accumulated([delta(reasoning="hm"), delta(content=parts), delta("stop")])
    assert (reply.content, reply.reasoning) == ("ab", "hm")


def test_only_the_first_choice_counts() -> None:
    other = {"choices": [{"index": 1, "delta": {"content": "other"}, "finish_reason": "stop"}]}
    with pytest.raises(ModelUnavailable):
        accumulated([delta(content="x"), other])


def test_a_nameless_call_is_no_answer() -> None:
    with pytest.raises(ModelBadAnswer, match="without a name"):
        accumulated([part("{}", id="x"), END])


@pytest.mark.parametrize("body", [[], "text", {}, {"choices": []}])
def test_what_is_no_body(body: object) -> None:
    with pytest.raises(ModelBadAnswer):
        reply_of_body(body, QUESTION, model="m")


@pytest.mark.parametrize("chunk", [{"error": {"message": "x"}}, {"choices": [{"error": {"message": "x"}}]}])
def test_errors_are_faults(chunk: dict[str, Any]) -> None:
    with pytest.raises(ServerFault) as caught:
        accumulated([chunk])
    assert caught.value.error == {"message": "x"}


USAGES: dict[str, tuple[dict[str, Any], Usage | None]] = {
    "OpenAI": (
        {
            "prompt_tokens": 100,
            "completion_tokens": 20,
            "prompt_tokens_details": {"cached_tokens": 60},
            "completion_tokens_details": {"reasoning_tokens": 5},
        },
        Usage(input_tokens=40, cached_tokens=60, output_tokens=20, reasoning_tokens=5),
    ),
    "Anthropic through litellm": (
        {
            "prompt_tokens": 100,
            "completion_tokens": 20,
            "cache_read_input_tokens": 60,
            "cache_creation_input_tokens": 30,
            "prompt_tokens_details": {"cached_tokens": 60, "cache_creation_tokens": 30},
        },
        Usage(input_tokens=10, cached_tokens=60, cache_write_tokens=30, output_tokens=20),
    ),
    "OpenAI from gpt-5.6 on, OpenRouter": (
        {
            "prompt_tokens": 100,
            "completion_tokens": 20,
            "prompt_tokens_details": {"cached_tokens": 60, "cache_write_tokens": 30},
        },
        Usage(input_tokens=10, cached_tokens=60, cache_write_tokens=30, output_tokens=20),
    ),
    "cached tokens beside the prompt": (
        {"prompt_tokens": 10, "completion_tokens": 1, "cache_read_input_tokens": 500},
        Usage(input_tokens=10, cached_tokens=500, output_tokens=1),
    ),
    "DeepSeek": (
        {"prompt_tokens": 100, "completion_tokens": 1, "prompt_cache_hit_tokens": 64},
        Usage(input_tokens=36, cached_tokens=64, output_tokens=1),
    ),
    "reasoning beside the completion": (
        {
            "prompt_tokens": 10,
            "completion_tokens": 5,
            "total_tokens": 115,
            "completion_tokens_details": {"reasoning_tokens": 100},
        },
        Usage(input_tokens=10, output_tokens=105, reasoning_tokens=100),
    ),
    "nulls": (
        {"prompt_tokens": 10, "completion_tokens": 5, "prompt_tokens_details": None, "cache_read_input_tokens": None},
        Usage(input_tokens=10, output_tokens=5),
    ),
    "zeros": ({"prompt_tokens": 0, "completion_tokens": 0}, None),
    "nothing": ({}, None),
}


@pytest.mark.parametrize("case", USAGES)
def test_usage(case: str) -> None:
    sent, expected = USAGES[case]
    assert usage_of(sent) == expected


def test_events_to_chunks() -> None:
    lines = [": comment", "", 'data: {"a": 1}', "", "event: x", "id: 7", 'data:{"b":', "data: 2}", "", "data: [DONE]"]
    assert list(chunks_of(lines)) == [{"a": 1}, {"b": 2}]
    assert list(chunks_of(["data: [DONE]", "", 'data: {"late": 1}', ""])) == []
    assert list(chunks_of(['data: {"last": "has no blank line"}'])) == [{"last": "has no blank line"}]


@pytest.mark.parametrize("line", ['data: {"a"', "data: 7"])
def test_garbage_is_a_bad_answer(line: str) -> None:
    with pytest.raises(ModelBadAnswer):
        list(chunks_of([line, ""]))


@pytest.mark.parametrize(
    ("data", "error"), [("out of memory", "out of memory"), ('{"message": "x"}', {"message": "x"})]
)
def test_error_events(data: str, error: object) -> None:
    with pytest.raises(ServerFault) as caught:
        list(chunks_of(["event: error", f"data: {data}", ""]))
    assert caught.value.error == error
