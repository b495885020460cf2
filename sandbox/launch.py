"""One launch: from a policy to the line that starts the stage, with what it needs through descriptors. Starts nothing.

The stage is run by the interpreter that runs this program, from code objects in a memory file, in every tier: as the
first process of bubblewrap's PID namespace, as the maker of its own namespaces, or as the parent that adopts every
orphan where there are none.
"""

import contextlib
import importlib.util
import marshal
import os
import stat
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from pathlib import Path

from sandbox import environment
from sandbox import layout as layouts
from sandbox.backends import bwrap, namespaces
from sandbox.errors import PolicyError, SandboxError
from sandbox.host import Host, survey
from sandbox.layout import Layout
from sandbox.linux import landlock, seccomp
from sandbox.policy import Mount, Policy

_STAGE = (
    "sandbox.stage",
    "sandbox.stage.calls",
    "sandbox.stage.children",
    "sandbox.stage.namespaces",
    "sandbox.stage.init",
)
_OF_SESSIONS = "sandbox.stage.session"
# Modules are made from code objects, each known by its name before the next one imports it.
_BOOT = """\
import marshal,posix,sys
modules,config=marshal.loads(posix.read({fd},{size}))
for name,code in modules:
    made=sys.modules[name]=type(sys)(name)
    made.__path__=[]
    parent,_,last=name.rpartition('.')
    if parent:
        if parent not in sys.modules:
            sys.modules[parent]=type(sys)(parent)
            sys.modules[parent].__path__=[]
        setattr(sys.modules[parent],last,made)
    exec(code,made.__dict__)
sys.modules['sandbox.stage.init'].main(config)
"""
_SURVEYED = ("HOME",)
_SYSTEM_DEVICES = ("null", "zero", "full", "random", "urandom", "tty")


@dataclass(slots=True, kw_only=True)
class Launch:
    """A line to start, in an environment that is nobody's. `layers` are what the stage has to report."""

    line: list[str]
    passed: list[int]
    have: list[str]
    missing: list[str] = field(default_factory=list)
    layers: frozenset[str] = frozenset()
    spares_user: bool = False


@contextlib.contextmanager
def memory_files() -> Iterator["MemoryFiles"]:
    """Closes all that was made when the launch is over."""
    made = MemoryFiles()
    try:
        yield made
    finally:
        made.close()


class MemoryFiles:
    """Contents as descriptors that a started process inherits, so that nothing shows on a command line or on a disk."""

    def __init__(self) -> None:
        self.made: list[int] = []

    def hold(self, content: bytes) -> int:
        descriptor = os.memfd_create("sandbox", os.MFD_CLOEXEC)
        self.made.append(descriptor)
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        os.lseek(descriptor, 0, os.SEEK_SET)
        return descriptor

    def close(self) -> None:
        while self.made:
            os.close(self.made.pop())


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What is to be run, and the two descriptors by which the stage speaks with us."""

    argv: tuple[str, ...]
    cwd: Path
    control: int
    status: int
    serve: int = -1
    """Where commands of a session are taken from, instead of `argv`."""


def by_bubblewrap(
    tool: bwrap.Bubblewrap, policy: Policy, mounts: Sequence[Mount], command: Command, files: MemoryFiles
) -> Launch:
    """Through bubblewrap. PolicyError where this version cannot do what is asked."""
    if any(mount.throwaway for mount in mounts) and not tool.overlays:
        raise PolicyError(f"{tool.name} cannot make throw-away mounts", "name the backend `namespaces`, which can")
    host, layout, env = _seen(policy, mounts, command.cwd)
    user = not closed_to_root(host, policy, mounts)
    listed = bwrap.arguments(
        tool,
        layout,
        network=policy.network,
        user_namespace=user,
        content=files.hold,
        seccomp=_filter(policy, namespaced=True),
    )
    listed += ["--json-status-fd", str(command.status)]
    have, missing = bwrap.layers(tool, user_namespace=user)
    blob = stage_blob("inside", command, policy, env, landlock=_rules(layout))
    line = _python(host, files, blob)
    arguments = files.hold(b"".join(os.fsencode(argument) + b"\0" for argument in listed))
    return Launch(
        line=[str(tool.path), "--args", str(arguments), "--", *line],
        passed=files.made,
        have=[*have, *_NAMESPACED, "seccomp"],
        missing=missing,
        layers=_asked(landlocked=True, filtered=False),
    )


def by_namespaces(policy: Policy, mounts: Sequence[Mount], command: Command, files: MemoryFiles) -> Launch:
    """By the stage alone."""
    host, layout, env = _seen(policy, mounts, command.cwd)
    user = not closed_to_root(host, policy, mounts)
    blob = stage_blob(
        "namespaces",
        command,
        policy,
        env,
        landlock=_rules(layout),
        seccomp=_filter(policy, namespaced=True),
        operations=namespaces.operations(layout),
        user=user,
    )
    return Launch(
        line=_python(host, files, blob),
        passed=files.made,
        have=[namespaces.NAME, *_NAMESPACED, "temporary files limited", *(["user namespace"] if user else [])],
        missing=[] if user else ["user namespace"],
        layers=_asked(landlocked=True, filtered=True),
    )


def restricted(policy: Policy, mounts: Sequence[Mount], command: Command, scratch: Path, files: MemoryFiles) -> Launch:
    """By Landlock and seccomp on the host's own file system. Nothing can be mounted: each mount is where it is."""
    if any(mount.source != mount.target or mount.throwaway for mount in mounts):
        raise PolicyError("the `restricted` tier can show a directory only where it is", "use the `namespaced` tier")
    layouts.check(mounts, policy, command.cwd)
    host, path = host_of(policy)
    home, tmp = scratch / "home", scratch / "tmp"
    env = environment.build(policy, os.environ, home=home, tmp=tmp, path=path)
    read = [*host.programs, *(Path("/", name) for name, _ in host.links), *host.shown, *policy.read_only, Path("/proc")]
    names = [*host.etc, *(name for name, _ in (*host.etc_files, *host.etc_links)), "passwd", "group", "hosts"]
    read += [Path("/etc", name) for name in names]
    rules = landlock.rules(
        landlock.abi(),
        read=[*read, *(mount.source for mount in mounts if not mount.writable)],
        write=[home, tmp, *(mount.source for mount in mounts if mount.writable)],
        devices=[Path("/dev", name) for name in _SYSTEM_DEVICES],
        no_tcp=not policy.network,
    )
    blob = stage_blob("bare", command, policy, env, landlock=rules, seccomp=_filter(policy, namespaced=False))
    return Launch(
        line=_python(host, files, blob),
        passed=files.made,
        have=["empty home", "no sockets" if not policy.network else "no unix sockets"],
        missing=["pid namespace", "own view of /proc", "modes and times of the user's files", "user namespace"],
        layers=_asked(landlocked=True, filtered=True),
        spares_user=True,
    )


def bare(policy: Policy, command: Command, scratch: Path, files: MemoryFiles) -> Launch:
    """No boundary: a clean environment, an empty home, limits, and the end of all processes."""
    host, path = host_of(policy)
    env = environment.build(policy, os.environ, home=scratch / "home", tmp=scratch / "tmp", path=path)
    blob = stage_blob("bare", command, policy, env)
    return Launch(
        line=_python(host, files, blob),
        passed=files.made,
        have=["own process group", "empty home"],
        missing=["file system boundary", "network off", "pid namespace", "seccomp", "landlock"],
        spares_user=True,
    )


_NAMESPACED = ("allow-listed root", "pid namespace", "ipc namespace", "no capabilities")


def _asked(*, landlocked: bool, filtered: bool) -> frozenset[str]:
    names = {"landlock": landlocked and landlock.abi() > 0, "seccomp": filtered}
    return frozenset(name for name, asked in names.items() if asked)


def _seen(policy: Policy, mounts: Sequence[Mount], cwd: Path) -> tuple[Host, Layout, dict[str, str]]:
    host, path = host_of(policy)
    layout = layouts.layout(host, policy, mounts, cwd)
    return host, layout, environment.build(policy, os.environ, home=layout.home, tmp=layouts.TMP, path=path)


def host_of(policy: Policy) -> tuple[Host, tuple[str, ...]]:
    """This machine as it is for a policy, and the PATH that a command gets."""
    looked_at = environment.search_path(replace(policy, path_inside=()), os.environ)
    host = _surveyed(looked_at, tuple((name, os.environ.get(name, "")) for name in _SURVEYED))
    return host, environment.search_path(policy, os.environ)


@lru_cache(maxsize=8)
def _surveyed(path: tuple[str, ...], variables: tuple[tuple[str, str], ...]) -> Host:
    return survey(path, dict(variables))


def _python(host: Host, files: MemoryFiles, blob: bytes) -> list[str]:
    if host.interpreter is None:
        raise SandboxError("the interpreter of this program cannot be found", "install Python as a program of its own")
    # Isolated, without site-packages, and writing no bytecode: nothing but the standard library is its own.
    boot = _BOOT.format(fd=files.hold(blob), size=len(blob))
    return [str(host.interpreter.program), "-I", "-S", "-B", "-c", boot]


def _rules(layout: Layout) -> landlock.Rules | None:
    return landlock.rules(landlock.abi(), read=[Path("/")], write=layout.written, devices=[Path("/dev")], no_tcp=False)


@cache
def _program(namespaced: bool, tracing: bool) -> bytes:
    return seccomp.program(namespaced=namespaced, tracing=tracing)


def _filter(policy: Policy, *, namespaced: bool) -> bytes:
    return _program(namespaced, policy.tracing)


def stage_blob(
    mode: str,
    command: Command,
    policy: Policy,
    env: Mapping[str, str],
    *,
    landlock: landlock.Rules | None = None,
    seccomp: bytes | None = None,
    operations: Sequence[tuple[object, ...]] = (),
    user: bool = True,
) -> bytes:
    """The stage's modules and its configuration: `mode` is `inside`, `namespaces` or `bare`, the rest as named."""
    rules = None
    if landlock is not None:
        listed = [(mask, os.fsencode(path)) for mask, path in landlock.rules]
        rules = (landlock.attributes, listed, landlock.of_files)
    config = {
        "mode": mode,
        "argv": [os.fsencode(argument) for argument in command.argv],
        "env": {os.fsencode(name): os.fsencode(value) for name, value in env.items()},
        "cwd": os.fsencode(command.cwd),
        "control": command.control,
        "status": command.status,
        "serve": command.serve,
        "landlock": rules,
        "seccomp": seccomp,
        "listen": environment.PROXY_PORT if policy.hosts else 0,
        "network": policy.network,
        "operations": list(operations),
        "user": user,
    }
    return marshal.dumps((_modules(command.serve >= 0), config))


@cache
def _modules(sessions: bool) -> list[tuple[str, object]]:
    found: list[tuple[str, object]] = []
    for name in (*_STAGE, _OF_SESSIONS) if sessions else _STAGE:
        spec = importlib.util.find_spec(name)
        loader = getattr(spec, "loader", None)
        code = loader.get_code(name) if loader is not None else None
        if code is None:
            raise SandboxError(f"`{name}` of this program cannot be read", "install it anew")
        found.append((name, code))
    return found


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


def supported() -> str:
    """Empty, or why this machine is not supported."""
    machine = os.uname().machine
    if sys.platform != "linux":
        return f"{sys.platform} has no sandbox of its own yet"
    if machine not in seccomp.MACHINES or sys.maxsize < 1 << 32:
        return f"{machine} is not supported yet: its system calls have other numbers"
    return ""
