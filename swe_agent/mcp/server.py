"""What is configured of a server. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import IO, Protocol
from urllib.parse import urlsplit

from swe_agent.core.errors import ConfigError

_NAME = re.compile(r"[A-Za-z0-9_-]{1,24}")


class Unusable(Exception):
    """Why a server cannot be used; it never leaves the room."""


class Process(Protocol):
    """A program that was started with pipes, in a session of its own."""

    @property
    def stdin(self) -> IO[bytes]: ...

    @property
    def stdout(self) -> IO[bytes]: ...

    def end(self) -> None:
        """End it and all that it has started, and wait until it is gone. May be called twice, and from any thread."""


OpenProcess = Callable[[Sequence[str], Sequence[str]], Process]
"""Starts an argument list with the named variables of the environment and what every program needs, nothing more, and
not within an agent's tree. Raises EnvironmentLacks where it cannot be started."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """One server: a `command` that speaks on its pipes, or the `url` of one that listens.

    Only the tools in `allow` are offered, by the server's own names. `environment` names the variables that the command
    may see. `headers` go to the URL with every request, for keys. `seconds` bound the connecting and each call.
    """

    name: str
    command: tuple[str, ...] = ()
    url: str = ""
    allow: tuple[str, ...] = ()
    environment: tuple[str, ...] = ()
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    seconds: float = 60.0

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ConfigError(
                f"{self.name!r} is no name for an MCP server", hint="use up to 24 letters, digits, `-` and `_`"
            )
        if bool(self.command) == bool(self.url):
            raise ConfigError(
                f"the MCP server {self.name} needs either a command or a URL", hint="give it one of them, and not both"
            )
        if self.url and (urlsplit(self.url).scheme not in ("http", "https") or not urlsplit(self.url).hostname):
            raise ConfigError(
                f"the URL of the MCP server {self.name} is none", hint="one looks like `https://host.example/mcp`"
            )
        if self.seconds <= 0:
            raise ConfigError(
                f"the MCP server {self.name} is given {self.seconds:g} seconds", hint="give it more than none"
            )
