"""The plan, before anything is edited: one question, or where a person waits for it, a look around; read leniently."""

from __future__ import annotations

import re
from collections.abc import Sequence

from swe_agent.agent.loop import Loop
from swe_agent.agent.speaker import Speaker
from swe_agent.core.errors import ModelBadAnswer, ModelRefused
from swe_agent.core.event import EventBody
from swe_agent.core.message import Message
from swe_agent.core.plan import Plan, Step
from swe_agent.core.task import Effort
from swe_agent.prompts.render import prompt

SHOWN = "You have no tools: plan by what you are shown. What the plan names is shown to the editor."
LOOKING = "Look first, with your tools, at what you are not shown: what is defined where, and what uses it."


def make_plan(speaker: Speaker, opening: str, *, effort: Effort | None) -> Plan:
    """Ask for a plan. Raises ModelRefused, or ModelBadAnswer where the answer is empty."""
    reply = speaker.question("planner", prompt("planner").render(looking=SHOWN), opening, effort=effort, most=2048)
    if reply.finish == "refusal":
        raise ModelRefused("the model declined to plan this task", hint="word it differently, or use another `--model`")
    return _planned(reply.content)


def look_and_plan(loop: Loop, opening: str, past: Sequence[EventBody]) -> Plan:
    """A plan by a planner that may look around first: its loop has tools that read and no others."""
    messages = (
        Message(role="system", content=prompt("planner").render(looking=LOOKING)),
        Message(role="user", content=opening),
    )
    return _planned(loop.go(messages, past).summary)


def _planned(said: str) -> Plan:
    if not said.strip():
        raise ModelBadAnswer("the model's plan is empty", hint="run again, or use another `--model`")
    return parse_plan(said)


def parse_plan(text: str) -> Plan:
    """The text before the first numbered or bulleted line is the summary; each such line is a step.

    >>> plan = parse_plan("The discount is lost.\\n1. Use it in `cart.py`\\n")
    >>> plan.summary, plan.steps[0].paths
    ('The discount is lost.', ('cart.py',))
    """
    summary: list[str] = []
    steps: list[str] = []
    for line in text.strip().splitlines():
        item = re.match(r"\s*(?:\d+[.)]|[-*])\s+(.*)", line)
        if item:
            steps.append(item[1].strip())
        elif not steps:
            summary.append(line.strip())
        elif line.strip():
            steps[-1] += " " + line.strip()
    return Plan(
        summary=" ".join(part for part in summary if part),
        steps=tuple(Step(text=step, paths=_paths(step)) for step in steps),
    )


def _paths(step: str) -> tuple[str, ...]:
    quoted = re.findall(r"`([^`\s]+)`", step)
    return tuple(dict.fromkeys(path for path in quoted if "." in path.rsplit("/", 1)[-1] or "/" in path))
