"""What goes through the proxy and what does not: real sockets on loopback."""

import contextlib
import http.server
import re
import socket
import ssl
import threading
import time
import urllib.request
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given
from proxy_support import LOCAL, WAIT_S, Made, all_of, ask, echo, exactly, first_of, listening, making, port_of, tunnel
from test_sandbox_proxy_reading import CONNECT, HELLO, HOSTILE, client_hello, requests

from sandbox import PolicyError
from sandbox.proxy import Asked, Network, Proxy


@pytest.fixture
def made() -> Iterator[Made]:
    with making() as made:
        yield made


# --- what goes through -----------------------------------------------------------------------------------------------


def test_plain_requests_by_an_ordinary_client(made: Made) -> None:
    seen = []

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            seen.append((self.path, self.headers["Host"], self.headers["Proxy-Authorization"], body))
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[::-1])

        def log_message(self, *arguments: object) -> None:
            pass

    server = made.stack.enter_context(http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    made.stack.callback(thread.join)
    made.stack.callback(server.shutdown)
    port = server.server_port
    host, at = made.proxy(f"pypi.test:{port}")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({"http": f"http://user:pw@{host}:{at}"}))
    body = bytes(range(256)) * 4000
    with opener.open(f"http://PyPI.test:{port}/simple/?a=%20", data=body, timeout=WAIT_S) as answer:
        assert answer.read() == body[::-1]
    assert seen == [("/simple/?a=%20", f"pypi.test:{port}", None, body)]
    asked = made.only()
    assert (asked.method, asked.host, asked.port, asked.allowed, asked.reason) == ("POST", "pypi.test", port, True, "")
    assert asked.sent > len(body)
    assert asked.received > len(body)


def test_a_second_request_on_the_connection_reaches_nobody(made: Made) -> None:
    seen: list[bytes] = []

    def answer(connection: socket.socket) -> None:
        seen.append(connection.recv(65536))
        time.sleep(0.2)
        connection.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            seen.append(connection.recv(65536))
        connection.setblocking(True)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\nbody")

    port = made.server(answer)
    address = made.proxy(f"pypi.test:{port}")
    first = (
        f"POST http://pypi.test:{port}/ HTTP/1.1\r\nHost: pypi.test:{port}\r\nContent-Length: 4\r\n\r\nfour".encode()
    )
    assert ask(address, first + b"GET / HTTP/1.1\r\nHost: evil.org\r\n\r\n") == b"HTTP/1.1 200 OK\r\n\r\nbody"
    assert len(seen) == 1
    assert seen[0].endswith(b"Connection: close\r\n\r\nfour")


def test_tls_passes_untouched(made: Made) -> None:
    port = made.server(echo)
    with tunnel(made.proxy(f"pypi.org:{port}"), "PyPI.org", port) as client:
        client.sendall(HELLO[:50])
        time.sleep(0.05)
        client.sendall(HELLO[50:] + b"more")
        client.shutdown(socket.SHUT_WR)
        assert all_of(client) == HELLO + b"more"
    size = len(HELLO) + 4
    assert made.only() == Asked(
        method="CONNECT", host="pypi.org", port=port, allowed=True, sent=size, received=size + 39
    )


def test_an_answer_after_the_client_has_ended_still_comes(made: Made) -> None:
    """Half-closed ends: everything up to the end, then as much in the other direction, far beyond any buffer."""

    def answer(connection: socket.socket) -> None:
        connection.sendall(b"hello, I speak first\n")
        size = len(all_of(connection))
        connection.sendall(b"x" * size)

    port = made.server(answer)
    with tunnel(made.proxy(f"pypi.org:{port}"), "pypi.org", port) as client:
        assert exactly(client, 21) == b"hello, I speak first\n"
        client.sendall(b"SSH" * 1_000_000)
        client.shutdown(socket.SHUT_WR)
        time.sleep(0.2)  # a slow reader: what is sent on must wait, without spinning
        assert len(all_of(client)) == 3_000_000


def test_the_end_of_the_server_ends_only_its_direction(made: Made) -> None:
    got: list[bytes] = []

    def answer(connection: socket.socket) -> None:
        connection.shutdown(socket.SHUT_WR)
        got.append(all_of(connection))

    port = made.server(answer)
    with tunnel(made.proxy(f"pypi.org:{port}"), "pypi.org", port) as client:
        assert all_of(client) == b""
        client.sendall(b"still")
        client.shutdown(socket.SHUT_WR)
        made.only()
    assert first_of(got) == b"still"


def test_through_the_users_own_proxy(made: Made) -> None:
    heads = []

    def upstream(connection: socket.socket) -> None:
        heads.append(connection.recv(65536))
        if heads[-1].startswith(b"CONNECT"):
            connection.sendall(b"HTTP/1.1 200 fine\r\nVia: x\r\n\r\nearly")
            heads.append(all_of(connection))
        else:
            connection.sendall(b"HTTP/1.1 204 x\r\n\r\n")

    port = made.server(upstream)
    address = made.proxy(
        "pypi.org", upstream=f"http://user:pw@127.0.0.1:{port}", network=Network(resolve=LOCAL.resolve)
    )
    assert ask(address, CONNECT + b"\r\n" + HELLO).endswith(b"established\r\n\r\nearly")
    assert ask(address, b"GET http://pypi.org/x HTTP/1.1\r\nHost: pypi.org\r\n\r\n") == b"HTTP/1.1 204 x\r\n\r\n"
    login = b"Proxy-Authorization: Basic dXNlcjpwdw==\r\n"
    assert heads == [
        b"CONNECT pypi.org:443 HTTP/1.1\r\nHost: pypi.org:443\r\n" + login + b"\r\n",
        HELLO,
        b"GET http://pypi.org/x HTTP/1.1\r\nHost: pypi.org\r\n" + login + b"Connection: close\r\n\r\n",
    ]


@pytest.mark.parametrize(
    "answer", [b"HTTP/1.1 407 no\r\n\r\n", b"HTTP/1.1 200 fine\n\n", b"HTTP/1.1 200", b"", b"\x05\x00"]
)
def test_an_upstream_that_does_not_let_us_through(made: Made, answer: bytes) -> None:
    def upstream(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(answer)

    port = made.server(upstream)
    said = ask(made.proxy("pypi.org", upstream=f"http://127.0.0.1:{port}"), CONNECT + b"\r\n", end=False)
    assert said.startswith(b"HTTP/1.1 502 Bad Gateway\r\n")
    assert not made.only().allowed


# --- what does not ---------------------------------------------------------------------------------------------------


def test_a_tunnel_for_one_name_and_tls_for_another(made: Made) -> None:
    got: list[bytes] = []
    port = made.server(lambda connection: got.append(all_of(connection)))
    with tunnel(made.proxy(f"pypi.org:{port}"), "pypi.org", port) as client:
        client.sendall(client_hello("evil.org"))
        connection = ssl.create_default_context().wrap_bio(bio := ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="x")
        bio.write(all_of(client))
        with pytest.raises(ssl.SSLError, match=r"(?i)unrecognized.name"):
            connection.do_handshake()
    asked = made.only()
    assert (asked.allowed, asked.sent) == (False, 0)
    assert asked.reason == "the TLS ClientHello is for `evil.org`, the tunnel for `pypi.org`"
    assert first_of(got) == b""


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_clients_are_answered_and_nobody_is_dialled(made: Made, name: str) -> None:
    looked: list[str] = []
    address = made.proxy("pypi.org", "evil.org", network=watching(looked))
    said = ask(address, HOSTILE[name])
    assert re.match(rb"HTTP/1\.1 4\d\d [A-Z][A-Za-z ]+\r\n", said)
    assert b"\x00" not in said
    assert b"\x1b" not in said
    assert looked == []
    asked = made.only()
    assert (asked.host, asked.allowed, asked.sent) == ("", False, 0)
    assert asked.reason.isprintable()


def watching(looked: list[str]) -> Network:
    def resolve(name: str, port: int) -> Sequence[str]:
        looked.append(name)
        return []

    return Network(resolve=resolve)


def test_whatever_is_asked_only_names_on_the_list_are_looked_up() -> None:
    looked: list[str] = []
    listener = listening()
    address = ("127.0.0.1", port_of(listener))

    @given(requests())
    def try_it(raw: bytes) -> None:
        ask(address, raw)
        assert set(looked) <= {"pypi.org"}

    with Proxy(listener, ["pypi.org"], network=watching(looked)):
        try_it()
        ask(address, CONNECT + b"\r\n")
    assert looked[-1:] == ["pypi.org"]


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"CONNECT evil.org:443 HTTP/1.1\r\n\r\n", 403),
        (b"CONNECT pypi.org:22 HTTP/1.1\r\n\r\n", 403),
        (b"CONNECT pypi.org:80 HTTP/1.1\r\n\r\n", 403),
        (b"GET http://evil.org/ HTTP/1.1\r\nHost: evil.org\r\n\r\n", 403),
        (b"GET http://pypi.org:8080/ HTTP/1.1\r\nHost: pypi.org:8080\r\n\r\n", 403),
        (b"GET http://pypi.org/ HTTP/1.1\r\nHost: pypi.org\r\nA: " + b"a" * 20000 + b"\r\n\r\n", 431),
        (b"a" * 20000, 431),
        (b"GET http://pypi.org/ HTTP/1.1\r\nHost: pypi.org\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411),
        (b"GET http://pypi.org/ HTTP/1.1\r\n", 400),
    ],
)
def test_refusals_say_why(made: Made, raw: bytes, status: int) -> None:
    looked: list[str] = []
    said = ask(made.proxy("pypi.org", network=watching(looked)), raw)
    head, _, text = said.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status)
    assert text == f"sandbox: {made.only().reason}\n".encode()
    assert looked == []


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "::ffff:127.0.0.1", "10.0.0.1", "169.254.169.254", "0.0.0.0"])
def test_a_name_that_leads_home_is_not_dialled(made: Made, address: str) -> None:
    got: list[bytes] = []
    port = made.server(lambda connection: got.append(all_of(connection)))
    proxy = made.proxy(f"pypi.org:{port}", network=Network(resolve=lambda name, port: [address]))
    assert b"403 Forbidden" in ask(proxy, f"CONNECT pypi.org:{port} HTTP/1.1\r\n\r\n".encode())
    assert made.only().reason == "`pypi.org` has no public address"
    assert got == []


def test_a_name_is_looked_up_once_and_bad_answers_are_no_crash(made: Made) -> None:
    looked: list[str] = []

    def resolve(name: str, port: int) -> Sequence[str]:
        looked.append(name)
        if len(looked) == 1:
            raise socket.gaierror(socket.EAI_NONAME, "not known")
        if len(looked) == 2:
            raise UnicodeError
        return ["127.0.0.1"] if len(looked) == 3 else []

    unused = listening()
    port = port_of(unused)
    unused.close()
    address = made.proxy(f"pypi.org:{port}", network=Network(allow_private=True, resolve=resolve))
    answers = [ask(address, f"CONNECT pypi.org:{port} HTTP/1.1\r\n\r\n".encode()).split()[1] for _ in range(4)]
    assert answers == [b"502", b"502", b"502", b"403"]
    assert len(looked) == 4


def test_the_list_must_make_sense() -> None:
    with listening() as listener, pytest.raises(PolicyError):
        Proxy(listener, ["*.org"])
