"""Limits of the proxy, and its end."""

import contextlib
import select
import socket
import threading
import time
from collections.abc import Iterator, Sequence

import pytest
from proxy_support import WAIT_S, Made, all_of, ask, connected, echo, exactly, making, port_of, tunnel

from sandbox.proxy import Network, ProxyLimits


@pytest.fixture
def made() -> Iterator[Made]:
    with making() as made:
        yield made


def test_slow_clients_are_dropped_and_the_next_one_has_its_turn(made: Made) -> None:
    port = made.server(echo)
    limits = ProxyLimits(connections=2, head_s=0.5)
    address = made.proxy(f"pypi.org:{port}", limits=limits)
    with connected(address) as one, connected(address) as two:
        begun = time.monotonic()
        for _ in range(3):
            one.send(b"G")
            time.sleep(0.1)
        with tunnel(address, "pypi.org", port) as client:  # only once a slow one is gone
            assert 0.4 < time.monotonic() - begun < WAIT_S
            client.sendall(b"x")
            assert client.recv(1) == b"x"
        assert all_of(one).startswith(b"HTTP/1.1 408 Request Timeout\r\n")
        assert all_of(two).startswith(b"HTTP/1.1 408 Request Timeout\r\n")


def test_silence_and_too_many_bytes_end_a_tunnel(made: Made) -> None:
    port = made.server(echo)
    address = made.proxy(f"pypi.org:{port}", limits=ProxyLimits(idle_s=0.2, total_bytes=1_000_000))
    with tunnel(address, "pypi.org", port) as client:
        assert all_of(client) == b"\x15\x03\x03\x00\x02\x02\x70"
    assert made.only().reason == "nothing came for too long"
    made.said.clear()
    with tunnel(address, "pypi.org", port) as client, contextlib.suppress(ConnectionError):
        while True:
            client.sendall(b"x" * 100_000)
            exactly(client, 100_000)
    assert made.said.wait(WAIT_S)
    last = made.log[-1]
    assert (last.allowed, last.reason) == (True, "the proxy has carried as much as it may")
    assert last.sent + last.received <= 1_000_000 + 39


def full(stack: contextlib.ExitStack) -> int:
    """A port where a connection is never made: its queue is full, and further requests are dropped."""
    listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
    for _ in range(3):
        waiting = stack.enter_context(socket.socket())
        waiting.setblocking(False)
        waiting.connect_ex(listener.getsockname())
    time.sleep(0.1)
    return port_of(listener)


def test_closing_ends_everything_at_once(made: Made) -> None:
    """A tunnel at full speed, one at rest, half a head, a dial without an answer, and a name that is not found yet."""
    release = threading.Event()
    looking = threading.Event()

    def resolve(name: str, port: int) -> Sequence[str]:
        if name == "slow.org":
            looking.set()
            release.wait(WAIT_S)
        return ["127.0.0.1"]

    echoing, dead = made.server(echo), full(made.stack)
    options = {"network": Network(allow_private=True, resolve=resolve)}
    address = made.proxy(f"pypi.org:{echoing}", f"dead.org:{dead}", f"slow.org:{echoing}", **options)
    with contextlib.ExitStack() as stack:
        busy = stack.enter_context(tunnel(address, "pypi.org", echoing))
        busy.setblocking(False)
        clients = [stack.enter_context(connected(address)) for _ in range(3)]
        clients[0].sendall(b"GET http://pypi")
        clients[1].sendall(f"CONNECT dead.org:{dead} HTTP/1.1\r\n\r\n".encode())
        clients[2].sendall(f"CONNECT slow.org:{echoing} HTTP/1.1\r\n\r\n".encode())
        with contextlib.suppress(BlockingIOError):
            while True:
                busy.send(b"x" * 65536)  # until every buffer is full
        assert looking.wait(WAIT_S)
        begun = time.monotonic()
        made.last.close()
        assert time.monotonic() - begun < 3
        assert [all_of(client) for client in clients[:2]] == [b"", b""]
        with pytest.raises(ConnectionRefusedError):
            connected(address)
        release.set()
        assert all_of(clients[2]) == b""
        made.last.close()  # once more does nothing
    deadline = time.monotonic() + WAIT_S
    while len(made.log) < 4 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert sorted((asked.host, asked.reason) for asked in made.log) == [
        (host, "the proxy was closed") for host in ("", "dead.org", "pypi.org", "slow.org")
    ]


def test_a_dial_without_an_answer_ends_in_time(made: Made) -> None:
    port = full(made.stack)
    address = made.proxy(f"pypi.org:{port}", limits=ProxyLimits(dial_s=0.3))
    begun = time.monotonic()
    assert b"502 Bad Gateway" in ask(address, f"CONNECT pypi.org:{port} HTTP/1.1\r\n\r\n".encode(), end=False)
    assert 0.2 < time.monotonic() - begun < 5


def test_waiting_costs_nothing(made: Made) -> None:
    """A client that reads nothing, after its server has ended, is waited for without turning round and round."""

    def answer(connection: socket.socket) -> None:
        all_of(connection)  # what is left unread would make the end a reset, which drops what is on its way
        connection.sendall(b"x" * 3_000_000)

    port = made.server(answer)
    with tunnel(made.proxy(f"pypi.org:{port}"), "pypi.org", port) as client:
        client.sendall(b"x")
        client.shutdown(socket.SHUT_WR)
        time.sleep(0.3)
        before = time.process_time()
        time.sleep(0.5)
        assert time.process_time() - before < 0.2
        assert select.select([client], [], [], 0)[0] == [client]
        assert len(all_of(client)) == 3_000_000
