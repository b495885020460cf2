"""Replace text in a file: exact and unique, or refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from swe_agent.agent.bench import Bench
from swe_agent.agent.tools.tool import Result, Tool, cut, spec
from swe_agent.core.edit import Replace

_AROUND = 3


def _use(bench: Bench, arguments: Mapping[str, Any]) -> Result:
    path = arguments["path"].removeprefix("./")
    refused = bench.edit([Replace(path=path, old=arguments["old"], new=arguments["new"])])
    if refused is not None:
        return Result(text=refused, ok=False)
    return Result(text=f"edited {path}:\n{_now(bench.read(path) or '', arguments['new'])}", changes_tree=True)


def _now(text: str, new: str) -> str:
    """The new lines as they stand in the file, with three around them: what a `git diff` would be run for."""
    plain = text.replace("\r\n", "\n")
    at = plain.find(new.replace("\r\n", "\n")) if new.strip() else -1
    if at < 0:
        return "(the lines are gone)"
    lines = plain.split("\n")
    first = plain.count("\n", 0, at) + 1
    last = first + new.rstrip("\n").count("\n")
    shown = range(max(1, first - _AROUND), min(len(lines), last + _AROUND) + 1)
    return cut("\n".join(f"{n:>5}\t{lines[n - 1]}" for n in shown), 3000)


TOOL = Tool(
    spec=spec(
        "edit",
        "Replace `old` by `new` in a file. `old` must stand there exactly once, quoted exactly, white space included.",
        {
            "path": "string: relative to the top of the repository",
            "old": "string: the text as it stands in the file, without line numbers",
            "new": "string: the text to put in its place; empty to delete it",
        },
    ),
    use=_use,
)
