"""A real HTTP server on 127.0.0.1 that speaks the OpenAI chat protocol from a script, faults included.

    with LoopbackOpenAI([status(429, retry_after=0.1), call("read", path="a.py"), say("done")]) as server:
        model = OpenAIHttpModel(ModelRef(name="m", door="openai_http", base_url=server.base_url), ...)

A step is a ModelReply (see `scripted.say` and `call`), or one of the faults of `faults`. In the place of a list there
may be a function of the request's body, for policies that look at the conversation. A real socket is the point: what
a client makes of a reset, a stall or a missing finish reason shows only there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from swe_agent.core.message import ModelReply
from swe_agent.testing.faults import Cut, Fault, Pause, Served, served
from swe_agent.testing.serving import HangingUp, Resetting, Serving

Step = ModelReply | Fault
Policy = Callable[[Mapping[str, Any]], Step]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request as it came over the wire."""

    path: str
    headers: Mapping[str, str]
    """By lower-case name."""
    body: Mapping[str, Any]


class ScriptRanOut(AssertionError):
    """The server was asked more often than its script has steps."""


class LoopbackOpenAI(Serving):
    """A context manager. `asked` are the chat requests; `base_url` ends in /v1; `left` counts unplayed steps."""

    def __init__(self, steps: Iterable[Step] | Policy, *, models: tuple[str, ...] = ("loopback",)) -> None:
        self.asked: list[Asked] = []
        self.models = models
        self.left = 0
        self._policy: Policy | None = steps if callable(steps) and not isinstance(steps, Fault) else None
        self._steps = [] if callable(steps) else list(steps)
        self.left = len(self._steps)
        self._overrun = 0
        super().__init__(_Handler)

    @property
    def base_url(self) -> str:
        return f"{self.url}/v1"

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        if self._overrun and error is None:
            raise ScriptRanOut(f"the server's script ran out; it was asked {self._overrun} times more")

    def answer(self, asked: Asked) -> Served:
        """What to send for one request; the next step of the script."""
        with self._lock:
            self.asked.append(asked)
            if self._policy:
                return served(self._policy(asked.body), asked.body)
            if not self.left:
                self._overrun += 1
                return Served(status=410, pieces=(_error("the server's script ran out"),))
            step = self._steps[-self.left]
            self.left -= 1
        return served(step, asked.body)


def _error(message: str) -> bytes:
    return json.dumps({"error": {"message": message}}).encode()


class _Handler(Resetting):
    server: HangingUp[LoopbackOpenAI]

    def do_GET(self) -> None:
        models = [{"id": name, "object": "model"} for name in self.server.owner.models]
        self._whole(200, {}, json.dumps({"object": "list", "data": models}).encode())

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("content-length", 0)))
        try:
            body = json.loads(raw)
        except ValueError:
            self._whole(400, {}, _error("the body is not JSON"))
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = self.server.owner.answer(Asked(path=self.path, headers=headers, body=body))
        if answer.streamed:
            self._stream(answer)
        else:
            self._whole(answer.status, answer.headers, b"".join(p for p in answer.pieces if isinstance(p, bytes)))

    def _whole(self, status: int, headers: Mapping[str, str], data: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def _stream(self, answer: Served) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for piece in answer.pieces:
            if isinstance(piece, Pause):
                if self.server.owner.closing.wait(piece.seconds):
                    return
            elif isinstance(piece, Cut):
                self.reset()
                return
            else:
                self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
                self.wfile.flush()
        self.wfile.write(b"0\r\n\r\n")
