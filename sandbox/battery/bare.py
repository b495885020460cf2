"""No sandbox: the control column. A linked work tree beside the checkout, and a host that works in it as hosts do.

Starts processes without any protection; nothing here is used but by an explicit `--control`. `contain` puts the whole
control in namespaces that hold no process, no mount and no queue of the rest of the machine.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox.battery.attempt import Attempt
from sandbox.battery.evidence import Review
from sandbox.battery.world import DEPENDENCIES, INCLUDED, World

_STARTED_FROM = "SANDBOX_BATTERY_STARTED_FROM"  # the PID namespace that the control was asked for in
_UNTIL_KILLED_S = 8.0  # beyond the limit of a command that takes no notice of SIGTERM
_HOST_STEP_S = 14.0
_SOCKETS = shutil.ignore_patterns("*.sock")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bare:
    """The adapter of the control."""

    name: str = "none"
    control: bool = True
    own: str = r"checkout/\.git/(worktrees(/|$)|logs(/|$)|COMMIT_EDITMSG$|index$|ORIG_HEAD$)"

    def open(self, world: World, attempt: Attempt, variables: Mapping[str, str]) -> "Unprotected":
        return Unprotected(world, variables)


class Unprotected:
    """A work tree in which commands run as they are."""

    def __init__(self, world: World, variables: Mapping[str, str]) -> None:
        self.place = self.tree = world.root / "worktree"
        self.lacks: tuple[str, ...] = ()
        self._world = world
        self._variables = {**variables, "TREE": str(self.tree)}
        _start(["git", "worktree", "add", "-q", "--detach", str(self.tree), "HEAD"], world.checkout)
        for name in INCLUDED:
            shutil.copyfile(world.checkout / name, self.tree / name)

    def run(self, script: str, *, seconds: float, cwd: str = ".") -> bytes:
        self._lend()
        process = subprocess.Popen(
            ["bash", "-c", script],
            cwd=self.tree / cwd,
            env={**os.environ, **self._variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=[fd for fd in _open_descriptors() if os.get_inheritable(fd)],
        )
        try:
            return process.communicate(timeout=seconds)[0]
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
        try:
            return process.communicate(timeout=_UNTIL_KILLED_S)[0]
        except subprocess.TimeoutExpired as error:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            assert process.stdout is not None
            process.stdout.close()
            process.wait()
            return error.output or b""

    def _lend(self) -> None:
        """Put dependencies into the tree, and a rule into the git directory, as a tool does that trusts both."""
        for name in DEPENDENCIES:
            (self.tree / name).mkdir(parents=True, exist_ok=True)
            shutil.copytree(self._world.checkout / name, self.tree / name, dirs_exist_ok=True, ignore=_SOCKETS)
        with contextlib.suppress(OSError):
            info = self._world.checkout / ".git/worktrees" / self.tree.name / "info"
            info.mkdir(exist_ok=True)
            (info / "exclude").write_text("*.tmp\n", encoding="ascii")

    def read(self, path: str) -> bytes:
        return _start(["cat", "--", path], self.tree)

    def write(self, path: str, data: bytes) -> None:
        (self.tree / path).parent.mkdir(parents=True, exist_ok=True)
        (self.tree / path).write_bytes(data)

    def reset(self) -> None:
        for name in _start(["git", "ls-tree", "-r", "--name-only", "main"], self._world.checkout).decode().split():
            self.write(name, _start(["git", "show", f"main:{name}"], self._world.checkout))

    def review(self) -> Review:
        text = b""
        for command in ("status", "diff", "add -A", "diff --cached HEAD", "commit -qm review", "log -1 -p"):
            text += _start(["git", "--no-pager", *command.split()], self.tree)
        return Review(text=text)

    def display(self, output: bytes) -> bytes:
        return output

    def close(self) -> str:
        try:
            shutil.rmtree(self.tree)
        except (OSError, RecursionError) as error:
            return f"{type(error).__name__} while the work tree was removed"
        return ""


def _open_descriptors() -> list[int]:
    """Those of this process, but for the standard ones."""
    found = []
    for place in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            os.fstat(int(place.name))
            found.append(int(place.name))
    return [descriptor for descriptor in found if descriptor > 2]


def _start(argv: Sequence[str], directory: Path) -> bytes:
    try:
        return subprocess.run(
            argv, cwd=directory, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            timeout=_HOST_STEP_S,
        ).stdout  # fmt: skip
    except subprocess.TimeoutExpired:
        return b"took too long"


_NAMESPACES = ("--mount", "--pid", "--ipc", "--fork", "--kill-child", "--mount-proc")
_OWN_PIDS = Path("/proc/self/ns/pid")


def is_contained() -> bool:
    """Whether `contain` has started this process, in namespaces of its own or, for an ordinary user, without."""
    before = os.environ.get(_STARTED_FROM)
    return before is not None and (in_namespaces() or os.geteuid() != 0)


def in_namespaces() -> bool:
    """Whether this process is in another PID namespace than the one that the control was asked for in."""
    return os.environ.get(_STARTED_FROM) not in (None, str(_OWN_PIDS.readlink()))


def contain(arguments: Sequence[str]) -> int:
    """Start the battery over, with `arguments`, in namespaces of its own; its exit status, or 2 where none are to be
    had and they are needed.

    Root needs them, for root could harm every process of the machine. For an ordinary user they are taken where the
    kernel gives them.
    """
    unshare = ["unshare", *(() if os.geteuid() == 0 else ("--user", "--map-current-user")), *_NAMESPACES]
    if shutil.which("unshare") is None or subprocess.run([*unshare, "true"], capture_output=True).returncode:
        if os.geteuid() == 0:
            print("the control as root needs `unshare` (util-linux) and the right to make namespaces", file=sys.stderr)  # noqa: T201
            return 2
        unshare = []
    # The first process of the namespace reaps what attempts leave behind; a shell does that.
    reaper = ["sh", "-c", '"$@"; exit $?', "sh"] if unshare else []
    command = [*unshare, *reaper, sys.executable, "-m", "sandbox.battery", *arguments]
    return subprocess.run(command, env={**os.environ, _STARTED_FROM: str(_OWN_PIDS.readlink())}).returncode
