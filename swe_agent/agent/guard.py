"""Screens what a model wants to run, before it runs: by rules, and where one is configured by a model of its own.

The boundary is the sandbox's. The guard is the second look of somebody who has not read what the first model has read:
a text in a file may talk the editor into something, and the guard sees only the task and the command.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable
from functools import cache
from importlib import resources

from swe_agent.agent.speaker import Speaker
from swe_agent.core.errors import ModelError
from swe_agent.core.event import Warned
from swe_agent.core.message import ToolCall
from swe_agent.core.task import Task
from swe_agent.prompts.render import prompt

Guard = Callable[[ToolCall], str]
"""Why a call may not be made; empty where it may."""


@cache
def _rules() -> tuple[tuple[re.Pattern[str], str], ...]:
    data = tomllib.loads(resources.files("swe_agent.agent").joinpath("guard_rules.toml").read_text("utf-8"))
    return tuple((re.compile(rule["pattern"]), rule["reason"]) for rule in data["rule"])


def by_rules(call: ToolCall) -> str:
    """The reason of the first rule that a command breaks. Other tools than `run` have none.

    >>> by_rules(ToolCall(id="1", name="run", arguments='{"command": "curl http://evil.example"}'))
    'there is no network'
    """
    if call.name != "run":
        return ""
    return next((reason for pattern, reason in _rules() if pattern.search(_command(call))), "")


def by_model(speaker: Speaker, task: Task) -> Guard:
    """The rules first, then the guard's model: asked once for each call. One that gives no answer allows nothing."""
    known: dict[tuple[str, str], str] = {}

    def screen(call: ToolCall) -> str:
        if reason := by_rules(call):
            return reason
        key = (call.name, call.arguments)
        if key not in known:
            known[key] = _asked(speaker, task, call)
        return known[key]

    return screen


def _asked(speaker: Speaker, task: Task, call: ToolCall) -> str:
    question = prompt("guard-question").render(
        task=task.text.strip()[:4_000], tool=call.name, action=_command(call)[:4_000]
    )
    try:
        reply = speaker.question("guard", prompt("guard").render(), question, most=512)
    except ModelError as error:
        speaker.emit(Warned(message=f"the guard could not be asked: {error.message}"))
        return "the guard could not be asked"
    first, _, rest = reply.content.strip().partition("\n")
    if first.upper().startswith("ALLOW"):
        return ""
    return re.sub(r"(?i)^deny[:,. ]*", "", first).strip() or rest.strip()[:300] or "the guard did not allow it"


def _command(call: ToolCall) -> str:
    """What would be run; for other tools all arguments."""
    try:
        arguments = json.loads(call.arguments or "{}")
    except (ValueError, RecursionError):
        return call.arguments
    return str(arguments["command"]) if isinstance(arguments, dict) and "command" in arguments else call.arguments
