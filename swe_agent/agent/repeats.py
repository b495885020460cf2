"""Whether a conversation goes in circles: told by the state, not by repetition.

A state is a call, what came of it, and the tree afterwards. A test run that is called twenty times is work as long as
files change in between, and so is a search in a file that was edited; a call that finds the same with the same files
is none, in whatever order it comes.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from hashlib import sha256

from swe_agent.core.event import ToolUsed

TOLD_AT = 3
"""Times that one state is met, from which on the model is told."""
MOST_STALE = 8
"""Calls in a row that met no new state, after which nothing more is to be hoped for."""
_TIMES = re.compile(r"\d+(?:\.\d+)? ?(?:ms|s|sec|seconds?)\b|0x[0-9a-f]+")


@dataclass(slots=True)
class Repeats:
    """A fold of the tools that were used."""

    tree: str = ""
    stale: int = 0
    _met: Counter[str] = field(default_factory=Counter)

    def note(self, tool: ToolUsed) -> None:
        self.stale = self.stale + 1 if self.times(tool) > 1 else 0
        self._met[self._state(tool)] += 1
        self.tree = tool.tree or self.tree

    def times(self, tool: ToolUsed) -> int:
        """How often its state will have been met with this one."""
        return self._met[self._state(tool)] + 1

    def _state(self, tool: ToolUsed) -> str:
        try:
            arguments = json.dumps(json.loads(tool.arguments or "{}"), sort_keys=True)
        except (ValueError, RecursionError):
            arguments = tool.arguments
        result = _TIMES.sub("", tool.result.partition(NOTE)[0])
        parts = [tool.name, arguments, result, tool.tree or self.tree]
        return sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()


NOTE = "\n\n[harness] "


def told(times: int) -> str:
    """What is added to a result that was had so many times; nothing at first."""
    if times < TOLD_AT:
        return ""
    return (
        f"{NOTE}This is the {times}th time that this call gives this result, and no file has changed in between. "
        "Do something else; if something is in the way, call `finish` and say what."
    )
