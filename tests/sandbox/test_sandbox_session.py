"""Sessions: servers that stay while other commands come and go, and the end of all of it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sandbox import Backend, Limits, Mount, Policy, PolicyError, SandboxError, Tier, open_session

ROOT = Path(__file__).parents[2]
SERVER = """
import socket
with socket.create_server(("127.0.0.1", 8765)) as server:
    print("up", flush=True)
    while True:
        with server.accept()[0] as taken:
            taken.sendall(b"hello")
"""
CLIENT = """
import socket
with socket.create_connection(("127.0.0.1", 8765)) as server:
    print(server.recv(9).decode())
"""
OUR_PYTHON = (Path(sys.prefix), Path(sys.base_prefix))
pytestmark = pytest.mark.namespaces


@pytest.fixture(params=[Backend.BUBBLEWRAP, Backend.NAMESPACES], ids=str)
def policy(request: pytest.FixtureRequest) -> Policy:
    return Policy(backend=request.param, read_only=OUR_PYTHON, limits=Limits(wall_s=60))


def until(happens: object) -> None:
    end = time.monotonic() + 20
    while not happens():  # type: ignore[operator]
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_server_is_reached_by_the_commands_that_come_later(policy: Policy, tmp_path: Path) -> None:
    mounts = (Mount(source=tmp_path, target=Path("/run/tree"), writable=True),)
    with open_session(policy, cwd=Path("/run/tree"), mounts=mounts) as opened:
        server = opened.start([sys.executable, "-c", SERVER])
        until(lambda: server.output()[0] == b"up\n")
        asked = opened.run([sys.executable, "-c", CLIENT])
        assert (asked.status, asked.output()) == (0, (b"hello\n", b""))
        assert server.wait(0) is None
        assert opened.run(["sh", "-c", "echo out; echo err >&2; pwd > made; exit 7"]).output() == (b"out\n", b"err\n")
        assert server.stop() == 128 + signal.SIGTERM
    assert (tmp_path / "made").read_text() == "/run/tree\n"


def test_statuses_and_limits_are_those_of_a_run(policy: Policy) -> None:
    with open_session(policy, cwd=Path("/tmp")) as opened:
        assert opened.run(["sh", "-c", "kill -9 $$"]).status == 137
        missing = opened.run(["no such program"])
        assert (missing.status, missing.output()[1]) == (127, b"sandbox: no such program: not found\n")
        assert opened.run(["sleep", "50"], wall_s=0.2).status == 137
        assert opened.run(["true"], cwd=Path("/nowhere")).status == 125
        with pytest.raises(PolicyError):
            opened.start(["a\0b"])
        assert opened.run(["cat"]).status == 0  # nothing to read
        left = opened.run(["sh", "-c", "sleep 40 & echo started"])
        assert left.output()[0] == b"started\n"
    with pytest.raises(SandboxError, match="over"):
        opened.start(["true"])


def test_everything_ends_with_the_block_and_with_us(policy: Policy) -> None:
    name = f"8000.{os.getpid()}"
    with open_session(policy, cwd=Path("/")) as opened:
        running = opened.start(["sh", "-c", f"setsid sleep {name} & sleep {name}"])
        assert running.wait(0.2) is None
    assert running.wait(5) == 137
    assert not _alive(name)
    script = (
        "import pathlib, sys, time, sandbox\n"
        f"p = sandbox.Policy(backend=sandbox.Backend({str(policy.backend)!r}))\n"
        f"with sandbox.open_session(p, cwd=pathlib.Path('/')) as s:\n"
        f"    s.start(['sleep', '{name}'])\n"
        "    print('up', flush=True)\n"
        "    time.sleep(60)\n"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, env=env) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"up\n"
        parent.kill()
    assert not _alive(name)


def _alive(name: str) -> bool:
    for _ in range(100):
        if not any(f"sleep\0{name}".encode() in _line(entry) for entry in Path("/proc").glob("[0-9]*/cmdline")):
            return False
        time.sleep(0.01)
    return True


def _line(entry: Path) -> bytes:
    try:
        return entry.read_bytes()
    except OSError:
        return b""


def test_a_session_that_cannot_begin_says_why(policy: Policy) -> None:
    with pytest.raises(SandboxError, match="No such file"), open_session(policy, cwd=Path("/no/such/place")):
        pass
    with pytest.raises(PolicyError, match="`namespaced` tier"), open_session(Policy(require=Tier.NONE), cwd=Path("/")):
        pass
