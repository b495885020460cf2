"""Replace text in a file: exact and unique, or refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from swe_agent.agent.bench import Bench
from swe_agent.agent.tools.tool import Result, Tool, spec
from swe_agent.core.edit import Replace


def _use(bench: Bench, arguments: Mapping[str, Any]) -> Result:
    path = arguments["path"].removeprefix("./")
    refused = bench.edit([Replace(path=path, old=arguments["old"], new=arguments["new"])])
    if refused is not None:
        return Result(text=refused, ok=False)
    return Result(text=f"edited {path}", changes_tree=True)


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
