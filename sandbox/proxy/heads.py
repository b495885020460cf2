"""The head of a request to a proxy, read strictly: what two readers could take for two things is refused.

RFC 9112 lets a server be lenient with bare line feeds, folded lines, spaces before colons or repeated lengths. That is
how requests are smuggled past a check, and no client that is used in earnest sends any of them.
"""

import re
from dataclasses import dataclass

from sandbox.proxy import names
from sandbox.proxy.denial import Denied, shown

END = b"\r\n\r\n"

_MAX_FIELDS = 98
"""Python's own reader takes 100, and two are added on the way."""
_LINE = re.compile(rb"([A-Z][A-Z-]{0,19}) ([\x21-\x7e]+) HTTP/1\.([01])", re.ASCII)
_FIELD = re.compile(rb"([A-Za-z0-9!#$%&'*+.^_`|~-]+):[ \t]*((?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*))?)")
_URI = re.compile(rb"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)([^#]*)", re.ASCII)
_LENGTH = re.compile(rb"[0-9]{1,18}", re.ASCII)

# Between this client and this proxy alone (RFC 9110, 7.6.1); `Connection` can name more.
_HOP = frozenset({b"connection", b"proxy-connection", b"keep-alive", b"te", b"trailer", b"upgrade"})
_FRAMING = frozenset({b"host", b"content-length", b"transfer-encoding"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What is asked for. `path` and `fields` are empty for CONNECT; `length` is that of the body."""

    method: str
    host: str
    port: int
    path: bytes = b""
    fields: tuple[tuple[bytes, bytes], ...] = ()
    length: int = 0

    @property
    def tunnel(self) -> bool:
        return self.method == "CONNECT"

    @property
    def authority(self) -> bytes:
        """As the `Host` field says it: without a port where that is the scheme's."""
        return f"{self.host}:{self.port}".encode() if self.port != names.HTTP else self.host.encode()

    def forwarded(self, *, to_proxy: bool, credentials: bytes = b"") -> bytes:
        """The head to send on, to the server itself or to another proxy. Never more than one request a connection."""
        target = b"http://" + self.authority + self.path if to_proxy else self.path
        lines = [b"%s %s HTTP/1.1" % (self.method.encode(), target), b"Host: " + self.authority]
        lines += [name + b": " + value for name, value in self.fields]
        lines += [b"Proxy-Authorization: " + credentials] if to_proxy and credentials else []
        return b"\r\n".join([*lines, b"Connection: close"]) + END


def parse(raw: bytes) -> Head:
    """Read a whole head, `END` included; `Denied` for whatever is not plainly one request for one host."""
    lines = raw.removesuffix(END).split(b"\r\n")
    if not raw.endswith(END) or any(b"\r" in line or b"\n" in line for line in lines):
        raise Denied("the lines of the request do not end in CR LF")
    first = _LINE.fullmatch(lines[0])
    if first is None:
        raise Denied(f"{shown(lines[0])} is not a request line")
    method, target = first[1].decode("ascii"), first[2]
    fields = _fields(lines[1:])
    if method == "CONNECT":
        return _connect(target, fields)
    return _plain(method, target, fields, old=first[3] == b"0")


def _fields(lines: list[bytes]) -> list[tuple[bytes, bytes]]:
    if len(lines) > _MAX_FIELDS:
        raise Denied("the request has too many header fields", 431)
    found = []
    for line in lines:
        field = _FIELD.fullmatch(line)
        if field is None:  # an obs-fold, a space before the colon, a control character
            raise Denied(f"{shown(line)} is not a header field")
        found.append((field[1], field[2].rstrip(b" \t")))
    return found


def _values(fields: list[tuple[bytes, bytes]], name: bytes) -> list[bytes]:
    return [value for field, value in fields if field.lower() == name]


def _connect(target: bytes, fields: list[tuple[bytes, bytes]]) -> Head:
    name, port = names.authority(target, None)
    if _values(fields, b"content-length") or _values(fields, b"transfer-encoding"):
        raise Denied("a CONNECT has no body")
    _same_host(fields, name, port, default=port)
    return Head(method="CONNECT", host=name, port=port)


def _plain(method: str, target: bytes, fields: list[tuple[bytes, bytes]], *, old: bool) -> Head:
    uri = _URI.fullmatch(target)
    if uri is None:
        raise Denied(f"{shown(target)} is not a URI such as a proxy is asked for")
    if uri[1].lower() != b"http":
        raise Denied(f"{shown(uri[1])} is not carried; https goes through CONNECT")
    name, port = names.authority(uri[2], names.HTTP)
    _same_host(fields, name, port, default=names.HTTP)
    if not old and not _values(fields, b"host"):
        raise Denied("the request has no Host field")
    if _values(fields, b"transfer-encoding"):
        raise Denied("a body needs a Content-Length here", 411)
    path = uri[3] if uri[3].startswith(b"/") else b"/" + uri[3]
    return Head(method=method, host=name, port=port, path=path, fields=_passed_on(fields), length=_length(fields))


def _same_host(fields: list[tuple[bytes, bytes]], name: str, port: int, *, default: int) -> None:
    """One `Host` at most, and it says what the target says: servers choose by it whose pages to give."""
    said = _values(fields, b"host")
    if len(said) > 1 or (said and names.authority(said[0], default) != (name, port)):
        raise Denied("the Host field differs from the host that is asked for")


def _length(fields: list[tuple[bytes, bytes]]) -> int:
    said = _values(fields, b"content-length")
    if len(said) > 1 or (said and not _LENGTH.fullmatch(said[0])):
        raise Denied("the request has more than one length, or none that is a number")
    return int(said[0]) if said else 0


def _passed_on(fields: list[tuple[bytes, bytes]]) -> tuple[tuple[bytes, bytes], ...]:
    named = {word.strip(b" \t").lower() for value in _values(fields, b"connection") for word in value.split(b",")}
    if named & _FRAMING:
        raise Denied("the Connection field names what frames the request")
    dropped = named | _HOP | {b"host"}
    return tuple(
        (name, value)
        for name, value in fields
        if name.lower() not in dropped and not name.lower().startswith(b"proxy-")
    )
