"""What the servers have in common: a log of all calls, and faults at those that a test names."""

from __future__ import annotations

import copy
import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from swe_agent.testing.serving import HangingUp, Resetting, Serving


@dataclass(frozen=True)
class Fault:
    """`late`: what was asked for is done all the same. `status` 0 resets the connection; `silence` says nothing for so
    many seconds; `cut` sends half of the right answer."""

    name: str
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: object = None
    late: bool = False
    silence: float = 0.0
    cut: bool = False


@dataclass
class Call:
    verb: str
    path: str
    query: dict[str, str]
    body: Any
    login: str
    status: int = 0
    fault: str = ""
    token: str = ""


@dataclass(frozen=True)
class Reply:
    status: int = 200
    body: object = None
    headers: dict[str, str] = field(default_factory=dict)


class Refusal(Exception):
    def __init__(self, status: int, body: object) -> None:
        self.reply = Reply(status, body)


Route = tuple[str, "re.Pattern[str]", Callable[..., object]]


class Forge(Serving):
    """`faults` by the number of a call, from 1, or 0 for every call; they are counted since `log` was emptied.
    `is_public`: whoever has no token may read."""

    def __init__(self) -> None:
        self.log: list[Call] = []
        self.faults: dict[int, Fault] = {}
        self.tokens: dict[str, str] = {}
        self.lock = threading.Lock()
        self.routes: list[Route] = []
        self.ids = 100
        self.is_public = False
        super().__init__(_Handler)

    kept: tuple[str, ...] = ()
    """Names of what `keep` keeps."""

    def keep(self) -> dict[str, Any]:
        return copy.deepcopy({name: getattr(self, name) for name in self.kept})

    def bring_back(self, state: dict[str, Any]) -> None:
        """As it was then; the log is empty, and there are no faults."""
        for name, value in copy.deepcopy(state).items():
            setattr(self, name, value)
        self.log.clear()
        self.faults = {}

    def url_of(self, host: str = "localhost") -> str:
        return self.url.replace("127.0.0.1", host)

    def new_id(self) -> int:
        self.ids += 1
        return self.ids

    def login_of(self, call: Call) -> str:
        if not call.token and self.is_public and call.verb == "GET":
            return ""
        if call.token not in self.tokens:
            raise Refusal(401, {"message": "Bad credentials"})
        return self.tokens[call.token]

    def writes(self) -> list[Call]:
        """That were carried out."""
        return [call for call in self.log if 200 <= call.status < 300 and self.is_write(call)]

    def is_write(self, call: Call) -> bool:
        return call.verb != "GET"

    def take(self, call: Call, headers: dict[str, str]) -> tuple[Fault | None, Reply]:
        with self.lock:
            call.token = headers.get("authorization", "").split(" ")[-1] or headers.get("private-token", "")
            self.log.append(call)
            fault = self.faults.get(len(self.log)) or self.faults.get(0)
            call.fault = fault.name if fault else ""
            if fault and not (fault.late or fault.silence or fault.cut):
                return fault, Reply(fault.status, fault.body, fault.headers)
            reply = self.answer(call)
            call.status = reply.status
            return fault, reply

    def answer(self, call: Call) -> Reply:
        try:
            call.login = self.login_of(call)
            for verb, pattern, route in self.routes:
                found = pattern.fullmatch(call.path)
                if found and verb == call.verb:
                    answer = route(call, **found.groupdict())
                    return answer if isinstance(answer, Reply) else Reply(201 if verb == "POST" else 200, answer)
        except Refusal as refusal:
            return refusal.reply
        return Reply(404, {"message": "Not Found"})

    def page(self, call: Call, rows: list[Any]) -> Reply:
        size, page = int(call.query.get("per_page", 30)), int(call.query.get("page", 1))
        size = min(size, 100)
        part = rows[(page - 1) * size : page * size]
        links = {}
        if page * size < len(rows):
            links = {"Link": f'<{self.url}{call.path}?page={page + 1}&per_page={size}>; rel="next"'}
        return Reply(200, part, links)


class _Handler(Resetting):
    server: HangingUp[Forge]
    wbufsize = -1

    def _any(self) -> None:
        raw = self.rfile.read(int(self.headers.get("content-length") or 0))
        parts = urlsplit(self.path)
        body = json.loads(raw) if raw.strip() else None
        call = Call(self.command, unquote(parts.path), dict(parse_qsl(parts.query)), body, "")
        forge = self.server.owner
        fault, reply = forge.take(call, {name.lower(): value for name, value in self.headers.items()})
        if fault and fault.silence:
            forge.closing.wait(fault.silence)
            self.reset()
            return
        if fault and not fault.cut:
            if not fault.status:
                self.reset()
                return
            reply = Reply(fault.status, fault.body, fault.headers)
        self._send(reply, cut=bool(fault and fault.cut))

    def _send(self, reply: Reply, *, cut: bool) -> None:
        data = b"" if reply.body is None else json.dumps(reply.body).encode()
        if isinstance(reply.body, str):
            data = reply.body.encode()
        self.send_response(reply.status)
        self.send_header("Content-Type", "text/html" if isinstance(reply.body, str) else "application/json")
        self.send_header("Content-Length", str(len(data)))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data[: len(data) // 2] if cut else data)
        self.wfile.flush()
        if cut:
            self.close_connection = True

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _any


def route(verb: str, path: str, call: Callable[..., object]) -> Route:
    """`path` with `{name}` for one part of it."""
    return verb, re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path)), call


LIMITED = {"message": "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."}
ABUSE = {
    "message": "Validation Failed",
    "errors": [{"resource": "PullRequestReview", "code": "abuse", "field": "base"}],
}
FAULTS = [
    Fault("403 with Retry-After", 403, {"Retry-After": "7"}, LIMITED),
    Fault("403 with words alone", 403, {}, LIMITED),
    Fault("403 without a word", 403, {}, None),
    Fault("429 with Retry-After", 429, {"Retry-After": "3"}, {"message": "Too many requests"}),
    Fault("429 without", 429, {}, {"message": "Too many requests"}),
    Fault("422 for abuse", 422, {}, ABUSE),
    Fault("500", 500, {}, {"message": "Server Error"}),
    Fault("502 before", 502, {}, "<html><title>502 Bad Gateway</title></html>"),
    Fault("502 after", 502, {}, "<html><title>502 Bad Gateway</title></html>", late=True),
    Fault("503", 503, {}, {"message": "Service unavailable"}),
    Fault("reset before"),
    Fault("reset after", late=True),
    Fault("cut", cut=True),
]
