"""Stand-ins for a model, as servers on loopback: one that knows the answer, one that does nothing, one that is wrong.

They show that harness and grader are true: with the first every task has to come out resolved, with the others none. A
stand-in sees what a model sees, and of that only which tools there are.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from typing import Any

from benchmarks.harness.tasks.changes import Call, Change, calls, changes, shell_of
from benchmarks.harness.tasks.material import Material
from swe_agent.core.message import ModelReply
from swe_agent.testing.loopback import Step
from swe_agent.testing.scripted import calls as called
from swe_agent.testing.scripted import say

NAMES = ("oracle", "noop", "wrong", "adversarial")
MOST_FINISHES = 5
LONGEST_REPLY = 150_000
SUBMIT = "echo COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT"
"""How an agent with nothing but a shell is told that all is done: mini-swe-agent's word for it."""
Body = Mapping[str, Any]


class Stand:
    """A policy for the loopback server: a plan for who asks without tools, the calls one answer after another, then
    `finish` as often as it is asked to look again."""

    def __init__(
        self, plan: str, prepare: Callable[[Mapping[str, Sequence[str]]], Sequence[Call]], summary: str
    ) -> None:
        self._plan, self._prepare, self._summary = plan, prepare, summary
        self._replies: list[Sequence[Call]] | None = None
        self._finishes = self._plans = 0
        self._lock = Lock()

    def __call__(self, body: Body) -> Step:
        with self._lock:
            tools = tools_of(body)
            return self._with_tools(tools) if tools else self._without(body)

    def _without(self, body: Body) -> ModelReply:
        if "plan" in system_of(body) or not self._plans:
            self._plans += 1
            return say(self._plan)
        return say("OK")

    def _with_tools(self, tools: Mapping[str, Sequence[str]]) -> ModelReply:
        if self._replies is None:
            self._replies = list(_parcels(self._prepare(tools)))
        if self._replies:
            return called(*self._replies.pop(0))
        self._finishes += 1
        if "finish" not in tools and self._finishes == 1 and (shell := shell_of(tools)):
            return called((shell, {"command": SUBMIT}))
        if self._finishes > MOST_FINISHES or "finish" not in tools:
            return say(self._summary)
        return called(("finish", {"summary": self._summary}))


def tools_of(body: Body) -> dict[str, tuple[str, ...]]:
    """The names of the tools in a request, with those of their parameters."""
    stated = (tool.get("function", tool) for tool in body.get("tools") or ())
    return {one["name"]: tuple(one.get("parameters", {}).get("properties", {})) for one in stated}


def system_of(body: Body) -> str:
    said = (message.get("content") or "" for message in body["messages"] if message["role"] in ("system", "developer"))
    return " ".join(text if isinstance(text, str) else str(text) for text in said).lower()


def _parcels(every: Sequence[Call]) -> list[list[Call]]:
    """As many calls in one answer as a model would send."""
    parcels: list[list[Call]] = []
    size = LONGEST_REPLY
    for call in every:
        length = sum(len(str(value)) for value in call[1].values())
        if size + length > LONGEST_REPLY:
            parcels.append([])
            size = 0
        parcels[-1].append(call)
        size += length
    return parcels


def oracle(material: Material) -> Stand:
    found = changes(material, material.task.gold)
    return Stand(_plan(found), lambda tools: calls(found, tools), "The cause is mended where it lies.")


def noop(material: Material) -> Stand:
    found = changes(material, material.task.gold)
    return Stand(_plan(found), lambda _tools: [], "Everything is in order as it is.")


def wrong(material: Material) -> Stand:
    """The right file and the right place, and a change that changes nothing."""
    found = [change for change in changes(material, material.task.gold) if change.before and change.after]
    source = next((change for change in found if change.path.endswith(".py")), None)
    harmless = [_harmless(source)] if source else []
    return Stand(_plan(found), lambda tools: calls(harmless, tools), "The condition was checked and is now handled.")


def _harmless(change: Change) -> Change:
    """A comment at the first line that the gold patch changes, or at the end where a comment there would not be one."""
    assert change.before is not None
    assert change.after is not None
    before, after = (text.decode("utf-8", "surrogateescape") for text in (change.before, change.after))
    lines, fresh = before.splitlines(keepends=True), after.splitlines(keepends=True)
    at = next((n for n, (old, new) in enumerate(zip(lines, fresh, strict=False)) if old != new), len(lines))
    indent = re.match(r"[ \t]*", lines[at] if at < len(lines) else "")
    assert indent is not None
    comment = f"{indent[0]}# The case of the report is handled here.\n"
    inside = "".join([*lines[:at], comment, *lines[at:]])
    text = (
        inside if at < len(lines) and _means_the_same(before, inside) else f"{before}\n# The report is handled above.\n"
    )
    return Change(path=change.path, before=change.before, after=text.encode("utf-8", "surrogateescape"))


def _means_the_same(one: str, other: str) -> bool:
    try:
        return ast.dump(ast.parse(one)) == ast.dump(ast.parse(other))
    except (SyntaxError, ValueError):
        return False


def _plan(found: Sequence[Change]) -> str:
    steps = [f"{number}. Change `{change.path}`" for number, change in enumerate(found[:6], 1)]
    return "\n".join(["The cause lies in the code that the task names.", *(steps or ["1. Look at the code"])])
