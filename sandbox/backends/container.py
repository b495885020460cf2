"""The isolated tier through podman or docker, optionally with gVisor's `runsc`: facts in, argument lists out.

A container has a root file system of its own, from an image that the user names: of this machine it sees the caller's
mounts and nothing else, no toolchain, no home, no socket of the engine. Only engines whose containers are weaker than
the user are taken: rootless ones, ones in a virtual machine, or `runsc`, which puts a kernel of its own before ours.
A daemon of root that shares its user ids is refused. Starts nothing; whoever calls it runs what these functions give.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from sandbox import environment
from sandbox.errors import PolicyError, SandboxError
from sandbox.policy import Mount, Policy

HOME = Path("/home/sandbox")
TMP = Path("/tmp")  # noqa: S108  a path inside, where it belongs to this run alone
HOSTS = b"127.0.0.1 localhost sandbox\n::1 localhost sandbox\n"
OWNER = "sandbox.owner"
RUNSC = "runsc"

_OPEN_FILES = 65536
# Where the engine brings none: a first process that is not the command, which could not be killed by a signal there.
_FIRST = ("/bin/sh", "-c", '"$@"; exit $?', "sh")
_GRACE_S = 30  # after the wall clock's limit, by which time our own killing is long over
_ROOMY = (TMP, Path("/var/tmp"), HOME)  # noqa: S108
_SYSTEM = frozenset(map(Path, ("/", "/run", "/var", "/var/run", "/dev", "/proc", "/sys", "/etc", "/usr")))
_SOCKETS = frozenset({"docker.sock", "podman.sock", "containerd.sock", "crio.sock"})
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY")
_CLIENT = ("HOME", "PATH", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "DOCKER_CONFIG", "DOCKER_CONTEXT",
           "DBUS_SESSION_BUS_ADDRESS", "TMPDIR")  # fmt: skip


class Kind(StrEnum):
    """The engines whose command lines are known here."""

    PODMAN = "podman"
    DOCKER = "docker"


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """What an engine says of itself. `controllers` are those of cgroups that it can limit its containers by;
    `subordinate_ids` tells whether more than one user id can be mapped; `virtual`, that its containers run in a virtual
    machine; `init`, that it brings a first process along; `open_files`, how many it may allow."""

    kind: Kind
    program: Path
    version: str
    rootless: bool
    controllers: frozenset[str] = frozenset()
    subordinate_ids: bool = True
    virtual: bool = False
    selinux: bool = False
    seccomp: bool = True
    init: bool = True
    runtime: str = ""
    open_files: int = _OPEN_FILES

    @property
    def tells_pid(self) -> bool:
        """Whether it writes down which process of this machine is the container's first."""
        return self.kind is Kind.PODMAN and not self.virtual


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A local image: what it wants mounted as volumes, and its own PATH."""

    reference: str
    volumes: tuple[str, ...] = ()
    path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """One run. `name` is unique; `owner` tells a later `gc` whose it is (`PID:START`, the latter in clock ticks);
    `hosts` is a file with `HOSTS` in it; to `pidfile` an engine that `tells_pid` writes the container's first process.
    """

    policy: Policy
    mounts: Sequence[Mount]
    cwd: Path
    env: Mapping[str, str]
    command: Sequence[str]
    name: str
    owner: str
    hosts: Path
    pidfile: Path
    uid: int
    gid: int


# --- what engine is this? --------------------------------------------------------------------------------------------


def info_arguments(program: Path, kind: Kind) -> list[str]:
    """The command that lets an engine tell about itself, as JSON."""
    return [str(program), "info", "--format", "json" if kind is Kind.PODMAN else "{{json .}}"]


def identify(program: Path, kind: Kind, said: bytes, *, runtime: str = "", open_files: int = _OPEN_FILES) -> Engine:
    """The engine that answered `said` to `info_arguments`; `SandboxError` where the answer makes no sense."""
    try:
        told = json.loads(said)
        read = _podman if kind is Kind.PODMAN else _docker
        return read(told, program, runtime, min(open_files, _OPEN_FILES))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SandboxError(f"`{kind} info` does not say what is needed: {error!r}") from error


def _podman(told: dict[str, Any], program: Path, runtime: str, open_files: int) -> Engine:
    host = told["host"]
    security, mapped = host["security"], host.get("idMappings") or {}
    # On cgroup v1 a rootless podman ignores limits with no more than a warning.
    delegated = host["cgroupVersion"] == "v2" or not security["rootless"]
    return Engine(
        kind=Kind.PODMAN,
        program=program,
        version=str(told["version"]["Version"]),
        rootless=bool(security["rootless"]),
        controllers=frozenset(host.get("cgroupControllers") or []) if delegated else frozenset(),
        subordinate_ids=len(mapped.get("uidmap") or []) > 1,
        virtual=bool(host.get("serviceIsRemote")),
        selinux=bool(security.get("selinuxEnabled")),
        seccomp=bool(security.get("seccompEnabled")),
        runtime=runtime,
        open_files=open_files,
    )


def _docker(told: dict[str, Any], program: Path, runtime: str, open_files: int) -> Engine:
    options = told.get("SecurityOptions") or []
    names = {part.removeprefix("name=") for option in options for part in str(option).split(",")}
    limits = {"memory": told["MemoryLimit"], "pids": told.get("PidsLimit")}
    return Engine(
        kind=Kind.DOCKER,
        program=program,
        version=str(told["ServerVersion"]),
        rootless="rootless" in names,
        controllers=frozenset(name for name, had in limits.items() if had),
        virtual=told.get("OperatingSystem") == "Docker Desktop",
        selinux="selinux" in names,
        seccomp="seccomp" in names,
        runtime=runtime,
        open_files=open_files,
    )


def weakness(engine: Engine, uid: int) -> tuple[str, str] | None:
    """Why this engine is no stronger than namespaces of our own, and what to do; None where it is."""
    if engine.runtime == RUNSC or engine.virtual:
        return None
    if uid == 0:
        return (
            f"{engine.kind} started by root gives its containers root's own user id",
            "run as an ordinary user, or name the runtime `runsc`",
        )
    if not engine.rootless:
        return (
            f"the {engine.kind} daemon runs as root and shares its user ids with its containers",
            "use rootless podman, `dockerd-rootless-setuptool.sh install`, or the runtime `runsc`",
        )
    if not engine.seccomp:
        return f"this {engine.kind} has no system call filter", "install one that is built with seccomp"
    return None


def image_arguments(engine: Engine, reference: str) -> list[str]:
    """The command that tells about a local image. Nothing is ever pulled."""
    if not reference or reference.startswith("-"):
        raise PolicyError(f"`{reference}` is not the name of an image")
    return [str(engine.program), "image", "inspect", "--format", "{{json .Config}}", reference]


def image(reference: str, said: bytes) -> Image:
    """The image whose configuration is `said`, the answer to `image_arguments`."""
    try:
        told = json.loads(said) or {}
        variables = dict(str(one).split("=", 1) for one in told.get("Env") or [] if "=" in str(one))
        volumes = tuple(sorted(map(str, told.get("Volumes") or {})))
    except (ValueError, TypeError, AttributeError) as error:
        raise SandboxError(f"the configuration of the image `{reference}` cannot be read: {error!r}") from error
    path = tuple(entry for entry in variables.get("PATH", "").split(":") if entry.startswith("/"))
    return Image(reference=reference, volumes=volumes, path=path)


def search_path(policy: Policy, image: Image) -> tuple[str, ...]:
    """PATH inside: the policy's directories, then the image's."""
    return environment.search_path(policy, {"PATH": ":".join(image.path)} if image.path else {})


def client_environment(host: Mapping[str, str]) -> dict[str, str]:
    """The variables for the engine's own program: where its things lie. An engine elsewhere would mount the files of
    that machine, so its address is passed on for a local socket only."""
    kept = {name: host[name] for name in _CLIENT if name in host}
    if host.get("DOCKER_HOST", "").startswith("unix://"):
        kept["DOCKER_HOST"] = host["DOCKER_HOST"]
    return kept


# --- the launch ------------------------------------------------------------------------------------------------------


def arguments(engine: Engine, image: Image, launch: Launch) -> list[str]:
    """The whole command line of the engine's program. Pure: same values, same list. `PolicyError` for what a container
    cannot do: reach some hosts only, hide a part of what is shown, or mount what would open the host."""
    _check(launch)
    podman = engine.kind is Kind.PODMAN
    out = [str(engine.program)]
    out += ["--log-level", "error"] if podman else []  # its warnings would be in the command's own stderr
    out += ["--runtime", engine.runtime] if podman and engine.runtime else []
    out += ["run", "--rm", "--interactive", "--name", launch.name, "--label", f"{OWNER}={launch.owner}"]
    out += ["--runtime", engine.runtime] if not podman and engine.runtime else []
    out += ["--pull", "never", "--log-driver", "none", "--no-healthcheck", "--sig-proxy=false"]
    out += ["--pidfile", str(launch.pidfile)] if engine.tells_pid else []
    out += ["--init"] if engine.init else []
    out += _boundary(engine, launch) + _limits(engine, launch.policy) + _files(engine, image, launch)
    blank = [name for upper in _PROXIES for name in (upper, upper.lower()) if name not in launch.env]
    # Docker passes on the proxies of its own settings, with their passwords. Values are said here, not inherited: the
    # engine's program would itself obey some of these names.
    for name, value in [*((name, "") for name in blank), *launch.env.items()]:
        out += ["--env", f"{name}={value}"]
    first, *rest = launch.command if engine.init else (*_FIRST, *launch.command)
    return [*out, "--workdir", str(launch.cwd), "--entrypoint", first, image.reference, *rest]


def _boundary(engine: Engine, launch: Launch) -> list[str]:
    out = ["--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--read-only", "--hostname", "sandbox"]
    out += ["--network", "none"] if not launch.policy.network else []
    out += ["--ipc", "private", "--cgroupns", "private", "--privileged=false"]
    out += ["--security-opt", "label=disable"] if engine.selinux else []  # else the tree could not be read
    user = "{}:{}".format(*_user(engine, launch))
    if engine.kind is Kind.PODMAN:
        out += ["--read-only-tmpfs=false", "--http-proxy=false", "--env-host=false", "--no-hosts"]
        out += ["--image-volume", "ignore", "--pid", "private", "--uts", "private"]
        out += ["--userns", "keep-id"] if engine.rootless and engine.subordinate_ids else []
    return [*out, "--user", user]


def _user(engine: Engine, launch: Launch) -> tuple[int, int]:
    """Who the user is inside: himself where that can be mapped, else 0, for any other number would be someone who may
    not write the tree."""
    same = engine.subordinate_ids if engine.kind is Kind.PODMAN else False
    return (launch.uid, launch.gid) if same or not engine.rootless else (0, 0)


def _limits(engine: Engine, policy: Policy) -> list[str]:
    limits = policy.limits
    out = []
    if "memory" in engine.controllers:
        out += ["--memory", str(limits.memory_bytes), "--memory-swap", str(limits.memory_bytes)]
    if "pids" in engine.controllers:
        out += ["--pids-limit", str(limits.processes)]
    per_process = {"core": 0, "fsize": limits.file_bytes, "nofile": engine.open_files, "cpu": math.ceil(limits.cpu_s)}
    # Counted for each user namespace, which with rootless podman is each container, and otherwise is all of them.
    per_process |= {"nproc": limits.processes} if engine.kind is Kind.PODMAN and engine.rootless else {}
    for name, value in per_process.items():
        out += ["--ulimit", f"{name}={value}:{value}"]
    out += ["--shm-size", str(limits.tmp_bytes)]
    out += ["--timeout", str(math.ceil(limits.wall_s) + _GRACE_S)] if engine.kind is Kind.PODMAN else []
    return out


def _files(engine: Engine, image: Image, launch: Launch) -> list[str]:
    out = []
    size = launch.policy.limits.tmp_bytes
    covered = [Path(place) for place in image.volumes] if engine.kind is Kind.DOCKER else []
    # The mode is not enough: runc gives an empty file system that of the directory in the image.
    own = "U" if engine.kind is Kind.PODMAN else "uid={},gid={}".format(*_user(engine, launch))
    for place in dict.fromkeys([*_ROOMY, *covered]):
        out += ["--tmpfs", f"{place}:rw,exec,nosuid,nodev,mode=1777,size={size},{own}"]
    shown = [Mount(source=place, target=place, writable=False) for place in launch.policy.read_only]
    hosts = Mount(source=launch.hosts, target=Path("/etc/hosts"), writable=False)
    for mount in [hosts, *shown, *launch.mounts]:
        if mount.throwaway and engine.kind is Kind.PODMAN:
            out += ["--volume", f"{mount.source}:{mount.target}:O"]
        else:
            readonly = "" if mount.writable and not mount.throwaway else ",readonly"
            out += ["--mount", f"type=bind,source={mount.source},target={mount.target}{readonly}"]
    return out


def _check(launch: Launch) -> None:
    policy = launch.policy
    if policy.hosts:
        raise PolicyError("a container cannot be given some hosts only", "require `namespaced` for a list of hosts")
    for hidden in policy.hidden:
        if any(hidden.is_relative_to(shown) for shown in policy.read_only):
            raise PolicyError(f"a container cannot hide `{hidden}` below what it is shown")
    for mount in launch.mounts:
        if mount.source in _SYSTEM or mount.source.name in _SOCKETS:
            raise PolicyError(f"`{mount.source}` is never shown to a container")
        if mount.target in _SYSTEM:
            raise PolicyError(f"nothing can be mounted on `{mount.target}`")
    pairs = [place for mount in launch.mounts for place in (mount.source, mount.target)]
    named = [*policy.read_only, *policy.path_dirs, *policy.path_inside]
    for place in [*pairs, *named, launch.cwd, launch.hosts]:
        if not place.is_absolute() or ".." in place.parts or set('\0\n,":') & set(str(place)):
            raise PolicyError(f"`{place}` is not an absolute path that a container engine takes as it is")


# --- the end ---------------------------------------------------------------------------------------------------------


def end_arguments(engine: Engine, name: str) -> list[str]:
    """Kill all of a container at once and remove it, with its volumes; no error where it is gone already (docker says
    so on stderr and ends with 0 or 1, which means the same)."""
    out = [str(engine.program), "rm", "--force", "--volumes"]
    return [*out, "--time", "0", "--ignore", name] if engine.kind is Kind.PODMAN else [*out, name]


def list_arguments(engine: Engine) -> list[str]:
    """The command that lists containers of ours, also those whose supervisor died: `NAME OWNER` a line."""
    label = f'index .Labels "{OWNER}"' if engine.kind is Kind.PODMAN else f'.Label "{OWNER}"'
    shown = "{{.Names}} {{" + label + "}}"
    return [str(engine.program), "ps", "--all", "--filter", f"label={OWNER}", "--format", shown]


def listed(said: bytes) -> dict[str, str]:
    """{name: owner} from the answer to `list_arguments`."""
    pairs = (line.split(" ", 1) for line in said.decode("utf-8", "replace").splitlines() if " " in line)
    return {name: owner.strip() for name, owner in pairs}


def layers(engine: Engine, policy: Policy) -> tuple[list[str], list[str]]:
    """What a launch puts in force, and what it does not."""
    runtime = f", {engine.runtime}" if engine.runtime else ""
    have = [f"{engine.kind} {engine.version}{runtime}", "own root file system", "pid namespace", "ipc namespace"]
    have += ["no capabilities", "no new privileges", "temporary files limited"]
    missing = ["landlock"]
    claims = {
        "network off": not policy.network,
        "user namespace": engine.rootless,
        "seccomp": engine.seccomp,
        "memory limit": "memory" in engine.controllers,
        "process limit": "pids" in engine.controllers or (engine.kind is Kind.PODMAN and engine.rootless),
    }
    have += [claim for claim, holds in claims.items() if holds]
    have += ["own kernel"] if engine.runtime == RUNSC else []
    have += ["virtual machine"] if engine.virtual else []
    missing += [claim for claim, holds in claims.items() if not holds] + (["selinux"] if engine.selinux else [])
    return have, missing
