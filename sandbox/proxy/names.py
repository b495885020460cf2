"""Host names: one strict reading for the list, the request and the ClientHello, so that no two of them can differ.

A name here is what RFC 1123 calls a host name, in lower case and without a final dot. Addresses are not names: no
notation of one (`127.1`, `0x7f000001`, `2130706433`, `[::1]`) passes, for the last label must not look like a number.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sandbox.errors import PolicyError
from sandbox.proxy.denial import Denied, shown

HTTP, HTTPS = 80, 443
DEFAULT_PORTS = frozenset({HTTP, HTTPS})

_LONGEST = 253  # RFC 1035, 2.3.4, as text without the final dot
_LABEL = re.compile(rb"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
_NUMBER = re.compile(rb"[0-9]+|0x[0-9a-f]*", re.ASCII)  # what URL parsers take for the end of an IPv4 address
_PORT = re.compile(rb"[1-9][0-9]{0,4}", re.ASCII)


def host(raw: bytes) -> str:
    """The host name that `raw` is, in lower case; `Denied` where it is not one."""
    labels = raw.lower().split(b".")
    if len(raw) > _LONGEST or not all(_LABEL.fullmatch(label) for label in labels) or _NUMBER.fullmatch(labels[-1]):
        raise Denied(f"{shown(raw)} is not a host name")
    return raw.lower().decode("ascii")


def authority(raw: bytes, default: int | None) -> tuple[str, int]:
    """Host and port of `host:port`; without a port, `default`, and `Denied` where that is None."""
    name, colon, digits = raw.partition(b":")
    if not colon and default is not None:
        return host(name), default
    if not _PORT.fullmatch(digits) or int(digits) > 0xFFFF:
        raise Denied(f"{shown(raw)} has no valid port")
    return host(name), int(digits)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """One allowed name, or with `below` every name that ends in it; `ports` as asked for by the user."""

    name: str
    below: bool
    ports: frozenset[int]

    def allows(self, name: str, port: int) -> bool:
        same = name.endswith("." + self.name) if self.below else name == self.name
        return same and port in self.ports


@dataclass(frozen=True, slots=True)
class AllowList:
    """The hosts that may be reached: `example.net`, `*.example.org` (names below it, not itself), either with `:8443`.

    Without a port, 80 and 443 are meant.
    """

    entries: tuple[_Entry, ...]

    @classmethod
    def of(cls, hosts: Sequence[str]) -> "AllowList":
        """Read the list; `PolicyError` names an entry that cannot be meant."""
        return cls(tuple(_entry(text) for text in hosts))

    def allows(self, name: str, port: int) -> bool:
        """Whether `name`, as `host` gives it, may be reached at `port`."""
        return any(entry.allows(name, port) for entry in self.entries)


def _entry(text: str) -> _Entry:
    below = text.startswith("*.")
    plain = text[2:] if below else text
    try:
        name, port = authority(plain.encode("utf-8", "surrogateescape"), 0)
    except Denied as denied:
        raise PolicyError(
            f"`{text}` in the list of allowed hosts: {denied.reason}",
            "write `example.net` or `*.example.org:8443`",
        ) from denied
    if below and "." not in name:
        raise PolicyError(f"`{text}` in the list of allowed hosts would allow all of `{name}`")
    return _Entry(name=name, below=below, ports=frozenset({port}) if port else DEFAULT_PORTS)
