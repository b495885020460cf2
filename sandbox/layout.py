"""What a command sees, as a list of operations on an empty root. Pure; a backend carries them out.

Later operations win over earlier ones, so the order is the policy: an allow-listed root, temporary directories, the
home, then the caller's mounts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox import toolchains
from sandbox.errors import PolicyError
from sandbox.host import Host
from sandbox.policy import MIB, Mount, Policy

TMP = Path("/tmp")  # noqa: S108  a path inside the sandbox, where /tmp belongs to this run alone
SPARE_HOME = TMP / "home"
HOSTS = b"127.0.0.1 localhost sandbox\n::1 localhost sandbox\n"  # many a test resolves its own host name

_ROOMY = (TMP, Path("/var/tmp"), Path("/dev/shm"))  # noqa: S108
_UNTOUCHABLE = ("/", "/proc", "/dev", "/sys")
_ETC = Path("/etc")


@dataclass(frozen=True, slots=True)
class Bind:
    """A host file or directory at `target`, all that is mounted in it included."""

    source: Path
    target: Path
    writable: bool = False


@dataclass(frozen=True, slots=True)
class Overlay:
    """A host directory at `target` that can be written; what is written stays in memory and is dropped."""

    source: Path
    target: Path


@dataclass(frozen=True, slots=True)
class Empty:
    """An empty file system in memory of at most `size` bytes."""

    target: Path
    size: int
    mode: int = 0o755


@dataclass(frozen=True, slots=True)
class File:
    """A file in memory."""

    target: Path
    content: bytes


@dataclass(frozen=True, slots=True)
class Link:
    """A symbolic link."""

    target: Path
    to: str


@dataclass(frozen=True, slots=True)
class Kernel:
    """`/proc` of the new namespace, read-only, and a `/dev` with the harmless devices."""


Operation = Bind | Overlay | Empty | File | Link | Kernel


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """`operations` in order, then the root itself becomes read-only. `written` is what a command may write."""

    operations: tuple[Operation, ...]
    home: Path
    cwd: Path
    written: tuple[Path, ...]


def layout(host: Host, policy: Policy, mounts: Sequence[Mount], cwd: Path) -> Layout:
    """Same values, same list. PolicyError where the request contradicts itself."""
    check(mounts, policy, cwd)
    home = home_inside(host, mounts)
    limits = policy.limits
    made: list[Operation] = [Bind(place, place) for place in host.programs]
    made += [Link(Path("/", name), to) for name, to in host.links]
    made += _etc(host, policy)
    made.append(Kernel())
    made += [Empty(place, limits.tmp_bytes, 0o1777) for place in _ROOMY]
    made += [Empty(Path("/run"), MIB), Link(Path("/var/run"), "/run")]
    if TMP not in home.parents:
        made.append(Empty(home, limits.tmp_bytes))
    made += [Bind(place, place) for place in (*host.shown, *policy.read_only)]
    made += [_cover(place) for place in _to_hide(host, policy)]
    if TMP in home.parents:
        made.append(Empty(home, limits.tmp_bytes))
    made += [_mount(mount) for mount in mounts]
    writable = [mount.target for mount in mounts if mount.writable]
    return Layout(operations=tuple(made), home=home, cwd=cwd, written=(*_ROOMY, Path("/run"), home, *writable))


def _etc(host: Host, policy: Policy) -> list[Operation]:
    made: list[Operation] = [Bind(_ETC / name, _ETC / name) for name in host.etc]
    made += [File(_ETC / name, content) for name, content in host.etc_files]
    made += [Link(_ETC / name, to) for name, to in host.etc_links]
    made += [File(_ETC / "passwd", host.users), File(_ETC / "group", host.groups)]
    made.append(File(_ETC / "hosts", HOSTS))
    return [*made, File(_ETC / "resolv.conf", host.resolver)] if policy.network else made


def _mount(mount: Mount) -> Operation:
    if mount.throwaway:
        return Overlay(mount.source, mount.target)
    return Bind(mount.source, mount.target, mount.writable)


def _to_hide(host: Host, policy: Policy) -> list[Path]:
    """Those of `policy.hidden` that something shown would let be seen."""
    seen = (*host.programs, *host.shown, *policy.read_only)
    return [place for place in toolchains.outermost(policy.hidden) if any(place.is_relative_to(s) for s in seen)]


def _cover(place: Path) -> Operation:
    return Empty(place, MIB) if place.is_dir() else Bind(Path("/dev/null"), place)


def home_inside(host: Host, mounts: Sequence[Mount]) -> Path:
    """The user's own home path, empty; elsewhere where it is shown as a part of the system or a mount takes it."""
    taken = any(host.home.is_relative_to(mount.target) for mount in mounts)
    usual = host.home.is_absolute() and str(host.home) not in _UNTOUCHABLE and not host.sees(host.home)
    return host.home if usual and not taken and TMP not in host.home.parents else SPARE_HOME


def check(mounts: Sequence[Mount], policy: Policy, cwd: Path) -> None:
    """PolicyError for paths that cannot be meant."""
    targets = [mount.target for mount in mounts]
    sources = [mount.source for mount in mounts]
    for path in [*targets, *sources, *policy.read_only, *policy.hidden, *policy.path_dirs, *policy.path_inside, cwd]:
        if not path.is_absolute() or ".." in path.parts or "\0" in str(path):
            raise PolicyError(f"`{path}` is not an absolute path")
    for target in targets:
        own = any(place in target.parents for place in _ROOMY)  # a checkout may lie in shared memory
        if str(target) in _UNTOUCHABLE or (not own and any(target.is_relative_to(top) for top in _UNTOUCHABLE[1:])):
            raise PolicyError(f"nothing can be mounted on `{target}`")
