"""The namespaced tier through bubblewrap: what is seen inside, said as an argument list.

The host is seen read-only, then the places that hold other people's secrets or live sockets are covered by empty
file systems of limited size, then what a run needs is shown again: toolchains, and last the caller's mounts. Later
arguments win over earlier ones, so the order is the policy.
"""

import os
import pwd
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox import toolchains
from sandbox.errors import PolicyError
from sandbox.policy import MIB, Mount, Policy

SPARE_HOME = Path("/tmp/home")  # noqa: S108  a path inside the sandbox, where /tmp belongs to this run alone
TMP = Path("/tmp")  # noqa: S108

_COVERED = (
    "/root", "/home", "/run", "/tmp", "/var/tmp", "/dev/shm", "/mnt", "/media", "/var/lib", "/var/spool",  # noqa: S108
    "/var/backups", "/var/log",
)  # fmt: skip
_SHOWN_AGAIN = ("/var/lib/dpkg", "/var/lib/gems", "/var/lib/ghc")  # package databases that interpreters look into
_MASKED = (
    "/etc/shadow", "/etc/shadow-", "/etc/gshadow", "/etc/gshadow-", "/etc/sudoers", "/etc/sudoers.d",
    "/etc/krb5.keytab", "/etc/ssh", "/etc/ssl/private", "/etc/wireguard", "/etc/NetworkManager/system-connections",
    "/etc/docker", "/etc/letsencrypt", "/etc/security/opasswd",
)  # fmt: skip
_ALL_NAMESPACES = ("--unshare-all", "--unshare-user")  # the second makes it an error where there is none
_ALL_NAMESPACES_BUT_USER = ("--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try")
_UNTOUCHABLE = ("/", "/proc", "/dev", "/sys")
_ROOMY = frozenset({TMP, Path("/var/tmp"), Path("/dev/shm")})  # noqa: S108


# What /etc/hosts says inside while the network is off: many a test resolves its own host name.
HOSTS = b"127.0.0.1 localhost sandbox\n::1 localhost sandbox\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bubblewrap:
    """An installed bubblewrap and what this version of it can do."""

    path: Path
    version: tuple[int, ...]
    setuid: bool = False

    @property
    def name(self) -> str:
        return "bubblewrap " + ".".join(map(str, self.version))

    @property
    def sizes(self) -> bool:
        return self.version >= (0, 7) and not self.setuid

    @property
    def forbids_userns(self) -> bool:
        return self.version >= (0, 8) and not self.setuid


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """What of this machine decides about the mounts. Read once by `survey`, so that the rest is a pure function."""

    uid: int
    home: Path
    covered: tuple[Path, ...]
    shown: tuple[Path, ...]
    masked_files: tuple[Path, ...] = ()
    masked_directories: tuple[Path, ...] = ()
    resolver: Path | None = None


def survey(path: Sequence[str], environ: Mapping[str, str]) -> Host:
    """Look at this machine: which covered places exist, which toolchains lie in them, what must be masked."""
    home = Path(os.path.realpath(environ.get("HOME") or "/nonexistent"))
    places = [Path(os.path.realpath(place)) for place in _COVERED]
    homes = [home, *(Path(os.path.realpath(place)) for place in _homes())]
    places += [Path(os.path.realpath(environ[name])) for name in ("TMPDIR", "XDG_RUNTIME_DIR") if environ.get(name)]
    covered = toolchains.outermost(place for place in [*places, *homes] if place.is_dir() and _may_cover(place))
    readable = [Path(place) for place in _MASKED if os.access(place, os.R_OK)]
    resolver = Path(os.path.realpath("/etc/resolv.conf"))
    system = [Path(place) for place in _SHOWN_AGAIN if Path(place).is_dir()]
    # A home that someone has put on PATH is still a home.
    tools = [tool for tool in toolchains.found(path, covered) if not any(h.is_relative_to(tool) for h in homes)]
    return Host(
        uid=os.getuid(),
        home=home,
        covered=covered,
        shown=toolchains.outermost([*system, *tools]),
        masked_files=tuple(place for place in readable if not place.is_dir()),
        masked_directories=tuple(place for place in readable if place.is_dir()),
        resolver=resolver if toolchains.hidden_by(resolver, covered) and resolver.exists() else None,
    )


def _homes() -> list[str]:
    """Homes of people; those of system users are /bin, /usr/sbin and the like."""
    return [user.pw_dir for user in pwd.getpwall() if user.pw_uid in (0, os.getuid()) or user.pw_uid >= 1000]


def _may_cover(place: Path) -> bool:
    """Not what a system cannot do without: some accounts give such a directory as their home."""
    system = ("/usr", "/bin", "/sbin", "/lib", "/lib64", "/etc", "/opt", "/var", "/srv", "/nix", *_UNTOUCHABLE)
    if place == Path("/dev/shm"):  # noqa: S108
        return True
    return str(place) not in system and not any(place.is_relative_to(top) for top in ("/proc", "/dev", "/sys", "/usr"))


def closed_to_root(host: Host, policy: Policy, mounts: Sequence[Mount]) -> bool:
    """Whether root gets at some source by its power over other people's files alone, such as one in a home of mode
    0700. In a user namespace it would not have that power, for only root is known there."""
    if host.uid != 0:
        return False
    sources = [*host.shown, *policy.read_only, *(mount.source for mount in mounts)]
    return not all(_open_to_root(place) for place in {above for source in sources for above in source.parents})


def _open_to_root(directory: Path) -> bool:
    try:
        found = directory.stat()
    except OSError:
        return True  # not there, which whoever mounts it says better
    if found.st_uid == 0:
        return bool(found.st_mode & stat.S_IXUSR)
    return bool(found.st_mode & (stat.S_IXGRP if found.st_gid == 0 else stat.S_IXOTH))


def arguments(
    tool: Bubblewrap, host: Host, policy: Policy, mounts: Sequence[Mount], cwd: Path, *, user_namespace: bool = True
) -> tuple[list[str], Path]:
    """All arguments up to the `--`, and the home directory inside. Pure: same values, same list."""
    _check(mounts, policy, cwd)
    home = home_inside(host, mounts)
    out = list(_ALL_NAMESPACES if user_namespace else _ALL_NAMESPACES_BUT_USER)
    out += ["--die-with-parent", "--new-session", "--cap-drop", "ALL", "--hostname", "sandbox"]
    if policy.network and not user_namespace:
        out.remove("--unshare-net")
    if tool.forbids_userns and user_namespace:
        out += ["--disable-userns"]
    if policy.network and user_namespace:
        out += ["--share-net"]
    out += ["--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"]
    for place in host.covered:
        out += _tmpfs(tool, policy, place, host.home)
    shown = [*host.shown, *policy.read_only]
    if policy.network and host.resolver is not None:
        shown.append(host.resolver)
    for place in shown:
        out += ["--ro-bind", str(place), str(place)]
    for place in host.masked_files:
        out += ["--ro-bind", "/dev/null", str(place)]
    hidden = [place for place in toolchains.outermost(policy.hidden) if reachable(place, host.covered, shown)]
    for place in [*host.masked_directories, *hidden]:
        directory = place in host.masked_directories or place.is_dir()
        out += _tmpfs(tool, policy, place, host.home) if directory else ["--ro-bind", "/dev/null", str(place)]
    out += ["--dir", str(home)]
    for mount in mounts:
        out += ["--bind" if mount.writable else "--ro-bind", str(mount.source), str(mount.target)]
    # In a user namespace made by root, root's own files stay writable, and some of /proc/sys is not namespaced.
    out += ["--remount-ro", "/proc"] if host.uid == 0 else []
    return [*out, "--chdir", str(cwd)], home


def home_inside(host: Host, mounts: Sequence[Mount]) -> Path:
    """The user's own home path, empty; elsewhere where there is none or where a mount takes its place."""
    covered = any(host.home.is_relative_to(place) for place in host.covered)
    taken = any(host.home.is_relative_to(mount.target) for mount in mounts)
    return host.home if covered and not taken else SPARE_HOME


def _tmpfs(tool: Bubblewrap, policy: Policy, place: Path, home: Path) -> list[str]:
    roomy = place in _ROOMY or home.is_relative_to(place)
    perms = ["--perms", "1777"] if place in _ROOMY and tool.version >= (0, 5) else []
    size = ["--size", str(policy.limits.tmp_bytes if roomy else MIB)] if tool.sizes else []
    return [*perms, *size, "--tmpfs", str(place)]


def reachable(place: Path, covered: Sequence[Path], shown: Sequence[Path]) -> bool:
    """Whether `place` is still seen: nothing covers it, or something shown again lies between."""
    cover = max((len(top.parts) for top in covered if place.is_relative_to(top)), default=0)
    show = max((len(top.parts) for top in shown if place.is_relative_to(top)), default=0)
    return (cover == 0 or show > cover) and os.path.lexists(place)


def _check(mounts: Sequence[Mount], policy: Policy, cwd: Path) -> None:
    targets = [mount.target for mount in mounts]
    for path in [*targets, *policy.read_only, *policy.hidden, *policy.path_dirs, cwd]:
        if not path.is_absolute() or ".." in path.parts or "\0" in str(path):
            raise PolicyError(f"`{path}` is not an absolute path")
    for target in targets:
        if str(target) in _UNTOUCHABLE or any(target.is_relative_to(top) for top in _UNTOUCHABLE[1:]):
            raise PolicyError(f"nothing can be mounted on `{target}`")


def layers(tool: Bubblewrap, policy: Policy, *, user_namespace: bool) -> tuple[list[str], list[str]]:
    """What this backend puts in force, and what it does not."""
    have = [tool.name, "host read-only", "home covered", "pid namespace", "ipc namespace", "no capabilities"]
    missing = ["seccomp", "landlock", "cgroup"]
    (missing if policy.network else have).append("network off")
    (have if user_namespace else missing).append("user namespace")
    (have if user_namespace and tool.forbids_userns else missing).append("no further namespaces")
    (have if tool.sizes else missing).append("temporary files limited")
    return have, missing


def identify(path: Path, version_text: str) -> Bubblewrap:
    """From `bubblewrap 0.8.0`; an unreadable version counts as the oldest."""
    numbers = version_text.split()[-1].split(".") if version_text.split() else []
    version = tuple(int(number) for number in numbers if number.isdigit()) or (0,)
    return Bubblewrap(path=path, version=version, setuid=bool(path.stat().st_mode & stat.S_ISUID))
