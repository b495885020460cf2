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

    def note(self, tool: ToolUsed) -> int:
        """How often the state has been met, this time included."""
        self.tree = tool.tree or self.tree
        state = self._state(tool)
        self._met[state] += 1
        self.stale = self.stale + 1 if self._met[state] > 1 else 0
        return self._met[state]

    def times(self, tool: ToolUsed) -> int:
        """How often the state would have been met, were this noted."""
        before, self.tree = self.tree, tool.tree or self.tree
        times = self._met[self._state(tool)] + 1
        self.tree = before
        return times

    def _state(self, tool: ToolUsed) -> str:
        try:
            arguments = json.dumps(json.loads(tool.arguments or "{}"), sort_keys=True)
        except (ValueError, RecursionError):
            arguments = tool.arguments
        result = _TIMES.sub("", tool.result.partition(NOTE)[0])
        return sha256("\0".join([tool.name, arguments, result, self.tree]).encode("utf-8", "replace")).hexdigest()


NOTE = "\n\n[harness] "


def told(times: int) -> str:
    """What is added to a result that was had so many times; nothing at first."""
    if times < TOLD_AT:
        return ""
    return (
        f"{NOTE}This is the {times}th time that this call gives this result, and no file has changed in between. "
        "Do something else; if something is in the way, call `finish` and say what."
    )
