"""The synchronous face of the room: servers are connected in a thread of their own, and calls wait for their answers.

with connect(servers, open_process) as connection:
    specs = connection.tools()
    answer = connection.call("mcp_docs_search", {"query": "retries"})
"""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from importlib.util import find_spec
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from swe_agent.core.errors import ConfigError, EnvironmentLacks
from swe_agent.core.message import ToolSpec
from swe_agent.mcp.answer import Answer, failed
from swe_agent.mcp.offered import Listed, Offer, Offered, offer
from swe_agent.mcp.server import OpenProcess, Process, Server, Unusable

if TYPE_CHECKING:
    from swe_agent.mcp.session import Session

GRACE_S = 5.0
"""What a thread's work may take beyond a server's own time, and all servers together to end."""


def connect(servers: Sequence[Server], open_process: OpenProcess) -> Connection:
    """Connect all servers at once. EnvironmentLacks without the SDK, ConfigError for a name that is there twice; a
    server that fails is one of the `troubles`."""
    names = Counter(server.name for server in servers)
    if twice := [name for name, times in names.items() if times > 1]:
        raise ConfigError(f"two MCP servers are called {twice[0]}", hint="give each a name of its own")
    if find_spec("mcp") is None:
        raise EnvironmentLacks(
            "MCP servers are configured, and the package `mcp` is not installed",
            hint='`pip install "swe-agent[mcp]"`',
        )
    connection = Connection()
    try:
        connection.open(servers, open_process)
    except BaseException:  # Ctrl-C while a server starts leaves no process behind
        connection.close()
        raise
    return connection


class Connection:
    """The servers of one job. Calls may come from any thread. `troubles` say what is not offered, and why."""

    def __init__(self) -> None:
        self._servers = _Servers()
        self._offer = Offer(tools=(), troubles=())
        self._by_name: dict[str, Offered] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def troubles(self) -> tuple[str, ...]:
        return self._offer.troubles

    def open(self, servers: Sequence[Server], open_process: OpenProcess) -> None:
        self._servers.begin()
        lists: list[tuple[Server, Sequence[Listed]]] = []
        troubles: list[str] = []
        pending = [(server, self._servers.start(server, open_process)) for server in servers]
        for server, listed in pending:
            try:
                lists.append((server, listed.result(server.seconds + GRACE_S)))
            except (Unusable, EnvironmentLacks, TimeoutError) as error:  # and not a signal, which raises here too
                self._servers.end(server.name)
                troubles.append(failed(server.name, str(error) or "it took too long").text)
        offered = offer(lists)
        self._offer = Offer(tools=offered.tools, troubles=(*troubles, *offered.troubles))
        self._by_name = {tool.spec.name: tool for tool in offered.tools}

    def tools(self) -> tuple[ToolSpec, ...]:
        """What the model is offered; the same for the whole life of the connection."""
        return tuple(tool.spec for tool in self._offer.tools)

    def call(self, name: str, arguments: Mapping[str, Any]) -> Answer:
        """The answer of a tool, by the name that was offered. Whatever goes wrong is an answer that is not ok."""
        tool = self._by_name.get(name)
        if tool is None:
            return Answer(text=f"there is no tool {name}", ok=False)
        return self._servers.call(tool, arguments)

    def close(self) -> None:
        """End all servers, and wait until their processes are gone. May be called twice."""
        self._servers.close()


class _Servers:
    """The thread that the sessions live in, and the processes behind them."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._sessions: dict[str, Session] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._processes: dict[str, Process] = {}

    def begin(self) -> None:
        """Apart from the making: a signal may come at any moment, and who closes must know what there is to close."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="mcp", daemon=True)
        self._thread.start()

    def start(self, server: Server, open_process: OpenProcess) -> Future[Sequence[Listed]]:
        """What the server lists, some time from now. Its process is started at once, in the caller's thread."""
        from swe_agent.mcp.session import Session

        listed: Future[Sequence[Listed]] = Future()
        try:
            if server.command:
                self._processes[server.name] = open_process(server.command, server.environment)
        except EnvironmentLacks as error:
            listed.set_exception(error)
            return listed
        session = self._sessions[server.name] = Session(server, self._processes.get(server.name))
        assert self._loop is not None, "who starts a server has begun"
        self._loop.call_soon_threadsafe(self._hold, self._loop, session, listed)
        return listed

    def _hold(self, loop: asyncio.AbstractEventLoop, session: Session, listed: Future[Sequence[Listed]]) -> None:
        self._tasks.append(loop.create_task(session.held(listed)))

    def call(self, tool: Offered, arguments: Mapping[str, Any]) -> Answer:
        if self._loop is None or self._loop.is_closed():
            return failed(tool.server.name, "the connection is closed")
        session = self._sessions[tool.server.name]
        future = asyncio.run_coroutine_threadsafe(session.call(tool, arguments), self._loop)
        try:
            return future.result(tool.server.seconds + GRACE_S)
        except TimeoutError:
            return failed(tool.server.name, "it took too long")
        finally:
            future.cancel()  # where it has ended already, this does nothing

    def end(self, name: str) -> None:
        """The end of one server's process, and by that of its session."""
        if process := self._processes.pop(name, None):
            process.end()

    def close(self) -> None:
        loop, thread = self._loop, self._thread
        if loop is None or loop.is_closed():
            return
        if thread is None or not thread.is_alive():
            loop.close()
            return
        try:
            with suppress(TimeoutError):
                asyncio.run_coroutine_threadsafe(self._closed(), loop).result(3 * GRACE_S)
        finally:
            for name in list(self._processes):
                self.end(name)
            loop.call_soon_threadsafe(loop.stop)
            thread.join(GRACE_S)
            if not thread.is_alive():
                loop.close()

    async def _closed(self) -> None:
        for session in self._sessions.values():
            session.close()
        if not self._tasks:
            return
        _, late = await asyncio.wait(self._tasks, timeout=GRACE_S)
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late, timeout=GRACE_S)
