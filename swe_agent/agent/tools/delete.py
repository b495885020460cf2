"""Delete a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from swe_agent.agent.bench import Bench
from swe_agent.agent.tools.tool import Result, Tool, spec
from swe_agent.core.edit import Delete


def _use(bench: Bench, arguments: Mapping[str, Any]) -> Result:
    path = arguments["path"].removeprefix("./")
    refused = bench.edit([Delete(path=path)])
    if refused is not None:
        return Result(text=refused, ok=False)
    return Result(text=f"deleted {path}", changes_tree=True)


TOOL = Tool(spec=spec("delete", "Delete a file.", {"path": "string: relative to the top of the repository"}), use=_use)
