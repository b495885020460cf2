"""Sockets on this machine, and names."""

import asyncio
import contextlib
import http.server
import os
import socket
import tempfile
import threading
import time
import urllib.request

from machine import scratch

WAIT_S = 60  # far more than anything here takes, for a machine that does much else


def exchange(server: socket.socket, client: socket.socket, address: object) -> None:
    with server, client:
        server.listen()
        client.connect(address)  # type: ignore[arg-type]  # of either family
        taken, _ = server.accept()
        with taken:
            client.sendall(b"question")
            assert taken.recv(100) == b"question"


def localhost_tcp4() -> None:
    server = socket.create_server(("127.0.0.1", 0))
    exchange(server, socket.socket(), server.getsockname())


def localhost_tcp6() -> None:
    server = socket.create_server(("::1", 0), family=socket.AF_INET6)
    exchange(server, socket.socket(socket.AF_INET6), server.getsockname())


def localhost_udp() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as one, socket.socket(type=socket.SOCK_DGRAM) as two:
        one.bind(("127.0.0.1", 0))
        two.sendto(b"word", one.getsockname())
        assert one.recv(100) == b"word"


def unix_socket() -> None:
    with scratch() as place:
        for address in (str(place / "s"), "\0abstract"):
            server = socket.socket(socket.AF_UNIX)
            server.bind(address)
            exchange(server, socket.socket(socket.AF_UNIX), address)


def socket_pair_with_descriptor() -> None:
    one, two = socket.socketpair()
    with one, two, tempfile.TemporaryFile() as file:
        file.write(b"content")
        file.flush()
        socket.send_fds(one, [b"x"], [file.fileno()])
        _, descriptors, _, _ = socket.recv_fds(two, 1, 1)
        assert os.pread(descriptors[0], 100, 0) == b"content"


def http_by_name() -> None:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"page")

        def log_message(self, *arguments: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("localhost", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for name in ("localhost", socket.gethostname()):
            with urllib.request.urlopen(f"http://{name}:{server.server_port}/", timeout=WAIT_S) as answer:
                assert answer.read() == b"page"
        server.shutdown()


def own_host_name() -> None:
    assert socket.gethostbyname(socket.gethostname()).startswith("127.")
    assert socket.gethostbyname("localhost") == "127.0.0.1"
    assert socket.getfqdn()


def no_other_host() -> None:
    begun = time.monotonic()
    with contextlib.suppress(OSError):
        socket.create_connection(("example.org", 80), timeout=20).close()
        raise AssertionError("there is a network")
    assert time.monotonic() - begun < 10


def asyncio_server() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write((await reader.readline()).upper())
        writer.close()
        await writer.wait_closed()

    async def main() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(b"word\n")
        assert await reader.read() == b"WORD\n"
        writer.close()
        server.close()

    asyncio.run(main())


PROBES = [
    localhost_tcp4,
    localhost_tcp6,
    localhost_udp,
    unix_socket,
    socket_pair_with_descriptor,
    http_by_name,
    own_host_name,
    no_other_host,
    asyncio_server,
]
