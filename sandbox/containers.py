"""Running containers: the engine is found and tried, its program started and followed, and its container removed.

`sandbox.backends.container` knows the command lines and reads the answers; here they are run. What is started is the
engine's program, never a command itself: that one is a child of the engine, so it is killed by asking the engine to.
Whichever way a run is left, by a result, an error or an interrupt, its container is gone. Where we are killed, podman
ends it half a minute after its time, and `clean` removes it at once.
"""

import contextlib
import os
import resource
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox import environment, trials
from sandbox.backends import container
from sandbox.backends.container import Engine, Image, Kind, Launch
from sandbox.errors import SandboxError, SandboxUnavailable
from sandbox.leash import Leash
from sandbox.linux import procs
from sandbox.output import Capture
from sandbox.policy import Mount, Policy, Tier
from sandbox.result import Result
from sandbox.started import Started
from sandbox.watch import Ending
from sandbox.watchdog import Watchdog

if TYPE_CHECKING:
    from sandbox.supervisor import Job

INSTALL = "apt-get install podman uidmap   (dnf, pacman, apk: podman and shadow)"

_ANSWER_S = 60
_TRIAL_S = 300  # podman gives a large image the user's ids when it is first used, file by file
_FAILED = 125  # of the engine's program itself; 126 and 127 are as in a shell
_BURIALS = 10
_BURIAL_S = 0.5

Lack = tuple[str, str]  # the probe that failed, and what to do


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An engine and an image that were tried together."""

    engine: Engine
    image: Image


# --- what is there ---------------------------------------------------------------------------------------------------


def lacking(policy: Policy) -> Lack | None:
    """None where a container of the policy's image works, by a real launch, once per process and image."""
    found = _find(policy)
    return None if isinstance(found, Found) else found


def _find(policy: Policy) -> Found | Lack:
    return _found(policy.image, policy.runtime, tuple(_client().items()))


@lru_cache(maxsize=8)
def _found(reference: str, runtime: str, client: tuple[tuple[str, str], ...]) -> Found | Lack:
    """`client` decides which engine is asked, and where its images lie."""
    del client
    engine = _engine(runtime)
    if not isinstance(engine, Engine):
        return engine
    if not reference:
        return (
            "no image is named",
            "name one that is here, by `--image NAME` or the setting `sandbox.image`; nothing is ever pulled",
        )
    code, said, complaint = _call(container.image_arguments(engine, reference))
    if code != 0:
        fix = f"`{engine.kind} pull` or `{engine.kind} import` it yourself; nothing is ever pulled"
        return f"{engine.kind} has no image `{reference}` here: {complaint}", fix
    image = container.image(reference, said)
    tried = Found(engine=engine, image=image)
    first = _trial(tried)
    if first is None:
        return tried
    # Debian's podman comes without a first process of its own. Without one the command is the first.
    bare = replace(tried, engine=replace(engine, init=False))
    last = _trial(bare)
    if last is None:
        return bare
    fix = "the image needs `/bin/sh`; another runtime may work: `--runtime runc`"
    return f"a trial in a container of {engine.kind} did not work: {last}", fix


def _engine(runtime: str) -> Engine | Lack:
    """The first engine that is strong enough; else what keeps the first one that is here from it."""
    lacks: list[Lack] = []
    for engine in _installed(runtime):
        if isinstance(engine, Engine):
            lack = container.weakness(engine, os.getuid())
            if lack is None:
                return engine
            lacks.append(lack)
        else:
            lacks.append(engine)
    return (lacks or [("neither podman nor docker is installed", INSTALL)])[0]


def _installed(runtime: str) -> Iterator[Engine | Lack]:
    """Each engine with a program on PATH. Relative entries are not searched: they may lead into anyone's directory."""
    path = ":".join(environment.search_path(Policy(), os.environ))
    for kind in Kind:
        program = shutil.which(kind.value, path=path)
        if program is None:
            continue
        code, said, complaint = _call(container.info_arguments(Path(program), kind))
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        most = {} if hard == resource.RLIM_INFINITY else {"open_files": hard}
        try:
            if code != 0:
                raise SandboxError(f"`{kind} info` fails: {complaint}")
            yield container.identify(Path(program), kind, said, runtime=runtime, **most)
        except SandboxError as error:
            yield error.message, f"see that `{kind} info` works for this user"


def _trial(tried: Found) -> str | None:
    """A real launch with mounts in mounts; what went wrong, or None."""
    with trials.made(mounting=True) as trial:
        launch = _launch(tried, Policy(require=Tier.ISOLATED), trials.COMMAND, trial.at, trial.mounts, trial.scratch)
        try:
            code, said, complaint = _call(container.arguments(tried.engine, tried.image, launch), within_s=_TRIAL_S)
        except SandboxError as error:
            return error.message
        finally:
            _remove(tried.engine, launch.name)
        return trial.complaint(code, said, complaint)


# --- one run ---------------------------------------------------------------------------------------------------------


def launched(job: "Job", cwd: Path, mounts: Sequence[Mount]) -> Result | str:
    """The result, or what the engine said where it did not get as far as the command."""
    found = _find(job.policy)
    if not isinstance(found, Found):
        raise SandboxUnavailable(Tier.ISOLATED.value, *found)
    engine, limits = found.engine, job.policy.limits
    with contextlib.ExitStack() as stack:
        scratch = stack.enter_context(_scratch())
        launch = _launch(found, job.policy, job.argv, cwd, mounts, scratch)
        argv = container.arguments(engine, found.image, launch)
        # Nothing is started by this leash; it tells the watchdog which processes are meant.
        leash = stack.enter_context(contextlib.closing(Leash(limits, None, spares_user=False)))
        leash.grouped = {"memory", "pids"} <= engine.controllers
        leash.begun = not engine.tells_pid
        watchdog = Watchdog(limits, leash, written=[m.source for m in mounts if m.writable and not m.throwaway])

        def look() -> bool:
            if not leash.begun and (pid := _number(launch.pidfile)):
                leash.first, leash.begun = pid, True
            return watchdog.look()

        begun = time.monotonic()
        started = _Started(engine, launch.name)
        try:
            started.start(argv, env=_client(), stdin=job.stdin)
            ending, out, err = started.follow(job, look)
        finally:
            started.end()
        duration = time.monotonic() - begun
        got_there = leash.begun if not engine.tells_pid else _number(launch.pidfile) > 0
        if ending is Ending.EXITED and (refusal := _refusal(engine, started.status, err.value(), got_there)):
            return refusal
    have, missing = container.layers(engine, job.policy)
    have += ["clean environment", "empty home", "wall clock limit", "output limit", "tree limit"]
    have += ["idle limit"] if limits.idle_s is not None else []
    have += ["memory and processes watched"] if leash.first and not leash.grouped else []
    missing += [] if engine.tells_pid else ["cpu limit of all processes together"]
    missing += [] if started.removed else [f"the container {launch.name} could not be removed"]
    return Result(
        argv=job.argv,
        status=started.status,
        stdout=out.value(),
        stderr=err.value(),
        duration_s=duration,
        cpu_s=None,
        timed_out=ending is Ending.WALL,
        idle_timed_out=ending is Ending.IDLE,
        cancelled=ending is Ending.CANCELLED,
        exceeded=watchdog.exceeded,
        truncated_bytes=out.dropped + err.dropped,
        tier=Tier.ISOLATED,
        layers=tuple(have),
        missing=tuple(missing),
    )


def _launch(
    found: Found, policy: Policy, argv: Sequence[str], cwd: Path, mounts: Sequence[Mount], scratch: Path
) -> Launch:
    hosts = scratch / "hosts"
    hosts.write_bytes(container.HOSTS)
    path = container.search_path(policy, found.image)
    return Launch(
        policy=policy,
        mounts=mounts,
        cwd=cwd,
        env=environment.build(policy, {}, home=container.HOME, tmp=container.TMP, path=path),
        command=argv,
        name=f"sandbox-{secrets.token_hex(8)}",
        owner=f"{os.getpid()}:{procs.began(os.getpid())}",
        hosts=hosts,
        pidfile=scratch / "pid",
        uid=os.getuid(),
        gid=os.getgid(),
    )


@contextlib.contextmanager
def _scratch() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="sandbox-", ignore_cleanup_errors=True) as made:
        yield Path(os.path.realpath(made))


def _number(pidfile: Path) -> int:
    """The first process of the container as this machine numbers it; 0 before there is one."""
    try:
        said = pidfile.read_bytes().strip()
    except OSError:
        return 0
    return int(said) if said.isdigit() else 0


def _refusal(engine: Engine, status: int, stderr: bytes, begun: bool) -> str:
    """What the engine said where the command was never tried; empty where the status is the command's."""
    said = stderr.decode("utf-8", "replace").strip()
    if not engine.tells_pid:
        return said if status == _FAILED and said.startswith((f"{engine.kind}: ", "Error: ")) else ""
    not_run = status == 127 or (status == 126 and "permission denied" in said.lower())
    if begun or status < _FAILED or not_run:
        return ""
    return said or f"{engine.kind} ended with status {status}"


class _Started(Started):
    """The engine's program, which may have been started, and its container; `end` leaves neither of them."""

    def __init__(self, engine: Engine, name: str) -> None:
        super().__init__()
        self.removed = True
        self._engine = engine
        self._name = name

    def follow(self, job: "Job", exceeded: Callable[[], bool]) -> tuple[Ending, Capture, Capture]:
        """Until the command ends or a limit is reached, and until the container is gone; why, and the outputs."""
        watch, out, err = self.watched(job.policy.limits, job.on_output, job.stdin)
        ending = watch.follow(job.cancelled, exceeded)
        self._bury()
        watch.drain()
        return ending, out, err

    def _bury(self) -> None:
        """Have the container removed, which ends the engine's program. One that is only about to make its container
        is asked again, for a container that is half made is best removed when it is whole."""
        if self.status >= 0:
            return
        process = self.process
        for _ in range(_BURIALS):
            self.removed = _remove(self._engine, self._name)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_BURIAL_S)
                break
        else:
            process.kill()
            process.wait()
            self.removed = _remove(self._engine, self._name)
        code = process.returncode
        self.status = 128 - code if code < 0 else code


# --- the end ---------------------------------------------------------------------------------------------------------


def clean() -> int:
    """Remove containers whose supervisor is gone, with all that runs in them, and say how many there were."""
    removed = 0
    for engine in _installed(""):
        if isinstance(engine, Engine):
            for name, owner in container.listed(_call(container.list_arguments(engine))[1]).items():
                pid, _, began = owner.partition(":")
                if pid.isdigit() and procs.began(int(pid)) != began:
                    removed += _remove(engine, name)
    return removed


def _remove(engine: Engine, name: str) -> bool:
    """Whether a container is gone now, killed if it was running."""
    if _call(container.end_arguments(engine, name))[0] == 0:
        return True
    code, said, _ = _call(container.list_arguments(engine))
    return code == 0 and name not in container.listed(said)


def _call(argv: Sequence[str], *, within_s: float = _ANSWER_S) -> tuple[int, bytes, str]:
    """The status, stdout, and the last line of stderr."""
    try:
        done = subprocess.run(
            argv,
            cwd="/",
            env=_client(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=within_s,
            start_new_session=True,  # an interrupt of ours is not the engine's
        )
    except subprocess.TimeoutExpired:
        return _FAILED, b"", f"no answer within {within_s:g} s"
    except OSError as error:
        return _FAILED, b"", error.strerror or str(error)
    lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
    return done.returncode, done.stdout, lines[-1] if lines else ""


def _client() -> dict[str, str]:
    return container.client_environment(os.environ)
