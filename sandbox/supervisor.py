"""Starting what a launch describes, watching it, and leaving nothing alive.

A run never has a terminal, an inherited environment or an inherited descriptor, and whichever way `run` is left, by a
result, an error or an interrupt, all its processes are dead.
"""

import contextlib
import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox import launch
from sandbox.backends import bwrap
from sandbox.errors import SandboxError
from sandbox.launch import Command, Launch
from sandbox.leash import Leash
from sandbox.linux.cgroup import Cgroup
from sandbox.output import Capture
from sandbox.policy import Backend, Mount, Policy, Tier
from sandbox.result import Result
from sandbox.started import Started
from sandbox.watch import Ending
from sandbox.watchdog import Watchdog

if TYPE_CHECKING:
    from sandbox.proxy import Asked


_KILLED = 137


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A command with what it is given, who is told, and who may stop it."""

    policy: Policy
    argv: tuple[str, ...]
    stdin: bytes = b""
    on_output: Callable[[bytes], None] | None = None
    cancelled: Callable[[], bool] | None = None
    serve: int = -1


def launched(
    backend: Backend | None, job: Job, cwd: Path, mounts: Sequence[Mount], tool: bwrap.Bubblewrap | None
) -> Result | str:
    """The result, or what was said where the launch did not get as far as the command. `tool` for bubblewrap."""
    policy = job.policy
    if backend is Backend.CONTAINER:
        from sandbox import containers  # few runs need them

        return containers.launched(job, cwd, mounts)
    with contextlib.ExitStack() as stack:
        cgroup = Cgroup.create(policy.limits)
        if cgroup is not None:
            stack.callback(cgroup.close)
        spares_user = backend in (None, Backend.RESTRICTED)
        leash = stack.enter_context(contextlib.closing(Leash(policy.limits, cgroup, spares_user=spares_user)))
        files = stack.enter_context(launch.memory_files())
        command = Command(argv=job.argv, cwd=cwd, control=leash.control_fd, status=leash.status_fd, serve=job.serve)
        if backend is Backend.BUBBLEWRAP:
            assert tool is not None
            made = launch.by_bubblewrap(tool, policy, mounts, command, files)
        elif backend is Backend.NAMESPACES:
            made = launch.by_namespaces(policy, mounts, command, files)
        else:
            scratch = stack.enter_context(_scratch())
            made = (
                launch.restricted(policy, mounts, command, scratch, files)
                if backend is Backend.RESTRICTED
                else launch.bare(policy, command, scratch, files)
            )
        requests: list[Asked] = []
        if policy.hosts:
            leash.on_listener = _proxied(stack, policy, requests.append)
        written = [mount.source for mount in mounts if mount.writable and not mount.throwaway]
        watchdog = Watchdog(policy.limits, leash, written=written)
        outcome = _execute(job, made, leash, watchdog)
        if not leash.begun and outcome.ending is Ending.EXITED:
            said = outcome.err.value().decode("utf-8", "replace").strip().removeprefix("bwrap: ")
            return leash.failure or said or "no message"
        lacking_layers = made.layers - set(leash.layers)
        if leash.begun and lacking_layers:
            raise SandboxError(f"the stage did not put in force: {', '.join(sorted(lacking_layers))}")
        exceeded = (*watchdog.exceeded, *(cgroup.exceeded() if cgroup is not None else ()))
        return _result(job, backend, made, leash, outcome, exceeded, tuple(requests))


def _proxied(
    stack: contextlib.ExitStack, policy: Policy, log: "Callable[[Asked], None]"
) -> Callable[[socket.socket], None]:
    from sandbox.proxy import Proxy, upstream_of  # threads and parsers that few runs need

    def serve(listener: socket.socket) -> None:
        stack.enter_context(Proxy(listener, policy.hosts, on_request=log, upstream=upstream_of(os.environ)))

    return serve


@contextlib.contextmanager
def _scratch() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="sandbox-", ignore_cleanup_errors=True) as made:
        scratch = Path(made)
        (scratch / "home").mkdir()
        (scratch / "tmp").mkdir()
        yield scratch


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    ending: Ending
    status: int
    cpu_s: float
    duration_s: float
    out: Capture
    err: Capture
    undead: int


def _execute(job: Job, made: Launch, leash: Leash, watchdog: Watchdog) -> _Outcome:
    """Start the line, follow it to its end or a limit, kill all of it, and collect."""
    begun = time.monotonic()
    started = _Started(leash)
    try:
        passed = [*leash.pass_fds, *made.passed, *([job.serve] if job.serve >= 0 else [])]
        # Of the environment nothing: the command's own is handed over with the command.
        started.start(made.line, env={"LC_ALL": "C.UTF-8"}, stdin=job.stdin, pass_fds=passed)
        ending, out, err = started.follow(job, watchdog)
    finally:
        started.end()
    return _Outcome(
        ending=ending,
        status=started.status,
        cpu_s=started.cpu_s,
        duration_s=time.monotonic() - begun,
        out=out,
        err=err,
        undead=started.undead,
    )


class _Started(Started):
    """The launcher, held by a leash."""

    def __init__(self, leash: Leash) -> None:
        super().__init__()
        self.cpu_s = 0.0
        self.undead = 0
        self._leash = leash
        self._pulled = False

    def follow(self, job: Job, watchdog: Watchdog) -> tuple[Ending, Capture, Capture]:
        """Let the command begin, watch it, and kill what is left; why it ended, and its outputs."""
        watch, out, err = self.watched(job.policy.limits, job.on_output, job.stdin)
        self._leash.attach(self.process.pid, watch)
        ending = watch.follow(job.cancelled, watchdog.look)
        self._pull()
        watch.drain()
        return ending, out, err

    def _pull(self) -> None:
        if not self._pulled:
            self.undead = self._leash.pull(self.process.pid)
            self._pulled = True

    def _bury(self) -> None:
        self._pull()
        if self.process.returncode is None:
            self.status, self.cpu_s = _reap(self.process)


def _reap(process: subprocess.Popen[bytes]) -> tuple[int, float]:
    """The status as a shell gives it, and the CPU seconds of the process and those it waited for."""
    _, raw, usage = os.wait4(process.pid, 0)
    code = process.returncode = os.waitstatus_to_exitcode(raw)
    return (128 - code if code < 0 else code), usage.ru_utime + usage.ru_stime


def _result(
    job: Job,
    backend: Backend | None,
    made: Launch,
    leash: Leash,
    outcome: _Outcome,
    exceeded: Sequence[str],
    requests: "tuple[Asked, ...]",
) -> Result:
    limits = job.policy.limits
    have = [*made.have, *leash.layers, "clean environment", "wall clock limit", "output limit", "tree limit"]
    have += ["idle limit"] if limits.idle_s is not None else []
    missing = list(made.missing)
    in_force = {
        "rlimits": leash.limited,
        "cgroup": leash.grouped,
        "network off": not job.policy.network and backend is not None,
        "landlock": "landlock" in leash.layers or backend is None,
    }
    for name, force in in_force.items():
        if name not in have and name not in missing:
            (have if force else missing).append(name)
    missing += [f"{outcome.undead} process(es) could not be killed"] if outcome.undead else []
    tier = Tier.NONE if backend is None else backend.tier
    return Result(
        argv=job.argv,
        # A stage that was stopped while it waited has a status of its own.
        status=outcome.status if leash.begun else _KILLED,
        stdout=outcome.out.value(),
        stderr=outcome.err.value(),
        duration_s=outcome.duration_s,
        cpu_s=outcome.cpu_s,
        timed_out=outcome.ending is Ending.WALL,
        idle_timed_out=outcome.ending is Ending.IDLE,
        cancelled=outcome.ending is Ending.CANCELLED,
        exceeded=tuple(dict.fromkeys(exceeded)),
        requests=requests,
        truncated_bytes=outcome.out.dropped + outcome.err.dropped,
        tier=tier,
        layers=tuple(dict.fromkeys(have)),
        missing=tuple(missing),
    )


def version_of(program: Path) -> str:
    """What it prints for `--version`; empty where it cannot be started."""
    try:
        said = subprocess.run([program, "--version"], stdin=subprocess.DEVNULL, capture_output=True, timeout=20, env={})
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return said.stdout.decode("utf-8", "replace")
