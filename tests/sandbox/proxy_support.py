"""Proxies, servers and clients on loopback, with the addresses of names said by the test."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from sandbox.proxy import Asked, Network, Proxy

WAIT_S = 10.0


def listening() -> socket.socket:
    return socket.create_server(("127.0.0.1", 0), backlog=64)


def port_of(sock: socket.socket) -> int:
    return int(sock.getsockname()[1])


LOCAL = Network(allow_private=True, resolve=lambda name, port: ["127.0.0.1"])


class Made:
    """Proxies that end with the test, and what they said was asked of them."""

    def __init__(self, stack: contextlib.ExitStack) -> None:
        self.stack = stack
        self.log: list[Asked] = []
        self.said = threading.Event()

    def proxy(self, *hosts: str, **options: Any) -> tuple[str, int]:
        listener = listening()
        address = ("127.0.0.1", port_of(listener))
        given: dict[str, Any] = {"network": LOCAL, "on_request": self.took} | options
        self.last = self.stack.enter_context(Proxy(listener, hosts, **given))
        return address

    def took(self, asked: Asked) -> None:
        self.log.append(asked)
        self.said.set()

    def only(self) -> Asked:
        assert self.said.wait(WAIT_S)
        assert len(self.log) == 1
        return self.log[0]

    def server(self, answer: Callable[[socket.socket], None]) -> int:
        """A server that gives each connection to `answer`, one after the other."""
        listener = listening()
        port = port_of(listener)

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection, contextlib.suppress(OSError):
                    connection.settimeout(WAIT_S)
                    answer(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()

        def end() -> None:
            listener.shutdown(socket.SHUT_RDWR)  # closing alone would not wake accept
            listener.close()
            thread.join(WAIT_S)

        self.stack.callback(end)
        return port


@contextlib.contextmanager
def making() -> Iterator[Made]:
    """Proxies that end with the block, with all of their threads."""
    with contextlib.ExitStack() as stack:
        yield Made(stack)
    assert not [thread for thread in threading.enumerate() if thread.name == "sandbox-proxy"]


def connected(address: tuple[str, int]) -> socket.socket:
    return socket.create_connection(address, timeout=WAIT_S)


def all_of(sock: socket.socket) -> bytes:
    said = b""
    with contextlib.suppress(ConnectionError):
        while chunk := sock.recv(65536):
            said += chunk
    return said


def ask(address: tuple[str, int], raw: bytes, *, end: bool = True) -> bytes:
    with connected(address) as client:
        with contextlib.suppress(ConnectionError):
            client.sendall(raw)
            if end:
                client.shutdown(socket.SHUT_WR)
        return all_of(client)


def echo(connection: socket.socket) -> None:
    while chunk := connection.recv(65536):
        connection.sendall(chunk)


@contextlib.contextmanager
def tunnel(address: tuple[str, int], name: str, port: int) -> Iterator[socket.socket]:
    with connected(address) as client:
        client.sendall(f"CONNECT {name}:{port} HTTP/1.1\r\nHost: {name}:{port}\r\n\r\n".encode())
        assert exactly(client, 39) == b"HTTP/1.1 200 Connection established\r\n\r\n"
        yield client


def first_of(got: list[bytes]) -> bytes:
    """What a server's thread is about to note down."""
    deadline = time.monotonic() + WAIT_S
    while not got and time.monotonic() < deadline:
        time.sleep(0.01)
    return got[0]


def exactly(sock: socket.socket, size: int) -> bytes:
    said = b""
    while len(said) < size and (chunk := sock.recv(size - len(said))):
        said += chunk
    return said
