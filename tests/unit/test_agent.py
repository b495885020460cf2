"""The loop on its own: what it does with good and bad answers, and that it goes on where it was killed."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from swe_agent.agent.conversation import Conversation
from swe_agent.agent.loop import Loop
from swe_agent.agent.planner import make_plan, parse_plan
from swe_agent.agent.speaker import Speaker
from swe_agent.core.errors import ContextTooLong, Interrupted, LimitReached, ModelBadAnswer, ModelRefused
from swe_agent.core.event import EventBody, ModelAnswered, ModelAsked, ToolUsed
from swe_agent.core.message import Message, ModelReply, ToolCall
from swe_agent.core.plan import Plan, Step
from swe_agent.core.usage import Cost, Price
from swe_agent.llm.fingerprint import request_hash
from swe_agent.testing.scripted import USAGE, ScriptedModel, call, calls, say
from swe_agent.testing.scripted import Step as Said
from unit.benches import MemoryBench

OPENING = (Message(role="system", content="You edit."), Message(role="user", content="Fix it."))
FILES = {"a.py": "x = 1\n", "deep/b.py": "def total():\n    return 1\n"}
FINISH = call("finish", summary="Done.")
PRICE = Price(input_nano=1, output_nano=1, cached_nano=1, cache_write_nano=1, source="test")


def raw(name: str, arguments: str) -> ModelReply:
    return ModelReply(
        content="",
        tool_calls=(ToolCall(id="call_1", name=name, arguments=arguments),),
        finish="tool_calls",
        usage=USAGE,
        model="scripted",
    )


class Conversed:
    """One run of the loop: its events, its model, its bench."""

    def __init__(
        self,
        steps: Sequence[Said],
        *,
        bench: MemoryBench | None = None,
        past: Sequence[EventBody] = (),
        turns: int | None = None,
        price: Price | None = None,
    ) -> None:
        self.bench = bench or MemoryBench(FILES)
        self.model = ScriptedModel(steps, price=price)
        self.events: list[EventBody] = []
        ticks = itertools.count()
        speaker = Speaker(
            model=self.model,
            emit=self.events.append,
            on_token=lambda text: None,
            monotonic=lambda: float(next(ticks)),
            request_hash=request_hash,
        )
        self.loop = Loop(speaker=speaker, bench=self.bench, effort=None, most_turns=turns, check=lambda: None)
        self.past = past

    def run(self) -> str:
        return self.loop.edit(OPENING, self.past).summary

    @property
    def tools(self) -> list[tuple[str, bool, str]]:
        return [(e.name, e.ok, e.result) for e in self.events if isinstance(e, ToolUsed)]


def result_of(reply: ModelReply, bench: MemoryBench | None = None) -> tuple[bool, str]:
    one = Conversed([reply, FINISH], bench=bench)
    assert one.run() == "Done."
    (_, ok, text), (name, finished, _) = one.tools
    assert (name, finished) == ("finish", True)
    told = one.model.requests[1].messages[-1]
    assert told == Message(role="tool", content=text, tool_call_id="call_1")
    return ok, text


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (raw("read", '{"path": "a.py"'), "the arguments are not valid JSON"),
        (raw("read", "[" * 100_000), "the arguments are not valid JSON"),
        (raw("read", '["a.py"]'), "are to be a JSON object"),
        (raw("read", ""), "missing: path"),
        (raw("read", '{"path": 7}'), "`path` is to be of type string"),
        (raw("read", '{"path": "a.py", "start": "one"}'), "`start` is to be of type integer"),
        (raw("read", '{"path": "a.py", "start": true}'), "`start` is to be of type integer"),
        (raw("read", '{"path": "a.py", "start": "--1"}'), "`start` is to be of type integer"),
        (raw("read", '{"path": "a.py", "lines": 3}'), "read takes path, start, end; unknown: lines"),
        (raw("edit", '{"path": "a.py", "old": "x"}'), "missing: new"),
        (raw("open", '{"path": "a.py"}'), "there is no tool open; there are "),
        (call("read", path="/etc/passwd"), "is not a path of the tree"),
        (call("read", path="b.py"), "did you mean deep/b.py?"),
        (call("read", path="a.py", start=9), "has only 1 lines"),
        (call("search", pattern="(("), "nothing found"),
        (call("search", pattern="(", regex=True), "not a regular expression"),
        (call("search", pattern=""), "the pattern is empty"),
        (call("edit", path="a.py", old="y", new="z"), "do not stand in the file"),
        (call("edit", path="a.py", old="x = 1", new="x = ("), "syntax error"),
        (call("create", path="a.py", text=""), "exists already"),
        (call("delete", path="nope"), "there is no file nope"),
        (call("outline", name="nope"), "no definition of nope"),
        (call("tests"), "no test command"),
    ],
)
def test_a_bad_call_is_answered_and_the_conversation_goes_on(reply: ModelReply, said: str) -> None:
    bench = MemoryBench(FILES)
    ok, text = result_of(reply, bench)
    assert said in text
    assert ok is (said == "nothing found")
    assert bench.content == FILES


@pytest.mark.parametrize(
    ("reply", "text", "after"),
    [
        (call("read", path="a.py"), "    1\tx = 1", FILES),
        (call("read", path="./a.py"), "    1\tx = 1", FILES),
        (call("read", path="deep"), "deep is a folder:\nb.py", FILES),
        (raw("read", '{"path": "deep/b.py", "start": "2"}'), "    2\t    return 1\n[lines 2 to 2 of 2]", FILES),
        (call("search", pattern="return"), "deep/b.py:2:     return 1", FILES),
        (call("outline", name="total"), "deep/b.py:1-2  function total  def total()", FILES),
        (call("edit", path="a.py", old="1", new="2"), "edited a.py:\n    1\tx = 2", {**FILES, "a.py": "x = 2\n"}),
        (call("create", path="c.py", text="y\n"), "created c.py", {**FILES, "c.py": "y\n"}),
        (call("delete", path="a.py"), "deleted a.py", {"deep/b.py": FILES["deep/b.py"]}),
        (call("run", command="ls"), "ran ls\n[exit status 0]", FILES),
    ],
)  # fmt: skip
def test_a_good_call(reply: ModelReply, text: str, after: dict[str, str]) -> None:
    bench = MemoryBench(FILES)
    assert result_of(reply, bench) == (True, text)
    assert bench.content == after


def test_an_edit_shows_the_place_that_it_changed_and_no_other_like_it() -> None:
    bench = MemoryBench({"f": "same\r\n" + "line\r\n" * 9 + "other\r\nend\r\n"})
    assert result_of(call("edit", path="f", old="other", new="same\nnew"), bench) == (
        True,
        "edited f:\n    8\tline\n    9\tline\n   10\tline\n   11\tsame\n   12\tnew\n   13\tend",
    )
    assert result_of(call("edit", path="f", old="new\n", new=""), bench) == (True, "edited f:\n(the lines are gone)")


def test_several_calls_of_one_answer_are_used_in_order() -> None:
    one = Conversed([calls(("create", {"path": "c", "text": "1\n"}), ("delete", {"path": "c"})), FINISH])
    one.run()
    assert [name for name, _, _ in one.tools] == ["create", "delete", "finish"]
    assert [m.tool_call_id for m in one.model.requests[1].messages[-2:]] == ["call_1", "call_2"]


def test_secrets_never_reach_the_model() -> None:
    key = "AKIA" + "ABCDEFGHIJKLMNOP"
    one = Conversed([call("read", path="k"), FINISH], bench=MemoryBench({"k": f"{key}\n"}))
    one.loop.edit([Message(role="user", content=f"use {key}")], ())
    assert all(key not in m.content for request in one.model.requests for m in request.messages)
    assert key not in repr(one.events)


# ---- endings


def test_a_refusal_ends_the_job() -> None:
    with pytest.raises(ModelRefused, match="declined to go on"):
        Conversed([say("I cannot.", finish="refusal")]).run()


def test_a_cut_answer_is_asked_to_go_on() -> None:
    one = Conversed([say("First I shall", finish="length"), FINISH])
    assert one.run() == "Done."
    assert one.model.requests[1].messages[-1].content.startswith("Your answer was cut at its length limit")


def test_one_silence_is_nudged_and_the_second_ends_it() -> None:
    one = Conversed([say("Let me think."), say("It is done, I believe.")])
    assert one.run() == "It is done, I believe."
    nudge = one.model.requests[1].messages[-1]
    assert nudge.role == "user"
    assert "finish" in nudge.content


def test_silences_must_be_in_a_row() -> None:
    one = Conversed([say("Hm."), call("read", path="a.py"), say("Hm."), FINISH])
    assert one.run() == "Done."


def broken() -> MemoryBench:
    bench = MemoryBench(FILES, {"t::x": lambda files: files.get("a.py") == "x = 1\n"})
    bench.content["a.py"] = "x = 2\n"
    return bench


def test_finish_is_sent_back_while_a_test_is_broken_but_not_for_ever() -> None:
    one = Conversed([FINISH, FINISH, call("finish", summary="I give up.")], bench=broken())
    assert one.run() == "I give up."
    assert [ok for _, ok, _ in one.tools] == [False, False, False]
    assert one.tools[0][2] == "not finished: 1 tests that passed before fail now\nt::x\n\nend"


def test_finish_is_believed_once_the_test_is_whole_again() -> None:
    one = Conversed([FINISH, call("edit", path="a.py", old="2", new="1"), FINISH], bench=broken())
    assert one.run() == "Done."
    assert [ok for _, ok, _ in one.tools] == [False, True, True]


def test_the_limit_of_turns_holds_for_earlier_processes_too() -> None:
    first = Conversed([call("read", path="a.py")] * 3, turns=2)
    with pytest.raises(LimitReached, match="limit of 2 answers") as reached:
        first.run()
    assert (reached.value.limit, first.model.left) == ("turns", 1)
    with pytest.raises(LimitReached):
        Conversed([FINISH], past=first.events, turns=2).run()
    assert Conversed([FINISH], past=first.events, turns=3).run() == "Done."


def test_what_must_stop_stops_between_two_calls() -> None:
    one = Conversed([calls(("create", {"path": "c", "text": ""}), ("create", {"path": "d", "text": ""}))])
    looks = itertools.count()

    def check() -> None:
        if next(looks) == 2:  # before asking, before the first call, after it
            raise Interrupted("Ctrl-C")

    one.loop.check = check
    with pytest.raises(Interrupted):
        one.run()
    assert one.bench.files() == ["a.py", "c", "deep/b.py"]
    assert Conversed([FINISH], past=one.events, bench=one.bench).run() == "Done."
    assert one.bench.files() == ["a.py", "c", "d", "deep/b.py"]


# ---- a conversation that no longer fits

LONG = {f"f{n}.py": f"# {'x' * 300} {n}\n" for n in range(7)}


def test_an_overflow_is_answered_once_by_leaving_out_old_results() -> None:
    reads = [call("read", path=f"f{n}.py") for n in range(7)]
    one = Conversed([*reads, ContextTooLong("too long"), FINISH], bench=MemoryBench(LONG))
    assert one.run() == "Done."
    before, after = one.model.requests[-2].messages, one.model.requests[-1].messages
    assert len(before) == len(after)
    shortened = [i for i, (a, b) in enumerate(zip(before, after, strict=True)) if a != b]
    results = [i for i, message in enumerate(before) if message.role == "tool"]
    assert shortened == results[:3]
    assert after[results[0]] == replace(before[results[0]], content="[left out: 310 characters]")
    asked = [event for event in one.events if isinstance(event, ModelAsked)]
    assert (asked[-1].fresh, asked[-1].new) == (True, after)


def test_a_conversation_that_cannot_be_shortened_ends() -> None:
    with pytest.raises(ContextTooLong):
        Conversed([ContextTooLong("too long"), FINISH]).run()
    with pytest.raises(ContextTooLong):
        Conversed(
            [*(call("read", path=f"f{n}.py") for n in range(7)), ContextTooLong("1"), ContextTooLong("2")],
            bench=MemoryBench(LONG),
        ).run()


# ---- killed at any moment

turns = st.sampled_from(
    [
        call("read", path="a.py"),
        call("create", path="new.py", text="y = 1\n"),
        call("edit", path="a.py", old="x", new="xx"),
        calls(("read", {"path": "a.py"}), ("search", {"pattern": "x"})),
        calls(("run", {"command": "ls"}), text="Let me look."),
        raw("read", "{broken"),
        say("Hm."),
        say("First I sh", finish="length"),
        FINISH,
    ]
)


def requests_of(one: Conversed) -> list[tuple[Message, ...]]:
    return [request.messages for request in one.model.requests]


@given(st.lists(turns, min_size=1, max_size=8))
@settings(max_examples=40)
def test_killed_after_any_event_it_goes_on_as_if_nothing_had_happened(script: list[ModelReply]) -> None:
    """The bench is put back to the last recorded tree, as a job does; then the same questions are asked."""
    script = [*script, FINISH, FINISH, FINISH]
    whole = Conversed(script)
    summary = whole.run()
    questions = requests_of(whole)
    for cut in range(len(whole.events) + 1):
        past = whole.events[:cut]
        answered = sum(isinstance(event, ModelAnswered) for event in past)
        again = Conversed(script[answered:], past=past, bench=bench_after(past))
        assert again.run() == summary
        assert requests_of(again) == questions[answered:]
        assert again.bench.content == whole.bench.content
        said = [event for event in [*past, *again.events] if isinstance(event, ToolUsed)]
        assert [(e.name, e.ok, e.result) for e in said] == whole.tools


def bench_after(past: Sequence[EventBody]) -> MemoryBench:
    bench = MemoryBench(FILES)
    for event in past:
        if isinstance(event, ToolUsed) and event.tree:
            result_of_tool(bench, event)
            assert bench.tree() == event.tree
    return bench


def result_of_tool(bench: MemoryBench, event: ToolUsed) -> None:
    from swe_agent.agent import tools

    tools.BY_NAME[event.name].use(bench, json.loads(event.arguments))


@given(st.lists(turns, min_size=1, max_size=8))
@settings(max_examples=40)
def test_the_prefix_only_grows(script: list[ModelReply]) -> None:
    one = Conversed([*script, FINISH, FINISH, FINISH])
    one.run()
    for earlier, later in itertools.pairwise(requests_of(one)):
        assert later[: len(earlier)] == earlier
        assert len(later) > len(earlier)
    recorded = [message for event in one.events if isinstance(event, ModelAsked) for message in event.new]
    assert [m for m in requests_of(one)[-1] if m.role != "assistant"] == recorded
    assert all(request.tools == one.model.requests[0].tools for request in one.model.requests)


@given(st.lists(turns, min_size=1, max_size=8))
@settings(max_examples=40)
def test_a_conversation_is_the_fold_of_its_events(script: list[ModelReply]) -> None:
    one = Conversed([*script, FINISH, FINISH, FINISH])
    one.run()
    answered = [event for event in one.events if isinstance(event, ModelAnswered)]
    talk = Conversation.replayed(one.events)
    assert (talk.finished or talk.silences >= 2, talk.turns) == (True, len(answered))


# ---- asking and planning


def test_what_was_asked_and_answered_is_recorded_with_its_price() -> None:
    one = Conversed([FINISH], price=PRICE)
    one.run()
    asked, answered, _ = one.events
    assert asked == ModelAsked(
        call=1, role="editor", model="scripted", new=OPENING, request_hash=request_hash(one.model.requests[0])
    )
    assert isinstance(answered, ModelAnswered)
    assert (answered.cost, answered.usage) == (Cost(nano_usd=120), USAGE)


def test_an_unknown_price_is_not_nothing() -> None:
    one = Conversed([FINISH])
    one.run()
    assert [event.cost for event in one.events if isinstance(event, ModelAnswered)] == [Cost(nano_usd=None)]


def test_a_plan_is_asked_for_and_read() -> None:
    one = Conversed([say("It is lost.\n1. Use it in `a.py`")])
    assert make_plan(one.loop.speaker, "the task", effort=None) == Plan(
        summary="It is lost.", steps=(Step(text="Use it in `a.py`", paths=("a.py",)),)
    )
    assert [event.role for event in one.events if isinstance(event, ModelAsked)] == ["planner"]


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (say("No.", finish="refusal"), ModelRefused),
        (say(" \n"), ModelBadAnswer),
        (call("read", path="a"), ModelBadAnswer),
    ],
)
def test_no_plan_is_told(reply: ModelReply, error: type[Exception]) -> None:
    with pytest.raises(error):
        make_plan(Conversed([reply]).loop.speaker, "the task", effort=None)


@pytest.mark.parametrize(
    ("text", "plan"),
    [
        ("Only words.", Plan(summary="Only words.")),
        ("", Plan(summary="")),
        (
            "The cause\nis here.\n\n1) First `a/b.py`\n   goes on\n\n2. Second `total` and `c.py` and `c.py`\n",
            Plan(
                summary="The cause is here.",
                steps=(
                    Step(text="First `a/b.py` goes on", paths=("a/b.py",)),
                    Step(text="Second `total` and `c.py` and `c.py`", paths=("c.py",)),
                ),
            ),
        ),
        ("- one\n* two\n", Plan(summary="", steps=(Step(text="one"), Step(text="two")))),
        ("-1 is wrong\n1.5 too", Plan(summary="-1 is wrong 1.5 too")),
    ],
)
def test_plans_are_read_leniently(text: str, plan: Plan) -> None:
    assert parse_plan(text) == plan


@given(st.text())
def test_any_text_is_a_plan(text: str) -> None:
    assert isinstance(parse_plan(text), Plan)
