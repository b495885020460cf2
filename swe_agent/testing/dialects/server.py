"""A real HTTP server on 127.0.0.1 that answers in a dialect, from a policy on the conversation.

    def policy(heard: Heard) -> Step:
        return call("read", path="a.py") if heard.tools else say("1. Edit `a.py`")

    with LoopbackServer(MESSAGES, policy) as server:
        environment = {"ANTHROPIC_API_BASE": server.url}

A real socket is the point: what a client makes of a reset, a stall or a missing finish reason shows only there.
"""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from swe_agent.testing.dialects.dialect import Dialect, Heard
from swe_agent.testing.dialects.faults import Step, served
from swe_agent.testing.faults import Cut, Pause, Served

Policy = Callable[[Heard], Step]


class LoopbackServer:
    """A context manager. `heard` are the questions so far; `url` has no path."""

    def __init__(self, dialect: Dialect, policy: Policy) -> None:
        self.dialect = dialect
        self.policy = policy
        self.heard: list[Heard] = []
        self.closing = threading.Event()
        self._lock = threading.Lock()
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.hang_up()
        self._server.server_close()

    def answer(self, path: str, body: Any) -> Served:
        """What to send for one question."""
        heard = self.dialect.hear(path, body)
        with self._lock:
            self.heard.append(heard)
            step = self.policy(heard)
        return served(step, self.dialect, heard)


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    block_on_close = True  # no thread outlives the context

    def __init__(self, owner: LoopbackServer) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.owner = owner
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._connections.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """Clients keep connections open; their threads here wait for a next question that will not come."""
        with self._lock:
            for connection in self._connections:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue  # the client was faster

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up in the middle is part of the game."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # with chunked bodies a clean end and a cut are told apart
    server: _Server

    def do_GET(self) -> None:
        """A list of models in OpenAI's words; other dialects are not asked for one."""
        names = json.dumps({"object": "list", "data": [{"id": "loopback", "object": "model"}]})
        self._send(Served(pieces=(names.encode(),)))

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("content-length", 0)))
        if not self.server.owner.dialect.asks(self.path):
            self._send(Served(status=404, pieces=(b'{"error": {"message": "no such path"}}',)))
            return
        self._send(self.server.owner.answer(self.path, json.loads(raw)))

    def _send(self, answer: Served) -> None:
        begun = False
        for piece in answer.pieces:
            if isinstance(piece, Pause):
                if self.server.owner.closing.wait(piece.seconds):
                    self.close_connection = True
                    return
            elif isinstance(piece, Cut):
                self._reset()
                return
            else:
                if not begun:
                    self._head(answer)
                    begun = True
                self._chunk(piece)
        if not begun:
            self._head(answer)
        self.wfile.write(b"0\r\n\r\n")

    def _head(self, answer: Served) -> None:
        self.send_response(answer.status)
        for name, value in ({"Content-Type": "application/json"} | dict(answer.headers)).items():
            self.send_header(name, value)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def _chunk(self, piece: bytes) -> None:
        if piece:  # an empty chunk would be the end
            self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        self.wfile.flush()

    def _reset(self) -> None:
        """RST in the place of FIN: what a crashed server or a dropped tunnel looks like."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        """Tests read what they assert, not a log."""
