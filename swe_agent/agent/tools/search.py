"""Find text in the files of the tree."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from swe_agent.agent.bench import Bench
from swe_agent.agent.tools.tool import Result, Tool, cut, spec

_MOST = 100


def _use(bench: Bench, arguments: Mapping[str, Any]) -> Result:
    pattern, regex = arguments["pattern"], arguments.get("regex", False)
    if not pattern:
        return Result(text="the pattern is empty", ok=False)
    if regex:
        try:
            re.compile(pattern)
        except re.error as error:
            return Result(text=f"not a regular expression: {error}", ok=False)
    hits = bench.search(pattern, arguments.get("under", "").removeprefix("./").strip("/"), regex=regex)
    if not hits:
        return Result(text="nothing found")
    shown = [f"{hit.path}:{hit.line}: {hit.text.strip()[:200]}" for hit in hits[:_MOST]]
    if len(hits) > _MOST:
        shown.append(f"[{len(hits) - _MOST} or more further places; narrow the search]")
    return Result(text=cut("\n".join(shown)))


TOOL = Tool(
    spec=spec(
        "search",
        "Search the text of all files. Answers `path:line: text`.",
        {"pattern": "string: text to find, case-sensitive"},
        {
            "under": "string: only in this folder or file",
            "regex": "boolean: the pattern is a Python regular expression",
        },
    ),
    use=_use,
)
