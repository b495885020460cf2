"""Which tools of which servers are offered, and how the model is told of them. Pure: what a server says is data here.

A description is read by the model before any tool is called, so it is the first place for somebody else's orders: it is
short, holds nothing that a person reviewing it could not see, and says whose it is.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from swe_agent.core.message import ToolSpec
from swe_agent.mcp.server import Server

MOST_DESCRIPTION = 1_000
"""Characters."""
MOST_SCHEMA = 20_000
"""Characters of a tool's schema as JSON."""
MOST_NAME = 64
"""What providers take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A tool as its server lists it."""

    name: str
    description: str
    schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """A tool as the model is offered it, and where a call to it goes."""

    server: Server
    listed: Listed
    spec: ToolSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """`troubles` say which allowed tools are not offered, and why."""

    tools: tuple[Offered, ...]
    troubles: tuple[str, ...]


def offer(lists: Sequence[tuple[Server, Sequence[Listed]]]) -> Offer:
    """The allowed tools of all servers, in the order of the servers and their allow-lists."""
    tools: list[Offered] = []
    troubles: list[str] = []
    for server, listed in lists:
        by_name = {tool.name: tool for tool in listed}
        for name in dict.fromkeys(server.allow):
            found = by_name.get(name)
            fault = "it has no such tool" if found is None else _fault(found)
            if found is None or fault:
                troubles.append(f"{name} of the MCP server {server.name} is not offered: {fault}")
            else:
                tools.append(Offered(server=server, listed=found, spec=_spec(server, found)))
    taken = Counter(tool.spec.name for tool in tools)
    troubles += [
        f"{tool.listed.name} of the MCP server {tool.server.name} is not offered: another tool would be called "
        f"{tool.spec.name} too"
        for tool in tools
        if taken[tool.spec.name] > 1
    ]
    return Offer(tools=tuple(tool for tool in tools if taken[tool.spec.name] == 1), troubles=tuple(troubles))


def tool_name(server: str, tool: str) -> str:
    """The name that a model calls.

    >>> tool_name("docs", "search.pages")
    'mcp_docs_search_pages'
    """
    return re.sub(r"[^A-Za-z0-9_-]", "_", f"mcp_{server}_{tool}")[:MOST_NAME]


def visible(text: str) -> str:
    """`text` without what a person would not see: control characters, directions, and letters of no width."""
    kept = (" " if c == "\r" else c for c in text if c in "\n\t\r" or unicodedata.category(c) not in _INVISIBLE)
    return "".join(kept)


_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


def _fault(tool: Listed) -> str:
    """Why a tool cannot be offered; empty where it can."""
    if tool.schema.get("type") != "object":
        return "its schema is not that of an object"
    try:
        told = json.dumps(tool.schema, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        return "its schema is no JSON"
    if len(told) > MOST_SCHEMA:
        return f"its schema has {len(told)} characters, more than {MOST_SCHEMA}"
    return "" if visible(told) == told else "its schema holds invisible characters"


def _spec(server: Server, tool: Listed) -> ToolSpec:
    text = " ".join(visible(tool.description).split())
    if len(text) > MOST_DESCRIPTION:
        text = text[:MOST_DESCRIPTION] + "…"
    return ToolSpec(
        name=tool_name(server.name, tool.name),
        description=f"[a tool of the MCP server {server.name}, in its words] {text}",
        parameters=tool.schema,
    )
