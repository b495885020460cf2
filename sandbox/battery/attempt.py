"""What an attempt is, what the host does after its command, and the words that scripts are written with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Literal, Protocol

from sandbox.battery.evidence import Review, Sign
from sandbox.policy import Limits

Category = Literal["launcher", "files", "tree", "secrets", "kernel", "network", "resources", "review"]
Control = Literal["any", "root", "user", "feature"]
Need = Literal["descriptors", "victim", "terminal", "queues", "sockets"]


class Session(Protocol):
    """One workspace of an attempt, in whatever sandbox is tried. What is refused raises `SandboxError` or `OSError`."""

    tree: Path
    """Where the files lie on the host."""
    place: Path
    """What holds all that commands can write on disk."""
    lacks: tuple[str, ...]
    """Layers of protection that the last command did not have, in the words of `Result.missing`."""

    def run(self, script: str, *, seconds: float, cwd: str = ".") -> bytes:
        """Run `bash -c script`; its output and errors."""

    def read(self, path: str) -> bytes:
        """A file of the tree, as the host would read it for a model."""

    def write(self, path: str, data: bytes) -> None:
        """Write a file of the tree, as the host would for a model."""

    def reset(self) -> None:
        """Make the files those of the first commit again."""

    def review(self) -> Review:
        """What the change amounts to."""

    def display(self, output: bytes) -> bytes:
        """Output of a command as it is put on a terminal."""

    def close(self) -> str:
        """Give the workspace up; what could not be removed, or ""."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A further command in the same workspace, in the directory `cwd` of the tree."""

    script: str
    cwd: str = "."


@dataclass(frozen=True, slots=True, kw_only=True)
class HostRead:
    """The host reads a file of the tree."""

    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HostWrite:
    """The host writes a file of the tree."""

    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HostReset:
    """The host puts the first commit's files back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostReview:
    """The host extracts the change and shows it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class During:
    """While `script` runs, the host does `act`, which returns what it found wrong. A file `stop` ends the script."""

    script: str
    act: Callable[[Session], str]


Step = Command | HostRead | HostWrite | HostReset | HostReview | During


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One thing a hostile command may try; see docs/sandbox-battery.md for the variables of its script.

    The script runs first, then the steps; any of `signs` is a breach. `control` says where it must breach without a
    sandbox: for `any` user, only for `root`, only for an ordinary `user`, or only where the kernel has a `feature`.
    `limits` and `hosts` go to the policy, `environ` to the host's own environment. `known` says where the breach is a
    documented gap, and why: by the name of a backend, by a layer that the run lacked, or by `*` for everywhere.
    """

    id: str
    category: Category
    title: str
    script: str
    signs: tuple[Sign, ...]
    steps: tuple[Step, ...] = ()
    seconds: float = 10.0
    limits: Limits = field(default_factory=Limits)
    needs: frozenset[Need] = frozenset()
    hosts: tuple[str, ...] = ()
    environ: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    control: Control = "any"
    known: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


def python(source: str) -> str:
    """A script that feeds `source` to the python3 that is found inside."""
    return f"python3 - <<'PYTHON'\n{_PRELUDE}{source.strip(chr(10))}\nPYTHON"


_PRELUDE = """\
import ctypes, errno, os, signal, socket, struct, sys, time
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
E = os.environ
def call(number, *args):
    result = libc.syscall(ctypes.c_long(number), *args)
    return result if result >= 0 else -ctypes.get_errno()
def answered(name, result, refused=(errno.EPERM, errno.EACCES, errno.ENOSYS)):
    # Any other error means that the kernel's code for it was reached.
    print('refused' if -result in refused else 'BREACH', name, result, flush=True)
def opened(path, flags):
    try:
        return os.open(path, flags)
    except OSError:
        return -1
"""

# A process that proves that it is alive by writing into the tree, and ends by itself after some seconds.
BEATING = "for i in $(seq 60); do echo $i >> $TREE/beat; sleep 0.1; done"
