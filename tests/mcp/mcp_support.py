"""Servers as processes of their own, opened as a host would open them."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from swe_agent.mcp.server import Server

HERE = Path(__file__).parent / "servers"


class Opened:
    """A process as the host would open it: an argument list, a clean environment, a session of its own."""

    def __init__(self, argv: Sequence[str], names: Sequence[str]) -> None:
        environment = {name: os.environ[name] for name in ("PATH", *names) if name in os.environ}
        self._process = subprocess.Popen(
            list(argv),
            env=environment,
            cwd="/",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        assert self._process.stdin
        assert self._process.stdout
        self.stdin: IO[bytes] = self._process.stdin
        self.stdout: IO[bytes] = self._process.stdout

    def end(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    @property
    def gone(self) -> bool:
        return self._process.returncode is not None


class Host:
    """Opens processes and remembers them."""

    def __init__(self) -> None:
        self.opened: list[Opened] = []

    def __call__(self, argv: Sequence[str], names: Sequence[str]) -> Opened:
        self.opened.append(Opened(argv, names))
        return self.opened[-1]


def useful(*allow: str, seconds: float = 30.0, environment: tuple[str, ...] = ()) -> Server:
    command = (sys.executable, str(HERE / "useful.py"))
    return Server(name="useful", command=command, allow=allow, seconds=seconds, environment=environment)


def odd(kind: str, *allow: str, seconds: float = 10.0, name: str = "odd") -> Server:
    return Server(name=name, command=(sys.executable, str(HERE / "odd.py"), kind), allow=allow, seconds=seconds)


@contextmanager
def over_http() -> Iterator[str]:
    """The useful server on loopback; its URL."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, str(HERE / "useful.py"), "http", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(port)
        yield f"http://127.0.0.1:{port}/mcp"
    finally:
        process.kill()
        process.wait()


def _wait_for(port: int) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise AssertionError("the server does not listen")
