"""Running a command inside a boundary: start, watch, and leave nothing alive.

One of the two places of this package that start processes. A run never has a terminal, an inherited environment or an
inherited descriptor, and whichever way `run` is left, by a result, an error or an interrupt, all its processes are
dead. A tier that is required and cannot be had is an error; nothing is ever retried with less.
"""

import contextlib
import os
import shutil
import subprocess
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from sandbox import diagnosis, environment
from sandbox.backends import bwrap
from sandbox.errors import PolicyError, SandboxError, SandboxUnavailable
from sandbox.leash import GroupLeash, Leash, NamespaceLeash
from sandbox.output import Capture
from sandbox.policy import Limits, Mount, Policy, Tier
from sandbox.result import Result
from sandbox.watch import Ending, Watch

TOKEN = "SANDBOX_RUN"  # noqa: S105  names the variable by which processes of a run are recognised

# The command begins only when told to, after its limits are set; if this process dies before, the read fails and it
# never begins. The shell also gives 126 and 127 their usual meaning. With nothing to read the command gets /dev/null,
# for some tools (rg, ag) search their stdin when it is a pipe.
_GATE = 'read -r go && exec "$@"'


def run(
    policy: Policy,
    argv: Sequence[str],
    *,
    cwd: Path,
    mounts: Sequence[Mount] = (),
    stdin: bytes = b"",
    on_output: Callable[[bytes], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Result:
    """Run `argv` in `cwd` (a path as seen inside) under `policy` and return what came of it.

    `on_output` gets each chunk of stdout and stderr as it comes; `cancelled` is asked about ten times a second.
    """
    _check(policy, argv)
    job = _Job(policy=policy, argv=tuple(argv), stdin=stdin, on_output=on_output, cancelled=cancelled)
    if policy.require is Tier.NONE:
        if mounts:
            raise PolicyError("mounts need the `namespaced` tier; at tier `none` nothing can be mounted")
        return _run_bare(job, cwd)
    if policy.require is Tier.NAMESPACED:
        return _run_namespaced(job, cwd, mounts)
    raise SandboxUnavailable(
        policy.require.value, "this build has no such backend", "require `namespaced`, which is the default"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    policy: Policy
    argv: tuple[str, ...]
    stdin: bytes = b""
    on_output: Callable[[bytes], None] | None = None
    cancelled: Callable[[], bool] | None = None

    @property
    def gated(self) -> list[str]:
        return ["/bin/sh", "-c", _GATE if self.stdin else f"{_GATE} </dev/null", "sh", *self.argv]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    ending: Ending
    status: int
    cpu_s: float
    duration_s: float
    out: Capture
    err: Capture
    undead: int


def _check(policy: Policy, argv: Sequence[str]) -> None:
    if not argv or not argv[0]:
        raise PolicyError("there is no command to run")
    if any("\0" in part for part in [*argv, *policy.env, *policy.env.values()]):
        raise PolicyError("an argument or a variable has a NUL in it")
    if any(not name or "=" in name for name in policy.env):
        raise PolicyError("a variable needs a name without `=`")


def _run_bare(job: _Job, cwd: Path) -> Result:
    """Tier `none`: a clean environment, an empty home, limits, and the end of all processes. No boundary."""
    token = uuid.uuid4().hex
    path = environment.search_path(job.policy, os.environ)
    with tempfile.TemporaryDirectory(prefix="sandbox-", ignore_cleanup_errors=True) as scratch:
        home, tmp = Path(scratch, "home"), Path(scratch, "tmp")
        home.mkdir()
        tmp.mkdir()
        env = environment.build(job.policy, os.environ, home=home, tmp=tmp, path=path) | {TOKEN: token}
        leash = GroupLeash(job.policy.limits, f"{TOKEN}={token}")
        outcome = _execute(job, job.gated, env, cwd, leash)
    missing = ["file system boundary", "network off", "pid namespace", "seccomp", "landlock", "cgroup"]
    return _result(job, Tier.NONE, outcome, ["own process group", "empty home"], missing, leash, outcome.cpu_s)


def _run_namespaced(job: _Job, cwd: Path, mounts: Sequence[Mount]) -> Result:
    tool = namespaces()
    result = _inside(tool, job, cwd, mounts)
    if isinstance(result, bytes):
        said = result.decode("utf-8", "replace").strip().removeprefix("bwrap: ")
        raise SandboxError(f"the sandbox refused to start the command: {said}")
    return result


def _inside(tool: bwrap.Bubblewrap, job: _Job, cwd: Path, mounts: Sequence[Mount]) -> Result | bytes:
    """The result, or what bubblewrap said where it did not get as far as the command."""
    path = environment.search_path(job.policy, os.environ)
    host = _host(path, tuple(sorted((name, os.environ.get(name, "")) for name in _SURVEYED)))
    user = not bwrap.closed_to_root(host, job.policy, mounts)
    arguments, home = bwrap.arguments(tool, host, job.policy, mounts, cwd, user_namespace=user)
    env = environment.build(job.policy, os.environ, home=home, tmp=bwrap.TMP, path=path)
    leash = NamespaceLeash(job.policy.limits)
    with contextlib.closing(leash):
        arguments += ["--json-status-fd", str(leash.status_fd), "--block-fd", str(leash.block_fd)]
        # Through a descriptor, for the command line can be read inside and would tell where things lie on the host.
        with _memory_file(bwrap.HOSTS) as hosts:
            if not job.policy.network and Path("/etc/hosts").is_file():
                arguments += ["--ro-bind-data", str(hosts), "/etc/hosts"]
            with _memory_file(b"".join(os.fsencode(argument) + b"\0" for argument in arguments)) as listed:
                line = [str(tool.path), "--args", str(listed), "--", *job.gated]
                outcome = _execute(job, line, env, Path("/"), leash, listed, hosts)
    if outcome.ending is Ending.EXITED and not leash.command_ran:
        return outcome.err.value()
    have, missing = bwrap.layers(tool, job.policy, user_namespace=user)
    if host.uid == 0:
        missing.append("process limit")  # the kernel exempts root
    return _result(job, Tier.NAMESPACED, outcome, have, missing, leash, None)


_SURVEYED = ("HOME", "TMPDIR", "XDG_RUNTIME_DIR")


@lru_cache(maxsize=8)
def _host(path: tuple[str, ...], variables: tuple[tuple[str, str], ...]) -> bwrap.Host:
    return bwrap.survey(path, dict(variables))


@contextlib.contextmanager
def _memory_file(content: bytes) -> Iterator[int]:
    """A descriptor from which `content` can be read."""
    descriptor = os.memfd_create("sandbox", os.MFD_CLOEXEC)
    try:
        with os.fdopen(descriptor, "wb", closefd=False) as file:
            file.write(content)
        os.lseek(descriptor, 0, os.SEEK_SET)
        yield descriptor
    finally:
        os.close(descriptor)


def _execute(
    job: _Job, line: Sequence[str], env: Mapping[str, str], cwd: Path, leash: Leash, *inherited: int
) -> _Outcome:
    """Start `line`, follow it to its end or a limit, kill all of it, and collect."""
    begun = time.monotonic()
    gate_out, gate_in = os.pipe()
    started = _Started(leash, gate_in)
    try:
        try:
            started.start(line, env, cwd, gate_out, (*leash.pass_fds, *inherited))
        finally:
            os.close(gate_out)
        ending, out, err, undead = started.follow(job)
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

    def __init__(self, leash: Leash, gate: int) -> None:
        self.status = -1
        self.cpu_s = 0.0
        self._process: subprocess.Popen[bytes] | None = None
        self._leash = leash
        self._gate = gate
        self._pidfd = -1
        self._watch: Watch | None = None
        self._pulled = False

    def start(
        self, line: Sequence[str], env: Mapping[str, str], cwd: Path, stdin: int, pass_fds: Sequence[int]
    ) -> None:
        try:
            self._process = subprocess.Popen(
                line,
                cwd=cwd,
                env=env,
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                pass_fds=pass_fds,
                start_new_session=True,
            )
        except OSError as error:
            raise SandboxError(f"cannot start a command in `{cwd}`: {error.strerror}") from error

    def follow(self, job: _Job) -> tuple[Ending, Capture, Capture, int]:
        """Let the command begin, watch it, and kill what is left; why it ended, its outputs, and how many would not."""
        process = self._process
        assert process is not None
        assert process.stdout is not None
        assert process.stderr is not None
        self._pidfd = os.pidfd_open(process.pid)
        watch = self._watch = Watch(pidfd=self._pidfd, limits=job.policy.limits, on_output=job.on_output)
        out, err = watch.collect(process.stdout.fileno()), watch.collect(process.stderr.fileno())
        self._leash.attach(process.pid, watch)
        gate, self._gate = self._gate, -1
        watch.feed(gate, b"\n" + job.stdin)
        ending = watch.follow(job.cancelled)
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
        if self._gate >= 0:
            # A command that has not begun never will. This is all that can be done where the start was cut off.
            gate, self._gate = self._gate, -1
            os.close(gate)
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
        for pipe in (process.stdout, process.stderr):
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
    job: _Job,
    tier: Tier,
    outcome: _Outcome,
    have: Sequence[str],
    missing: Sequence[str],
    leash: Leash,
    cpu_s: float | None,
) -> Result:
    limits = job.policy.limits
    have = [*have, "clean environment", "wall clock limit", "output limit"]
    have += ["idle limit"] if limits.idle_s is not None else []
    have += ["rlimits"] if leash.limited else []
    missing = [*missing, *([] if leash.limited else ["rlimits"])]
    missing += [f"{outcome.undead} process(es) could not be killed"] if outcome.undead else []
    return Result(
        argv=job.argv,
        status=outcome.status,
        stdout=outcome.out.value(),
        stderr=outcome.err.value(),
        duration_s=outcome.duration_s,
        cpu_s=cpu_s,
        timed_out=outcome.ending is Ending.WALL,
        idle_timed_out=outcome.ending is Ending.IDLE,
        cancelled=outcome.ending is Ending.CANCELLED,
        truncated_bytes=outcome.out.dropped + outcome.err.dropped,
        tier=tier,
        layers=tuple(have),
        missing=tuple(missing),
    )


# --- is there a bubblewrap that works? -------------------------------------------------------------------------------

_probe_lock = threading.Lock()


def namespaces() -> bwrap.Bubblewrap:
    """The bubblewrap that works here, tried by a real launch once per process; else `SandboxUnavailable`."""
    with _probe_lock:
        found = _probed()
    if isinstance(found, bwrap.Bubblewrap):
        return found
    reason, fix = found
    raise SandboxUnavailable(Tier.NAMESPACED.value, reason, fix)


def installed() -> Path | None:
    """Where bubblewrap lies. Relative entries of PATH are not searched: they may lead into anyone's directory."""
    found = shutil.which("bwrap", path=":".join(environment.search_path(Policy(), os.environ)))
    return None if found is None else Path(os.path.realpath(found))


@lru_cache(maxsize=1)
def _probed() -> bwrap.Bubblewrap | tuple[str, str]:
    path = installed()
    if path is None:
        return diagnosis.explain(diagnosis.Facts(installed=False))
    try:
        said = subprocess.run([path, "--version"], stdin=subprocess.DEVNULL, capture_output=True, timeout=20, env={})
        tool = bwrap.identify(path, said.stdout.decode("utf-8", "replace"))
        complaint = _try_launch(tool)
    except (OSError, subprocess.TimeoutExpired) as error:
        complaint = str(error).encode()
    return tool if complaint is None else diagnosis.explain(diagnosis.gather(complaint.decode("utf-8", "replace")))


def _try_launch(tool: bwrap.Bubblewrap) -> bytes | None:
    """A real launch with mounts in mounts, as a workspace has them; what went wrong, or None."""
    with tempfile.TemporaryDirectory(prefix="sandbox-probe-") as scratch:
        tree, inner = Path(scratch, "tree"), Path(scratch, "inner")
        tree.mkdir()
        inner.write_bytes(b"seen")
        (tree / "place").touch()
        at = Path("/run/probe/tree")
        mounts = (
            Mount(source=tree, target=at, writable=True),
            Mount(source=inner, target=at / "place", writable=False),
        )
        policy = Policy(limits=Limits(wall_s=20))
        result = _inside(tool, _Job(policy=policy, argv=("/bin/sh", "-c", "cat place && touch new")), at, mounts)
        if isinstance(result, bytes):
            return result
        if result.status != 0 or result.stdout != b"seen" or not (tree / "new").exists():
            return result.stderr or b"a trial command did not see its mounts"
    return None
