"""One request on one connection: read, judged, carried out or refused, and told of in a line for the log."""

import contextlib
import re
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass

from sandbox.proxy import heads, hello, names
from sandbox.proxy.denial import Denied, shown
from sandbox.proxy.heads import Head
from sandbox.proxy.names import AllowList
from sandbox.proxy.network import Network, Upstream
from sandbox.proxy.relay import Flow, relay
from sandbox.proxy.waiting import Stop, Stopped, receive, send

_BARE_LINE_FEED = re.compile(rb"(?<!\r)\n")
_ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"
_UNRECOGNIZED_NAME = b"\x15\x03\x03\x00\x02\x02\x70"  # a fatal TLS alert (RFC 6066, 3), so that clients say why
_PHRASES = {403: "Forbidden", 408: "Request Timeout", 411: "Length Required", 431: "Request Header Fields Too Large"}
_PATIENCE_S = 2.0
_DRAINED = 16  # reads of up to 64 KiB


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyLimits:
    """Ceilings of one proxy: `total_bytes` in both directions of all connections together, seconds each."""

    connections: int = 64
    head_bytes: int = 16 << 10
    head_s: float = 10.0
    dial_s: float = 15.0
    idle_s: float = 60.0
    total_bytes: int = 4 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request that is over: whom it was for, whether it was let through and if not why, and how many bytes passed
    in either direction, heads included.

    `host` is empty and `port` 0 where the request could not be read. `reason` can also say what ended an allowed one.
    """

    method: str = ""
    host: str = ""
    port: int = 0
    allowed: bool = False
    reason: str = ""
    sent: int = 0
    received: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What holds for every connection of one proxy. `count` is told of bytes and raises where they are too many."""

    allowed: AllowList
    upstream: Upstream | None
    network: Network
    limits: ProxyLimits
    stop: Stop
    count: Callable[[int], None]


class Exchange:
    """What is known so far of the one request on `client`."""

    def __init__(self, rules: Rules, client: socket.socket) -> None:
        self._rules = rules
        self._client = client
        self._head: Head | None = None
        self._allowed = False
        self._reason = ""
        self._up: Flow | None = None
        self._down: Flow | None = None

    def record(self) -> Asked | None:
        """What came of it; None where nothing was asked."""
        if self._head is None and not self._reason:
            return None
        return Asked(
            method=self._head.method if self._head else "",
            host=self._head.host if self._head else "",
            port=self._head.port if self._head else 0,
            allowed=self._allowed,
            reason=self._reason,
            sent=self._up.passed if self._up else 0,
            received=self._down.passed if self._down else 0,
        )

    def carry_out(self) -> None:
        """All of it, until the connection is over; raises nothing that a client or a server could bring about."""
        try:
            with self._client:
                self._carry_out()
        except Stopped:
            self._reason = self._reason or "the proxy was closed"
        except OSError as error:
            self._reason = self._reason or f"the client is gone ({error.strerror})"

    def _carry_out(self) -> None:
        rules, client = self._rules, self._client
        try:
            raw, rest = read_head(rules, client, rules.limits.head_s)
            if not raw:
                return
            self._head = head = heads.parse(raw)
            permit(rules.allowed, head)
            server, early = _reach(rules, head)
        except Denied as denied:
            self._reason = denied.reason
            _refuse(rules.stop, client, denied)
            return
        self._allowed = True
        with server:
            up, down = self._up, self._down = _flows(rules, head, client, server, rest, early)
            try:
                relay(rules.stop, up, down, idle_s=rules.limits.idle_s, count=rules.count)
            except Denied as denied:
                self._reason = denied.reason
                self._allowed = up.passed > 0
                if head.tunnel and not self._allowed and down.passed == len(_ESTABLISHED):
                    client.send(_UNRECOGNIZED_NAME)


def permit(allowed: AllowList, head: Head) -> None:
    """`Denied` where what `head` asks for is not on the list."""
    if not allowed.allows(head.host, head.port):
        raise Denied(f"`{head.host}:{head.port}` is not on the list of allowed hosts", 403)
    if head.tunnel and head.port == names.HTTP:
        raise Denied("port 80 is asked for by `GET http://…`, so that its Host field can be checked", 403)


def leads_to(head: Head, data: bytes) -> bool:
    """Whether a tunnel may begin with `data`; False while that is not clear, `Denied` where it may not.

    At port 443 there is TLS and nothing else; at a port that was allowed by number there may be any protocol, but TLS
    that begins there is held to the same.
    """
    if not data:
        return False
    if head.port != names.HTTPS and data[0] != hello.HANDSHAKE:
        return True
    name = hello.server_name(data)
    if name is not None and name != head.host:
        raise Denied(f"the TLS ClientHello is for {shown(name.encode())}, the tunnel for `{head.host}`", 403)
    return name is not None


def read_head(rules: Rules, sock: socket.socket, seconds: float) -> tuple[bytes, bytes]:
    """The head up to its empty line and what came after it; both empty where nothing came at all."""
    said = bytearray()
    most = rules.limits.head_bytes
    deadline = time.monotonic() + seconds
    while (end := said.find(heads.END)) < 0 and len(said) <= most:
        if _BARE_LINE_FEED.search(said):
            raise Denied("the lines of the head do not end in CR LF")
        chunk = receive(rules.stop, sock, deadline)
        if not chunk and said:
            raise Denied("the head is cut short")
        if not chunk:
            return b"", b""
        said += chunk
    if not 0 <= end <= most - len(heads.END):
        raise Denied("the head is too long", 431)
    end += len(heads.END)
    return bytes(said[:end]), bytes(said[end:])


def _reach(rules: Rules, head: Head) -> tuple[socket.socket, bytes]:
    """A connection on which the server answers, and what it has said already."""
    seconds = rules.limits.dial_s
    if rules.upstream is None:
        return rules.network.dial(rules.stop, head.host, head.port, seconds), b""
    anywhere = Network(allow_private=True, resolve=rules.network.resolve)
    server = anywhere.dial(rules.stop, rules.upstream.host, rules.upstream.port, seconds)
    try:
        return server, _through_upstream(rules, rules.upstream, head, server) if head.tunnel else b""
    except (OSError, Denied) as error:
        server.close()
        why = error.reason if isinstance(error, Denied) else error.strerror
        raise Denied(f"the upstream proxy failed: {why}", 502) from error
    except BaseException:
        server.close()
        raise


def _through_upstream(rules: Rules, upstream: Upstream, head: Head, server: socket.socket) -> bytes:
    target = f"{head.host}:{head.port}".encode()
    lines = [b"CONNECT %s HTTP/1.1" % target, b"Host: " + target]
    lines += [b"Proxy-Authorization: " + upstream.credentials] if upstream.credentials else []
    send(rules.stop, server, b"\r\n".join(lines) + heads.END, time.monotonic() + rules.limits.dial_s)
    answer, rest = read_head(rules, server, rules.limits.dial_s)
    status = answer.split(b"\r\n", 1)[0]
    if not re.fullmatch(rb"HTTP/1\.[01] 2[0-9][0-9]( .*)?", status):
        raise Denied(f"it said {shown(status)}")
    return rest


def _flows(
    rules: Rules, head: Head, client: socket.socket, server: socket.socket, rest: bytes, early: bytes
) -> tuple[Flow, Flow]:
    if head.tunnel:
        up = Flow(client, server, first=rest, check=lambda data: leads_to(head, data))
        return up, Flow(server, client, first=_ESTABLISHED + early)
    credentials = rules.upstream.credentials if rules.upstream else b""
    opening = head.forwarded(to_proxy=rules.upstream is not None, credentials=credentials)
    # What comes after this request would be another one, which nobody has checked; it is never read.
    up = Flow(client, server, first=opening + rest[: head.length], room=max(0, head.length - len(rest)))
    return up, Flow(server, client)


def _refuse(stop: Stop, client: socket.socket, denied: Denied) -> None:
    text = f"sandbox: {denied.reason}\n".encode()
    phrase = _PHRASES.get(denied.status, "Bad Gateway" if denied.status >= 500 else "Bad Request")
    head = f"HTTP/1.1 {denied.status} {phrase}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n"
    deadline = time.monotonic() + _PATIENCE_S
    with contextlib.suppress(Denied):
        send(stop, client, head.encode() + b"Content-Length: %d\r\n\r\n" % len(text) + text, deadline)
        client.shutdown(socket.SHUT_WR)
        # With unread bytes left, closing would be a reset, and the client would not see the answer.
        for _ in range(_DRAINED):
            if not receive(stop, client, deadline):
                return
