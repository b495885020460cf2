"""Resolving a name once, and dialling one of the addresses that were checked, never the name again."""

import base64
import ipaddress
import os
import select
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes, urlsplit

from sandbox.errors import PolicyError
from sandbox.proxy.denial import Denied
from sandbox.proxy.waiting import Stop

# Written out, for what `ipaddress` calls global has changed between versions of Python. IANA's registries of special
# purpose addresses; 6to4 and NAT64 prefixes are in it because an IPv4 address of any kind hides in them.
_NOT_PUBLIC = tuple(
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/3", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
    )
)  # fmt: skip
_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")  # of IPv6, nothing else is routed

Resolver = Callable[[str, int], Sequence[str]]


def resolve(name: str, port: int) -> Sequence[str]:
    """The addresses of `name`, as the system finds them."""
    found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """How names become connections. `allow_private` lets them lead to this machine and its neighbours."""

    allow_private: bool = False
    resolve: Resolver = resolve

    def dial(self, stop: Stop, name: str, port: int, seconds: float) -> socket.socket:
        """A connection to `name`, which takes at most `seconds` for all of its addresses together."""
        addresses = [address for address in self._addresses(name, port) if self.allow_private or public(address)]
        if not addresses:
            raise Denied(f"`{name}` has no public address", 403)
        deadline = time.monotonic() + seconds
        for left, address in zip(range(len(addresses), 0, -1), addresses, strict=True):
            share = (deadline - time.monotonic()) / left  # so that a dead IPv6 leaves time for IPv4
            sock = _connect(stop, address, port, time.monotonic() + share)
            if sock is None:
                continue
            if not self.allow_private and _is_self(sock):
                sock.close()
                raise Denied(f"`{name}` is this machine", 403)
            return sock
        raise Denied(f"`{name}` does not answer at port {port}", 502)

    def _addresses(self, name: str, port: int) -> Sequence[str]:
        try:
            return self.resolve(name, port)
        except (OSError, UnicodeError) as error:
            raise Denied(f"the address of `{name}` cannot be found", 502) from error


def public(address: str) -> bool:
    """Whether an address is one of the open internet: not of this machine, its network, a group, or a wrapper."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv6Address) and (parsed.scope_id or parsed not in _GLOBAL_UNICAST):
        return False
    return not any(parsed in network for network in _NOT_PUBLIC)


def _connect(stop: Stop, address: str, port: int, deadline: float) -> socket.socket | None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        try:
            sock.connect((address, port))
        except BlockingIOError:
            if not stop.wait({sock.fileno(): select.POLLOUT}, deadline - time.monotonic()):
                raise TimeoutError from None
            if failed := sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                raise OSError(failed, os.strerror(failed)) from None
    except OSError:
        sock.close()
        return None
    except BaseException:
        sock.close()
        raise
    return sock


def _is_self(sock: socket.socket) -> bool:
    """A public address can be this machine's own, with services behind it that only listen to their neighbours."""
    return bool(sock.getsockname()[0] == sock.getpeername()[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Upstream:
    """The user's own proxy, for machines that have no other way out. It resolves the names, so no address is checked
    here; it is dialled wherever it lies."""

    host: str
    port: int
    credentials: bytes = b""

    @classmethod
    def of(cls, url: str) -> "Upstream":
        """From `http://[user:password@]host[:port]`."""
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            host, port, parts = None, None, urlsplit("")
        if parts.scheme != "http" or not host:
            raise PolicyError("the upstream proxy is not of the form `http://host:port`")  # the URL may hold a password
        _, at, _ = parts.netloc.rpartition("@")
        pair = b"%s:%s" % (unquote_to_bytes(parts.username or ""), unquote_to_bytes(parts.password or ""))
        return cls(host=host, port=port or 80, credentials=b"Basic " + base64.b64encode(pair) if at else b"")


def upstream_of(environ: Mapping[str, str]) -> str:
    """The proxy that an environment names for https, or an empty text."""
    return next((environ[name] for name in ("https_proxy", "HTTPS_PROXY") if environ.get(name)), "")
