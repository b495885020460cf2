"""The loop on its own: what it does with good and bad answers, and that it goes on where it was killed."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swe_agent.agent.conversation import Conversation
from swe_agent.agent.finishing import Finishing
from swe_agent.agent.loop import Loop, Manner
from swe_agent.agent.planner import look_and_plan, make_plan, parse_plan
from swe_agent.agent.repeats import MOST_STALE
from swe_agent.agent.speaker import Speaker
from swe_agent.agent.tools import Toolbox, for_editing, for_reading
from swe_agent.agent.tools.tool import Result
from swe_agent.core.errors import (
    ContextTooLong,
    Interrupted,
    LimitReached,
    ModelBadAnswer,
    ModelRefused,
    ModelUnavailable,
)
from swe_agent.core.event import Escalated, EventBody, ModelAnswered, ModelAsked, ToolUsed, Warned
from swe_agent.core.message import Message, ModelReply, ToolCall
from swe_agent.core.plan import Plan, Step
from swe_agent.core.usage import Cost, Price, Usage
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


class Believing(Finishing):
    """Asks for nothing but that no test is broken."""

    def judge(self, *, checked: bool, steps: str) -> Result:
        return Finishing.judge(self, checked=True, steps=steps)


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
        toolbox: Toolbox | None = None,
        manner: Manner | None = None,
        finishing: Callable[[MemoryBench], Finishing] = lambda bench: Believing(bench=bench),
    ) -> None:
        self.bench = bench or MemoryBench(FILES)
        self.model = ScriptedModel(steps, price=price)
        self.events: list[EventBody] = []
        ticks = itertools.count()
        speaker = Speaker(
            model_of=lambda _role: self.model,
            emit=self.events.append,
            on_token=lambda text: None,
            monotonic=lambda: float(next(ticks)),
            request_hash=request_hash,
        )
        self.loop = Loop(
            speaker=speaker,
            bench=self.bench,
            toolbox=toolbox or for_editing(),
            check=lambda: None,
            manner=manner or Manner(most_turns=turns),
            finishing=finishing(self.bench),
        )
        self.past = past

    def run(self) -> str:
        return self.loop.go(OPENING, self.past).summary

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
        (call("plan", steps="first this"), "write one step a line"),
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
        (
            call("search", pattern="total"),
            "defined: deep/b.py:1-2  function total  def total()\ndeep/b.py:1: def total():",
            FILES,
        ),
        (call("plan", steps="[x] look\n[ ] mend"), "kept; 1 open", FILES),
        (call("edit", path="a.py", old="1", new="2"), "edited a.py:\n    1\tx = 2", {**FILES, "a.py": "x = 2\n"}),
        (call("create", path="c.py", text="y\n"), "created c.py", {**FILES, "c.py": "y\n"}),
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
    one = Conversed([calls(("create", {"path": "c", "text": "1\n"}), ("read", {"path": "c"})), FINISH])
    one.run()
    assert [name for name, _, _ in one.tools] == ["create", "read", "finish"]
    assert [m.tool_call_id for m in one.model.requests[1].messages[-2:]] == ["call_1", "call_2"]


def test_secrets_never_reach_the_model() -> None:
    key = "AKIA" + "ABCDEFGHIJKLMNOP"
    one = Conversed([call("read", path="k"), FINISH], bench=MemoryBench({"k": f"{key}\n"}))
    one.loop.go([Message(role="user", content=f"use {key}")], ())
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


# ---- looked at before it is believed

CHANGE = call("edit", path="a.py", old="1", new="2")


def fix(bench: MemoryBench) -> Finishing:
    return Finishing(bench=bench, kind="fix")


def test_a_finish_without_a_change_is_asked_about_once() -> None:
    one = Conversed([FINISH, FINISH], finishing=fix)
    assert one.run() == "Done."
    assert [ok for _, ok, _ in one.tools] == [False, True]
    assert one.tools[0][2].endswith("- No file has been changed.")


def test_a_fix_that_nothing_proves_is_asked_about_once() -> None:
    bench = MemoryBench(FILES, {"t::x": lambda files: True})
    one = Conversed([CHANGE, FINISH, FINISH], bench=bench, finishing=fix)
    assert one.run() == "Done."
    assert "No test fails without the change" in one.tools[1][2]


def test_a_fix_that_a_test_proves_is_believed_at_once() -> None:
    bench = MemoryBench(FILES, {"t::x": lambda files: files["a.py"] == "x = 2\n"})
    one = Conversed([CHANGE, FINISH], bench=bench, finishing=fix)
    assert one.run() == "Done."
    assert one.tools[1][1:] == (True, "finished")


def test_what_is_open_in_the_plan_and_what_a_critic_says_is_asked_about() -> None:
    def critical(bench: MemoryBench) -> Finishing:
        return Finishing(bench=bench, kind="feature", criticise=lambda verdict: f"{verdict.word}: b.py is not covered")

    steps = call("plan", steps="1. [x] look\n2. [ ] mend b.py")
    one = Conversed([steps, CHANGE, FINISH, FINISH], finishing=critical)
    assert one.run() == "Done."
    assert one.tools[2][2].split("\n")[1:] == [
        "- Open in your plan: mend b.py",
        "- A reviewer of the change says:",
        "unverified: b.py is not covered",
    ]


# ---- in circles


def test_a_call_that_brings_nothing_new_is_told_and_the_job_ends_with_what_there_is() -> None:
    one = Conversed([CHANGE, *[call("read", path="a.py")] * 20])
    assert one.run() == "Stopped, for the last 8 calls brought nothing that was not known."
    told = ["[harness]" in text for name, _, text in one.tools if name == "read"]
    assert told == [False, False, *[True] * 7]
    assert [type(event) for event in one.events].count(Warned) == 1


def test_the_same_call_is_work_as_long_as_files_change() -> None:
    edits = [call("edit", path="a.py", old=f"x = {n}", new=f"x = {n + 1}") for n in range(1, 12)]
    script = [step for edit in edits for step in (edit, call("run", command="make"))]
    one = Conversed([*script, FINISH])
    assert one.run() == "Done."
    assert not any("[harness]" in text for _, _, text in one.tools)


def test_going_back_and_forth_is_a_circle_too() -> None:
    there, back = call("edit", path="a.py", old="1", new="2"), call("edit", path="a.py", old="2", new="1")
    assert Conversed([there, back] * 20).run().startswith("Stopped")


def test_a_stronger_model_is_asked_for_where_evidence_is_missing() -> None:
    stronger = ["strong"]

    def escalate(reason: str) -> str:
        return stronger.pop() if stronger else ""

    wrong = call("edit", path="a.py", old="nowhere", new="1")
    one = Conversed([*[wrong] * 4, CHANGE, FINISH], manner=Manner(escalate=escalate))
    assert one.run() == "Done."
    assert [event for event in one.events if isinstance(event, Escalated)] == [
        Escalated(reason="4 edits in a row were refused", model="strong")
    ]
    assert Conversation.replayed(one.events).refused == 0


# ---- another format of edits, and a planner that looks around


def test_edits_as_a_text_in_a_format() -> None:
    text = "*** Begin Patch\n*** Update File: a.py\n@@\n-x = 1\n+x = 2\n*** Add File: c.py\n+y = 1\n*** End Patch"
    one = Conversed([call("edit", text=text), call("edit", text="nothing"), FINISH], toolbox=for_editing("apply-patch"))
    assert one.run() == "Done."
    assert one.tools[0] == ("edit", True, "edited a.py, c.py")
    assert one.tools[1][1] is False
    assert one.bench.content == {**FILES, "a.py": "x = 2\n", "c.py": "y = 1\n"}


def test_a_planner_looks_around_and_cannot_change_anything() -> None:
    plan = "It is one.\n1. Make it two in `a.py`"
    one = Conversed(
        [call("read", path="a.py"), CHANGE, say(plan)], toolbox=for_reading(), manner=Manner(role="planner")
    )
    assert look_and_plan(one.loop, "the task", ()) == parse_plan(plan)
    assert [(name, ok) for name, ok, _ in one.tools] == [("read", True), ("edit", False)]
    assert one.bench.content == FILES
    assert Conversation.replayed(one.events).sent == []


# ---- a conversation that no longer fits

LONG = {f"f{n}.py": f"# {'x' * 3000} {n}\n" for n in range(7)}
READS = [call("read", path=f"f{n}.py") for n in range(7)]


def test_an_overflow_is_answered_by_pinning_what_counts_and_noting_the_rest() -> None:
    script = [
        call("plan", steps="[ ] mend a.py"),
        *READS,
        call("edit", path="f0.py", old="0", new="zero"),
        ContextTooLong("too long"),
        say("f0 to f6 hold only x."),
        FINISH,
    ]
    one = Conversed(script, bench=MemoryBench(LONG), manner=Manner(failing=lambda: "- t::x"))
    assert one.run() == "Done."
    before, after = one.model.requests[-3].messages, one.model.requests[-1].messages
    assert after[:2] == before[:2] == OPENING
    for part in ("f0 to f6 hold only x.", "- read", "[ ] mend a.py", "- t::x", "zero"):
        assert part in after[2].content
    assert after[3:] == before[-len(after[3:]) :]
    assert sum(len(m.content) for m in after) < 0.75 * sum(len(m.content) for m in before)
    asked = [event for event in one.events if isinstance(event, ModelAsked)]
    assert [(event.role, event.fresh) for event in asked[-2:]] == [("summariser", False), ("editor", True)]
    assert Conversation.replayed(one.events).sent[:-1] == list(after)


def test_it_is_shortened_before_the_window_is_full_and_without_a_summariser() -> None:
    used = Usage(input_tokens=9_000, output_tokens=10)
    big = replace(call("read", path="f1.py"), usage=used)
    script = [*READS[:4], big, ModelUnavailable("down"), FINISH]
    one = Conversed(script, bench=MemoryBench(LONG), manner=Manner(context_tokens=10_000))
    assert one.run() == "Done."
    assert [event.message for event in one.events if isinstance(event, Warned)] == [
        "the conversation was shortened without a summary: down"
    ]
    assert "- read" in one.model.requests[-1].messages[2].content


def test_a_conversation_that_cannot_be_shortened_ends() -> None:
    with pytest.raises(ContextTooLong):
        Conversed([ContextTooLong("too long"), FINISH]).run()
    with pytest.raises(ContextTooLong):
        Conversed(
            [*READS, ContextTooLong("1"), say("notes"), ContextTooLong("2"), ContextTooLong("3")],
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
    for_editing().by_name[event.name].use(bench, json.loads(event.arguments))


@given(st.lists(turns, min_size=1, max_size=8))
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
def test_a_conversation_is_the_fold_of_its_events(script: list[ModelReply]) -> None:
    one = Conversed([*script, FINISH, FINISH, FINISH])
    one.run()
    answered = [event for event in one.events if isinstance(event, ModelAnswered)]
    talk = Conversation.replayed(one.events)
    ended = talk.finished or talk.silences >= 2 or talk.repeats.stale >= MOST_STALE
    assert (ended, talk.turns) == (True, len(answered))


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


def test_lines_around_places_that_are_near_each_other_are_shown_once() -> None:
    bench = MemoryBench({"f.txt": "1\nkey 2\n3\nkey 4\n5\n6\n7\n8\nkey 9\n"})
    assert result_of(call("search", pattern="key", context=1), bench) == (
        True,
        "f.txt:2:\n    1\t1\n    2\tkey 2\n    3\t3\n    4\tkey 4\n    5\t5\nf.txt:9:\n    8\t8\n    9\tkey 9\n   10\t",
    )
