"""The server name in a TLS ClientHello (RFC 8446, 4.1.2; RFC 6066, 3), read from the first bytes of a tunnel.

It must be the name that the tunnel was asked for. A hello without a name is answered by whoever is the default at that
address, and one with an encrypted inner hello (RFC 9849) by whoever is named there; neither need be the host that was
allowed, and no package manager sends either. So both are refused.
"""

from sandbox.proxy import names
from sandbox.proxy.denial import Denied

HANDSHAKE = 0x16  # the first byte of every TLS connection

_CLIENT_HELLO = b"\x01"
_SERVER_NAME, _ENCRYPTED_HELLO = 0, 0xFE0D
_LONGEST = 1 << 16
_RECORD = 1 << 14


def server_name(data: bytes) -> str | None:
    """The host name in a ClientHello; None while more bytes are needed; `Denied` where it is not plainly one."""
    body = _message(data)
    return None if body is None else _name(body)


def _message(data: bytes) -> bytes | None:
    """The ClientHello out of its records, without its own four-byte head."""
    said, at = b"", 0
    while len(data) - at >= 5:
        length = int.from_bytes(data[at + 3 : at + 5])
        if data[at] != HANDSHAKE or data[at + 1] != 3 or not 0 < length <= _RECORD:
            raise Denied("the tunnel does not begin with a TLS ClientHello")
        said += data[at + 5 : at + 5 + length]
        at += 5 + length
        if said[:1] not in (b"", _CLIENT_HELLO):
            raise Denied("the tunnel does not begin with a TLS ClientHello")
        end = 4 + int.from_bytes(said[1:4]) if len(said) >= 4 else _LONGEST
        if end > _LONGEST or len(said) > end:
            raise Denied("the TLS ClientHello has no sensible length")
        if len(said) == end:
            return said[4:]
        if at > len(data):
            return None
    if data and data[0] != HANDSHAKE:
        raise Denied("the tunnel does not begin with a TLS ClientHello")
    return None


class _Reader:
    """Takes a ClientHello apart; never past its end."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def empty(self) -> bool:
        return self._at == len(self._data)

    def take(self, size: int) -> bytes:
        if self._at + size > len(self._data):
            raise Denied("the TLS ClientHello is cut short")
        self._at += size
        return self._data[self._at - size : self._at]

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size))

    def vector(self, size: int) -> "_Reader":
        """What follows a length of `size` bytes."""
        return _Reader(self.take(self.number(size)))

    def rest(self) -> bytes:
        return self.take(len(self._data) - self._at)


def _name(body: bytes) -> str:
    hello = _Reader(body)
    hello.take(2 + 32)  # version, random
    hello.vector(1)  # session
    hello.vector(2)  # cipher suites
    hello.vector(1)  # compression
    found: list[str] = []
    if not hello.empty:
        extensions = hello.vector(2)
        while not extensions.empty:
            kind, content = extensions.number(2), extensions.vector(2)
            if kind == _ENCRYPTED_HELLO:
                raise Denied("the TLS ClientHello hides the name of its server")
            if kind == _SERVER_NAME:
                found.append(_of_extension(content))
    if not hello.empty or len(found) != 1:
        raise Denied("the TLS ClientHello does not name one server")
    return found[0]


def _of_extension(content: _Reader) -> str:
    listed = content.vector(2)
    kind, name = listed.number(1), listed.vector(2).rest()
    if kind != 0 or not listed.empty or not content.empty:
        raise Denied("the TLS ClientHello does not name one server")
    return names.host(name)
