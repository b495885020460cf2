"""Starting what a launch describes, watching it, and leaving nothing alive.

One of the three places of this package that start processes; the others start git, and container engines. A run never
has a terminal, an inherited environment or an inherited descriptor, and whichever way `run` is left, by a result, an
error or an interrupt, all its processes are dead.
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
from sandbox.watch import Ending, Watch
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
        started.start(made, job.stdin, [job.serve] if job.serve >= 0 else [])
        ending, out, err, undead = started.follow(job, watchdog)
    finally:
        started.end()
    return _Outcome(
        ending=ending,
        status=started.status,
        cpu_s=started.cpu_s,
        duration_s=time.monotonic() - begun,
        out=out,
        err=err,
        undead=undead,
    )


class _Started:
    """A process that may have been started, with everything that must be given back in whatever state it is left."""

    def __init__(self, leash: Leash) -> None:
        self.status = -1
        self.cpu_s = 0.0
        self._process: subprocess.Popen[bytes] | None = None
        self._leash = leash
        self._pidfd = -1
        self._watch: Watch | None = None
        self._pulled = False

    def start(self, made: Launch, stdin: bytes, passed: Sequence[int]) -> None:
        try:
            self._process = subprocess.Popen(
                made.line,
                cwd="/",
                env={"LC_ALL": "C.UTF-8"},  # the command's own is handed over with the command
                stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                pass_fds=(*self._leash.pass_fds, *made.passed, *passed),
                start_new_session=True,
            )
        except OSError as error:
            raise SandboxError(f"cannot start `{made.line[0]}`: {error.strerror}") from error

    def follow(self, job: Job, watchdog: Watchdog) -> tuple[Ending, Capture, Capture, int]:
        """Let the command begin, watch it, and kill what is left; why it ended, its outputs, and how many would not."""
        process = self._process
        assert process is not None
        assert process.stdout is not None
        assert process.stderr is not None
        self._pidfd = os.pidfd_open(process.pid)
        watch = self._watch = Watch(pidfd=self._pidfd, limits=job.policy.limits, on_output=job.on_output)
        out, err = watch.collect(process.stdout.fileno()), watch.collect(process.stderr.fileno())
        self._leash.attach(process.pid, watch)
        if process.stdin is not None:
            watch.feed(os.dup(process.stdin.fileno()), job.stdin)
            process.stdin.close()
        ending = watch.follow(job.cancelled, watchdog.look)
        undead = self._leash.pull(process.pid)
        self._pulled = True
        watch.drain()
        return ending, out, err, undead

    def end(self) -> None:
        """Kill what is left, reap it, and close everything; also where an interrupt falls into this very moment."""
        try:
            self._end()
        except KeyboardInterrupt:
            self._end()
            raise

    def _end(self) -> None:
        """Each step leaves a mark, so that it can be done again from where it was cut off."""
        if self._watch is not None:
            watch, self._watch = self._watch, None
            watch.close()
        process = self._process
        if process is None:
            return
        if not self._pulled:
            self._leash.pull(process.pid)
            self._pulled = True
        if process.returncode is None:
            self.status, self.cpu_s = _reap(process)
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()
        if self._pidfd >= 0:
            pidfd, self._pidfd = self._pidfd, -1
            os.close(pidfd)


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
        status=outcome.status
        if leash.begun
        else _KILLED,  # a stage that was stopped while it waited has one of its own
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
