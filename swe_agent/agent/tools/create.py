"""Create a file that is not there yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from swe_agent.agent.bench import Bench
from swe_agent.agent.tools.tool import Result, Tool, spec
from swe_agent.core.edit import Create


def _use(bench: Bench, arguments: Mapping[str, Any]) -> Result:
    path = arguments["path"].removeprefix("./")
    refused = bench.edit([Create(path=path, text=arguments["text"])])
    if refused is not None:
        return Result(text=refused, ok=False)
    return Result(text=f"created {path}", changes_tree=True)


TOOL = Tool(
    spec=spec(
        "create",
        "Create a new file. It must not exist yet.",
        {"path": "string: relative to the top of the repository", "text": "string: the whole content"},
    ),
    use=_use,
)
