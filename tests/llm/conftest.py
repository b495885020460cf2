"""Nothing here may leave the machine: a connect to anything but loopback fails the test that made it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest


class LeftTheMachine(AssertionError):
    pass


def _is_loopback(address: Any) -> bool:
    return isinstance(address, (str, bytes)) or str(address[0]) in ("localhost", "::1") or str(address[0])[:4] == "127."


@pytest.fixture(autouse=True)
def only_loopback(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    connect, connect_ex, resolve = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo
    attempts: list[Any] = []

    def checked(address: Any) -> None:
        if not _is_loopback(address):
            attempts.append(address)
            raise LeftTheMachine(f"a connect to {address}")

    def guarded_connect(self: socket.socket, address: Any) -> None:
        checked(address)
        connect(self, address)

    def guarded_connect_ex(self: socket.socket, address: Any) -> int:
        checked(address)
        return connect_ex(self, address)

    def guarded_resolve(host: Any, *rest: Any, **more: Any) -> Any:
        if host not in (None, "") and not _is_loopback((host.decode() if isinstance(host, bytes) else host,)):
            attempts.append(host)
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return resolve(host, *rest, **more)

    monkeypatch.setattr(socket.socket, "connect", guarded_connect)
    monkeypatch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
    monkeypatch.setattr(socket, "getaddrinfo", guarded_resolve)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    yield
    # Retries swallow the error at the socket, so it is told again here.
    assert not attempts, f"reached for {attempts}"
