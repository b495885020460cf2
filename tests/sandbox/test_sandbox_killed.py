"""kill -9 of whoever supervises, at any moment: no process stays behind, and what was written is there."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sandbox import Backend
from sandbox.available import lacking
from sandbox.linux import cgroup, procs

ROOT = Path(__file__).parents[2]
FULL = os.environ.get("HYPOTHESIS_PROFILE") == "full"
BACKENDS = [
    pytest.param(Backend.BUBBLEWRAP, marks=pytest.mark.namespaces),
    pytest.param(Backend.NAMESPACES, marks=pytest.mark.namespaces),
    Backend.RESTRICTED,
    None,
]
SCRIPT = """
import pathlib, sys, sandbox
tree = pathlib.Path(sys.argv[1])
backend = sandbox.Backend(sys.argv[2]) if sys.argv[2] else None
policy = sandbox.Policy(require=backend.tier if backend else sandbox.Tier.NONE, backend=backend)
mounts = [sandbox.Mount(source=tree, target=tree, writable=True)] if backend else []
word = sys.argv[3]
for number in range(10_000):
    if number == 1:
        print("ready", flush=True)
    script = f"echo {number} >> lines; (setsid sleep {word} &); sleep {word} & [ $(({number} % 3)) = 0 ] && sleep 0.05"
    sandbox.run(policy, ["/bin/sh", "-c", script], cwd=tree, mounts=mounts)
"""


def ours(word: str) -> list[str]:
    """Commands of ours, and stages and launchers whose parent is gone: those of other tests have one."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            line = (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if f"sleep\0{word}".encode() in line or (
            b"import marshal,posix,sys" in line and procs.parent(int(entry.name)) in (0, 1)
        ):
            found.append(f"{entry.name}: {line[:80]!r}")
    return found


@pytest.mark.parametrize("backend", BACKENDS, ids=str)
def test_whoever_supervises_is_killed_at_any_moment(backend: Backend | None, tmp_path: Path) -> None:
    if backend is not None and (lack := lacking(backend)):
        pytest.skip(f"{backend}: {lack[0]}")
    chance = random.Random(11)
    word = f"9000.{os.getpid()}{len(str(backend))}"
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    for _ in range(60 if FULL else 6):
        argv = [sys.executable, "-c", SCRIPT, str(tmp_path), backend or "", word]
        with subprocess.Popen(argv, stdout=subprocess.PIPE, env=env) as parent:
            assert parent.stdout is not None
            assert parent.stdout.readline() == b"ready\n"
            time.sleep(chance.random() * 0.4)
            parent.send_signal(signal.SIGKILL)
        end = time.monotonic() + 15
        while (left := ours(word)) and time.monotonic() < end:
            time.sleep(0.02)
        assert left == []
    written = (tmp_path / "lines").read_text().splitlines()
    assert written
    assert all(line.isdigit() for line in written)
    assert str(tmp_path) not in Path("/proc/self/mounts").read_text()
    cgroup.clean()
    parents = cgroup.find()
    for place in () if isinstance(parents, str) else parents.directories:
        for made in place.glob("sandbox-*-*-*"):
            assert Path("/proc", made.name.split("-")[1]).exists(), made
