"""Keep a plan of the work. It is held before the model's eyes when a long conversation is shortened."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from swe_agent.agent.bench import Bench
from swe_agent.agent.tools.tool import Result, Tool, spec

NAME = "plan"
_STEP = re.compile(r"^\s*(?:[-*]|\d+[.)])?\s*\[([ xX])\]\s*(\S.*)$")


def open_steps(steps: str) -> tuple[str, ...]:
    """Steps that are not ticked off.

    >>> open_steps("[x] find it\\n[ ] mend it")
    ('mend it',)
    """
    found = (_STEP.match(line) for line in steps.splitlines())
    return tuple(match[2].strip() for match in found if match and match[1] == " ")


def _use(_bench: Bench, arguments: Mapping[str, Any]) -> Result:
    steps = arguments["steps"]
    if not any(_STEP.match(line) for line in steps.splitlines()):
        return Result(text="write one step a line, each with `[ ]` or `[x]` before it", ok=False)
    left = open_steps(steps)
    return Result(text=f"kept; {len(left)} open" if left else "kept; all done")


TOOL = Tool(
    spec=spec(
        NAME,
        "Keep the plan of a task of several parts. Each call replaces the one before.",
        {"steps": "string: one step a line, with `[ ]` before it, or `[x]` when it is done"},
    ),
    use=_use,
)
