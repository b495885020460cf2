"""Run a command in the sandbox."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from swe_agent.agent.bench import Bench
from swe_agent.agent.tools.tool import Result, Tool, cut, spec

_MOST = 12_000
"""Characters: what a command prints last says most, and the whole of it can be read."""


def _use(bench: Bench, arguments: Mapping[str, Any]) -> Result:
    ran = bench.run(arguments["command"])
    end = "ended after too long" if ran.timed_out else f"exit status {ran.status}"
    text = ran.text.rstrip()
    if len(text) > _MOST and ran.log:
        end += f"; the whole output is `{ran.log}`, which `read` shows by lines"
    return Result(text=f"{cut(text, _MOST)}\n[{end}]".lstrip("\n"), ok=ran.status == 0, changes_tree=True)


TOOL = Tool(
    spec=spec(
        "run",
        "Run a shell command at the top of the repository, in a sandbox: no network, no terminal, time-limited, and "
        "`/tmp` is empty again at the next one. Files are moved and removed by it too.",
        {"command": "string: for `sh -c`"},
    ),
    use=_use,
    acts=True,
)
