"""MCP servers that the user's settings name, connected when a job first needs them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from swe_agent.config.settings import Settings
from swe_agent.core.errors import ConfigError
from swe_agent.core.ports import ForeignTools
from swe_agent.mcp.server import Server
from swe_agent.repo import host

PLAIN = ("PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ", "TMPDIR", "SSL_CERT_FILE")
"""Variables that every program needs; a server gets these and the ones that its table names."""


def servers_of(settings: Settings) -> tuple[Server, ...]:
    """ConfigError names what is wrong with a table."""
    return tuple(_server(name, table, settings.environment) for name, table in settings["mcp"].items())


def foreign_tools(settings: Settings) -> Callable[[], ForeignTools | None]:
    """None where no server is named; else what connects them all. EnvironmentLacks without the SDK."""
    servers = servers_of(settings)

    def connect() -> ForeignTools | None:
        if not servers:
            return None
        from swe_agent.mcp import client

        return client.connect(servers, lambda argv, names: _start(argv, names, settings.environment))

    return connect


def _start(argv: Sequence[str], names: Sequence[str], environment: Mapping[str, str]) -> host.Server:
    return host.Server(argv, {name: environment[name] for name in (*PLAIN, *names) if name in environment})


def _server(name: str, table: Any, environment: Mapping[str, str]) -> Server:
    known = {"command", "url", "allow", "environment", "headers", "seconds"}
    if not isinstance(table, dict) or (unknown := table.keys() - known):
        said = f"`{min(unknown)}`" if isinstance(table, dict) else repr(table)
        raise ConfigError(f"mcp.{name}: {said} is not known there", hint=f"a table of {', '.join(sorted(known))}")
    if not table.get("allow"):
        raise ConfigError(f"mcp.{name} allows no tool", hint='name the tools: `allow = ["search"]`')
    try:
        return Server(
            name=name,
            command=_words(table.get("command", ())),
            url=str(table.get("url", "")),
            allow=_words(table["allow"]),
            environment=_words(table.get("environment", ())),
            headers=tuple((key, _filled(value, environment)) for key, value in table.get("headers", {}).items()),
            seconds=float(table.get("seconds", 60)),
        )
    except (TypeError, ValueError, AttributeError) as error:
        raise ConfigError(f"mcp.{name} cannot be read: {error}", hint="see docs/settings.md") from error


def _words(value: Any) -> tuple[str, ...]:
    if not isinstance(value, (list, tuple)) or not all(isinstance(word, str) for word in value):
        raise TypeError(f"{value!r} is no list of words")
    return tuple(value)


def _filled(value: Any, environment: Mapping[str, str]) -> str:
    """`$NAME` stands for a variable, so that no key has to be written into a file."""
    text = str(value)
    for name in sorted(environment, key=len, reverse=True):
        text = text.replace(f"${name}", environment[name])
    return text
