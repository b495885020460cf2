"""What an agent is given and what it gives back, whichever it is; and how one that changes files is run."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from benchmarks.harness.tasks import patches


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """`checkout` holds one commit and the environment; `outside` is a folder for all else that the agent writes, with
    a home in it."""

    id: str
    checkout: Path
    outside: Path
    statement: Path
    test: str
    base_url: str
    model: str
    seconds: int
    turns: int

    @property
    def home(self) -> Path:
        return self.outside / "home"


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """`input` are the tokens that were not read from a cache. `nano_usd` is None where no price is known."""

    turns: int = 0
    input: int = 0
    cached: int = 0
    output: int = 0
    nano_usd: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """`status` is the agent program's exit status; `timed_out` says that it was ended."""

    patch: bytes
    status: int
    timed_out: bool
    usage: Usage
    cpu_s: float
    wall_s: float
    said: str
    trajectory: Mapping[str, Any] | None = None
    log: str = ""


class Agent(Protocol):
    @property
    def name(self) -> str: ...

    def solve(self, given: Assignment) -> Attempt: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    status: int
    timed_out: bool
    cpu_s: float
    wall_s: float
    out: str
    """With surrogate escapes and its line ends as they were: it may be a patch."""
    said: str


def run(argv: Sequence[str], given: Assignment, variables: Mapping[str, str], *, grace: int = 60) -> Ended:
    """A program in the checkout with a home of its own; CPU is the kernel's count of it and all it waited for."""
    out, said = given.outside / "stdout", given.outside / "stderr"
    begun = time.monotonic()
    with out.open("wb") as out_file, said.open("wb") as said_file:
        child = subprocess.Popen(
            list(argv), cwd=given.checkout, env={**environment(given), **variables}, stdin=-3, stdout=out_file,
            stderr=said_file, start_new_session=True,
        )  # fmt: skip
        timed_out, status, cpu = _wait(child, given.seconds + grace)
    return Ended(
        status=status, timed_out=timed_out, cpu_s=cpu, wall_s=time.monotonic() - begun,
        out=out.read_bytes().decode("utf-8", "surrogateescape"), said=said.read_text(errors="replace"),
    )  # fmt: skip


def _wait(child: subprocess.Popen[bytes], seconds: float) -> tuple[bool, int, float]:
    until = time.monotonic() + seconds
    timed_out = False
    while True:
        pid, status, used = os.wait4(child.pid, os.WNOHANG)
        if pid:
            child.returncode = os.waitstatus_to_exitcode(status)
            return timed_out, child.returncode, used.ru_utime + used.ru_stime
        if time.monotonic() > until:
            os.killpg(child.pid, 2 if not timed_out else 9)  # it may put things in order, once
            timed_out, until = True, time.monotonic() + 20
        time.sleep(0.05)


def environment(given: Assignment) -> dict[str, str]:
    """No setting, key or cache of whoever runs this; the task's environment as if it were activated, ours as if it were
    not, and a name for commits and stashes."""
    kept = {name: os.environ[name] for name in ("LANG", "SSL_CERT_FILE") if name in os.environ}
    ours = os.path.dirname(sys.executable)
    path = [folder for folder in os.environ.get("PATH", os.defpath).split(os.pathsep) if folder != ours]
    names = {name: value for name, value in patches.FIXED.items() if not name.endswith("_DATE")}
    activated = {
        "PATH": os.pathsep.join([str(given.checkout / ".venv/bin"), *path]),
        "VIRTUAL_ENV": str(given.checkout / ".venv"),
    }
    folders = {
        f"XDG_{kind}_HOME": str(given.home / f".{kind.lower()}") for kind in ("CONFIG", "CACHE", "STATE", "DATA")
    }
    fixed = {"HOME": str(given.home), "PYTHONHASHSEED": "0", "NO_COLOR": "1", "TERM": "dumb"}
    return {**kept, **names, **activated, **folders, **fixed}


def difference(checkout: Path) -> bytes:
    """What an agent that edits the checkout itself has made of it, new files among it."""
    patches.run_git(checkout, "add", "--all")
    return patches.run_git(checkout, *patches.DIFF, "--cached", _first(checkout))


def _first(checkout: Path) -> str:
    return patches.run_git(checkout, "rev-list", "--max-parents=0", "HEAD").decode().split()[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Any program that edits the checkout it is started in: `CMD with {task} {base_url} {model} {test}`.

    `read` makes usage and trajectory out of what it left; without it there are none.
    """

    name: str
    template: str
    variables: Mapping[str, str]
    read: Callable[[Assignment, Ended], tuple[Usage, Mapping[str, Any] | None]] | None = None

    def solve(self, given: Assignment) -> Attempt:
        values = {
            "task": str(given.statement), "base_url": given.base_url, "model": given.model, "test": given.test,
            "outside": str(given.outside), "checkout": str(given.checkout), "turns": str(given.turns),
            "statement": given.statement.read_text(encoding="utf-8"),
        }  # fmt: skip
        argv = [word.format_map(values) for word in shlex.split(self.template)]
        ended = run(argv, given, {name: value.format_map(values) for name, value in self.variables.items()})
        usage, trajectory = self.read(given, ended) if self.read else (Usage(), None)
        return Attempt(
            patch=difference(given.checkout), status=ended.status, timed_out=ended.timed_out, usage=usage,
            cpu_s=ended.cpu_s, wall_s=ended.wall_s, said=(ended.said or ended.out)[-3000:], trajectory=trajectory,
            log=ended.out,
        )  # fmt: skip
