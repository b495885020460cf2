"""What the tests of the room share: nothing is left of the servers that they start."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from mcp_support import Host

from swe_agent.mcp.client import Connection, connect
from swe_agent.mcp.server import Server


@pytest.fixture
def host() -> Iterator[Host]:
    """After a test no process of it is left."""
    host = Host()
    yield host
    left = [one for one in host.opened if not one.gone]
    for one in left:
        one.end()
    assert not left


@pytest.fixture
def connected(host: Host) -> Iterator[Callable[..., Connection]]:
    made: list[Connection] = []

    def open_(*servers: Server) -> Connection:
        made.append(connect(servers, host))
        return made[-1]

    yield open_
    for connection in made:
        connection.close()
