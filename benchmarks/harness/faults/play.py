"""A scenario, played: the server up, the program run and stopped as the scenario says, and everything counted."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from benchmarks.harness.faults.scenario import Scenario, Stop
from benchmarks.harness.faults.world import TASK, TESTS, World
from swe_agent.testing.dialects.dialect import Heard
from swe_agent.testing.dialects.faults import Step, silence
from swe_agent.testing.dialects.server import LoopbackServer

SIGNALS: dict[Stop, int] = {
    "kill": signal.SIGKILL,
    "interrupt": signal.SIGINT,
    "terminate": signal.SIGTERM,
}
TOO_LONG_S = 150.0
"""After so long a run is ended by us, whatever its scenario allows."""
FOR_EVER = 600.0


@dataclass(frozen=True, kw_only=True)
class Ran:
    """One process of the program. `cpu_s` counts its children too; `ended` is false where we had to end it."""

    code: int
    out: str
    err: str
    wall_s: float
    cpu_s: float
    requests: int
    longest_wait_s: float
    ended: bool = True

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines() if line.startswith("{") and line.endswith("}")]

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event.get("type") == kind]

    @property
    def nano_usd(self) -> int | None:
        costs = [event["cost"]["nano_usd"] for event in self.of("ModelAnswered")]
        return None if None in costs else sum(costs)


@dataclass(kw_only=True)
class Stage:
    """The server's side of a scenario: counts the questions, spoils what is to be spoilt, rings when it is time."""

    scenario: Scenario
    times: list[float] = field(default_factory=list)
    begun_at: int = 0
    rung: threading.Event = field(default_factory=threading.Event)
    stops: bool = True

    def policy(self, heard: Heard) -> Step:
        self.times.append(time.monotonic())
        number = len(self.times)
        if self.stops and self.scenario.stop and number == self.scenario.stop_at:
            self.rung.set()
            if not self.scenario.stop_within_s:
                return silence(FOR_EVER)
        spoil = self.scenario.at.get(number, self.scenario.every)
        reply = self.scenario.solver(heard)
        return spoil(reply) if spoil else reply

    def next_run(self) -> None:
        """What comes now belongs to a process that is not stopped."""
        self.begun_at, self.stops = len(self.times), False

    @property
    def waits(self) -> list[float]:
        now = self.times[self.begun_at :]
        return [later - earlier for earlier, later in pairwise(now)]


def play(scenario: Scenario, world: World) -> list[Ran]:
    """The run, and the resumption where there is one."""
    stage = Stage(scenario=scenario)
    with LoopbackServer(scenario.door.dialect, stage.policy) as server:
        url = server.url if scenario.listens else f"http://127.0.0.1:{_nobodys_port()}"
        arguments = ["run", TASK, "--test", TESTS, *scenario.door.arguments(url), *scenario.options, "--json"]
        ran = [_run(arguments, stage, world, scenario.door.environment(url))]
        if scenario.resumed:
            stage.next_run()
            again = ["resume", *scenario.resume_options, "--json"]
            ran.append(_run(again, stage, world, scenario.door.environment(url)))
    return ran


def _nobodys_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _run(arguments: Sequence[str], stage: Stage, world: World, variables: Mapping[str, str]) -> Ran:
    out, err = world.folder / "out", world.folder / "err"
    before = len(stage.times)
    begun = time.monotonic()
    with out.open("wb") as out_file, err.open("wb") as err_file:
        process = subprocess.Popen(
            [sys.executable, "-m", "swe_agent", *arguments],
            cwd=world.repository,
            env=world.environment({**variables, **stage.scenario.environment}),
            stdin=subprocess.DEVNULL,
            stdout=out_file,
            stderr=err_file,
            start_new_session=True,
        )
        status, cpu_s, ended = _wait(process.pid, stage)
    process.returncode = status  # it was waited for by us, for what it used
    return Ran(
        code=status,
        out=_text(out),
        err=_text(err),
        wall_s=time.monotonic() - begun,
        cpu_s=cpu_s,
        requests=len(stage.times) - before,
        longest_wait_s=max(stage.waits, default=0.0),
        ended=ended,
    )


def _wait(pid: int, stage: Stage) -> tuple[int, float, bool]:
    """Exit code, CPU seconds, and whether it ended by itself or by the scenario's stop."""
    limit = time.monotonic() + TOO_LONG_S
    stopped = not stage.stops or not stage.scenario.stop
    ended = True
    while True:
        found, status, usage = os.wait4(pid, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime, ended
        if not stopped and stage.rung.is_set() and stage.scenario.stop:
            # Unanswered, the program can do nothing but wait.
            time.sleep(stage.scenario.stop_within_s or 0.1)
            os.kill(pid, SIGNALS[stage.scenario.stop])
            stopped = True
        if time.monotonic() > limit and ended:
            os.killpg(pid, signal.SIGKILL)
            ended = False
        time.sleep(0.01)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")
