"""A real HTTP server on 127.0.0.1 that answers in a dialect, from a policy on the conversation.

    def policy(heard: Heard) -> Step:
        return call("read", path="a.py") if heard.tools else say("1. Edit `a.py`")

    with LoopbackServer(MESSAGES, policy) as server:
        environment = {"ANTHROPIC_API_BASE": server.url}

A real socket is the point: what a client makes of a reset, a stall or a missing finish reason shows only there.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from swe_agent.testing.dialects.dialect import Dialect, Heard
from swe_agent.testing.dialects.faults import Step, served
from swe_agent.testing.faults import Cut, Pause, Served
from swe_agent.testing.serving import HangingUp, Resetting, Serving

Policy = Callable[[Heard], Step]


class LoopbackServer(Serving):
    """A context manager. `heard` are the questions so far; `url` has no path."""

    def __init__(self, dialect: Dialect, policy: Policy) -> None:
        self.dialect = dialect
        self.policy = policy
        self.heard: list[Heard] = []
        super().__init__(_Handler)

    def answer(self, path: str, body: Any) -> Served:
        """What to send for one question."""
        heard = self.dialect.hear(path, body)
        with self._lock:
            self.heard.append(heard)
            step = self.policy(heard)
        return served(step, self.dialect, heard)


class _Handler(Resetting):
    server: HangingUp[LoopbackServer]

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
                self.reset()
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
