"""The conversation with one server, by the SDK: the only module that imports it, and asynchronous as it is.

The SDK's own transport for processes would start them itself, with a part of our environment; ours is given the pipes
of one that was started elsewhere. Sampling, roots and elicitation are not offered to servers.
"""

from __future__ import annotations

import asyncio
import json
import logging
import math
from collections.abc import AsyncIterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import anyio
import httpx2
import mcp_types
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.message import SessionMessage

from swe_agent.mcp.answer import Answer, failed, said
from swe_agent.mcp.offered import Listed, Offered
from swe_agent.mcp.server import Process, Server, Unusable

MOST_LINE = 8 * 1024 * 1024
"""Bytes of one message on a pipe; a server that sends a longer one is taken to be broken."""
MOST_GARBAGE = 100
"""Lines that are no messages, after which a server is taken to be broken."""
MOST_PAGES = 20
"""Of a list of tools."""
CONNECT_S = 10.0

Streams = tuple[MemoryObjectReceiveStream[SessionMessage | Exception], MemoryObjectSendStream[SessionMessage]]
Transport = AbstractAsyncContextManager[Any]

logging.getLogger("mcp").setLevel(logging.CRITICAL)  # its warnings would go to the user's terminal


class Session:
    """One server, connected while `held` runs. Calls come from other tasks of the same loop."""

    def __init__(self, server: Server, process: Process | None) -> None:
        self.server = server
        self._process = process
        self._client: Client | None = None
        self._closing = asyncio.Event()
        self._connecting: anyio.CancelScope | None = None

    async def held(self, listed: Future[Sequence[Listed]]) -> None:
        """Connect, say which tools are listed, and stay until `close`. Never raises: `listed` gets the error."""
        try:
            await self._connected(_piped(self._process) if self._process else _http(self.server), listed)
        except Exception as error:  # noqa: BLE001  # whatever a server and the SDK come up with ends this server alone
            _fail(listed, _why(error))
        finally:
            self._client = None
            _fail(listed, "it has ended")

    async def _connected(self, transport: Transport, listed: Future[Sequence[Listed]]) -> None:
        with anyio.move_on_after(self.server.seconds) as time:
            self._connecting = time
            async with Client(transport, cache=None) as client:
                tools = await _listed(client)
                time.deadline = math.inf
                self._client, self._connecting = client, None
                listed.set_result(tools)
                await self._closing.wait()
        if time.cancelled_caught:
            _fail(listed, f"nothing came within {self.server.seconds:g} s")

    def close(self) -> None:
        """Within the loop: let `held` end, whether it has connected or not yet."""
        self._closing.set()
        if self._connecting:
            self._connecting.cancel()

    async def call(self, tool: Offered, arguments: Mapping[str, Any]) -> Answer:
        """The answer to one call. Never raises."""
        name = self.server.name
        if self._client is None:
            return failed(name, "it has ended")
        try:
            with anyio.fail_after(self.server.seconds):
                if tool.listed not in await _listed(self._client):
                    return failed(name, f"its tool {tool.listed.name} is not what was offered any more")
                result = await self._client.call_tool(tool.listed.name, dict(arguments))
        except TimeoutError:
            return failed(name, f"nothing came within {self.server.seconds:g} s")
        except Exception as error:  # noqa: BLE001  # as above: the model is told, and the job goes on
            return failed(name, _why(error))
        return said(name, _parts(result), ok=not result.is_error)


async def _listed(client: Client) -> list[Listed]:
    tools: list[mcp_types.Tool] = []
    cursor: str | None = None
    for _ in range(MOST_PAGES):
        page = await client.list_tools(cursor=cursor)
        tools += page.tools
        cursor = page.next_cursor
        if cursor is None:
            break
    return [Listed(name=tool.name, description=tool.description or "", schema=tool.input_schema) for tool in tools]


def _parts(result: mcp_types.CallToolResult) -> list[str]:
    parts = [_part(block) for block in result.content]
    if not parts and result.structured_content is not None:
        return [json.dumps(result.structured_content, ensure_ascii=False)]
    return parts


def _part(block: mcp_types.ContentBlock) -> str:
    match block:
        case mcp_types.TextContent():
            return block.text
        case mcp_types.EmbeddedResource(resource=mcp_types.TextResourceContents() as resource):
            return f"{resource.uri}:\n{resource.text}"
        case mcp_types.ImageContent() | mcp_types.AudioContent():
            return f"[{block.type} of the type {block.mime_type}, left out]"
        case mcp_types.ResourceLink():
            return f"[a link to {block.uri}, left out]"
        case _:
            return f"[{block.type}, left out]"


def _why(error: BaseException) -> str:
    """The innermost reason, in words: the SDK wraps what happened in groups of what happened."""
    while isinstance(error, BaseExceptionGroup) and error.exceptions:
        error = error.exceptions[0]
    return str(error) or type(error).__name__


def _fail(listed: Future[Sequence[Listed]], why: str) -> None:
    if not listed.done():
        listed.set_exception(Unusable(why))


@asynccontextmanager
async def _http(server: Server) -> AsyncIterator[Any]:
    time_outs = httpx2.Timeout(CONNECT_S, read=server.seconds)
    async with (
        httpx2.AsyncClient(headers=dict(server.headers), timeout=time_outs) as client,
        streamable_http_client(server.url, http_client=client) as streams,
    ):
        yield streams


@asynccontextmanager
async def _piped(process: Process) -> AsyncIterator[Streams]:
    """Messages on the pipes of a process, one a line. Its end, and what is no message, end the conversation."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=MOST_LINE)
    reading, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), process.stdout)
    writing, flow = await loop.connect_write_pipe(asyncio.streams.FlowControlMixin, process.stdin)
    writer = asyncio.StreamWriter(writing, flow, None, loop)
    arrived, incoming = anyio.create_memory_object_stream[SessionMessage | Exception](0)
    outgoing, sent = anyio.create_memory_object_stream[SessionMessage](0)
    try:
        async with incoming, outgoing, anyio.create_task_group() as tasks:
            tasks.start_soon(_receive, reader, arrived)
            tasks.start_soon(_send, sent, writer, arrived)
            try:
                yield incoming, outgoing
            finally:
                tasks.cancel_scope.cancel()
    finally:
        reading.close()
        if not writing.is_closing():  # asyncio's own transport forgets its loop when the other end has gone
            writing.abort()


async def _receive(reader: asyncio.StreamReader, arrived: MemoryObjectSendStream[SessionMessage | Exception]) -> None:
    garbage = 0
    async with arrived:
        while garbage < MOST_GARBAGE:
            try:
                line = await reader.readuntil(b"\n")
            except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, OSError):
                return
            try:
                message = mcp_types.jsonrpc_message_adapter.validate_json(line, by_name=False)
            except ValueError:
                garbage += 1  # many servers log to the wrong stream
                continue
            try:
                await arrived.send(SessionMessage(message))
            except (anyio.ClosedResourceError, anyio.BrokenResourceError):
                return


async def _send(
    sent: MemoryObjectReceiveStream[SessionMessage],
    writer: asyncio.StreamWriter,
    arrived: MemoryObjectSendStream[SessionMessage | Exception],
) -> None:
    async with sent:
        async for message in sent:
            line = message.message.model_dump_json(by_alias=True, exclude_unset=True)
            try:
                writer.write(line.encode() + b"\n")
                await writer.drain()
            except OSError:
                await arrived.aclose()  # else whoever has asked would wait for an answer that cannot come
                return
