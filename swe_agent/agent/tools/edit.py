"""Replace text in a file: exact and unique, or refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from swe_agent.agent.bench import Bench
from swe_agent.agent.tools.tool import Result, Tool, cut, spec
from swe_agent.core.edit import Replace

_AROUND = 3


def _use(bench: Bench, arguments: Mapping[str, Any]) -> Result:
    path, old, new = arguments["path"].removeprefix("./"), arguments["old"], arguments["new"]
    before = _plain(bench.read(path) or "")
    refused = bench.edit([Replace(path=path, old=old, new=new)])
    if refused is not None:
        return Result(text=refused, ok=False)
    # Where `old` stood, and not where `new` is first found: the same words may stand elsewhere too.
    shown = _now(_plain(bench.read(path) or ""), max(0, before.find(_plain(old))), _plain(new))
    return Result(text=f"edited {path}:\n{shown}", changes_tree=True)


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n")


def _now(text: str, at: int, new: str) -> str:
    """The new lines as they stand in the file, with three around them: what a `git diff` would be run for."""
    if not new.strip():
        return "(the lines are gone)"
    lines = text.removesuffix("\n").split("\n")
    first = text.count("\n", 0, at) + 1
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
