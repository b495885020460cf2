"""Tools of servers that the user's settings name, offered as they describe themselves."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from swe_agent.agent.bench import Bench
from swe_agent.agent.tools.tool import Result, Tool
from swe_agent.core.ports import ForeignTools


def tools_of(servers: ForeignTools) -> tuple[Tool, ...]:
    """They wait for somebody else, so several go on at once; what they answer is fenced and named by the client."""
    return tuple(
        Tool(spec=spec, use=partial(_use, servers, spec.name), beside=True, own=False, acts=True)
        for spec in servers.tools()
    )


def _use(servers: ForeignTools, name: str, _bench: Bench, arguments: Mapping[str, Any]) -> Result:
    answer = servers.call(name, arguments)
    return Result(text=answer.text, ok=answer.ok)
