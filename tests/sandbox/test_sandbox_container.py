"""The plan of a container, word for word."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sandbox import Limits, Mount, Policy, PolicyError, SandboxError
from sandbox.backends import container
from sandbox.backends.container import Engine, Image, Kind, Launch

PODMAN = Engine(
    kind=Kind.PODMAN, program=Path("/usr/bin/podman"), version="5.4.2", rootless=True,
    controllers=frozenset({"memory", "pids"}),
)  # fmt: skip
DOCKER = replace(PODMAN, kind=Kind.DOCKER, program=Path("/usr/bin/docker"), version="28.2.2")
RUNSC = replace(DOCKER, rootless=False, runtime="runsc", init=False)
IMAGE = Image(reference="localhost/tools:1", volumes=("/data",))
LAUNCH = Launch(
    policy=Policy(limits=Limits(wall_s=9.5, cpu_s=100, memory_bytes=1000, processes=7, file_bytes=50, tmp_bytes=60),
                  read_only=(Path("/opt/py"),)),
    mounts=(
        Mount(source=Path("/box/tree"), target=Path("/home/u/proj ü"), writable=True),
        Mount(source=Path("/box/dotgit"), target=Path("/home/u/proj ü/.git"), writable=False),
        Mount(source=Path("/home/u/proj ü/.venv"), target=Path("/home/u/proj ü/.venv"), writable=True, throwaway=True),
    ),
    cwd=Path("/home/u/proj ü"), env={"PATH": "/usr/bin", "HTTP_PROXY": "mine"}, command=["/bin/sh", "-c", "exit 3"],
    name="sandbox-1", owner="12:34", hosts=Path("/run/user/1/hosts"), pidfile=Path("/run/user/1/pid"),
    uid=1000, gid=100,
)  # fmt: skip

QUIET = ["--pull", "never", "--log-driver", "none", "--no-healthcheck", "--sig-proxy=false"]
COMMON = [
    "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--read-only", "--hostname", "sandbox",
    "--network", "none", "--ipc", "private", "--cgroupns", "private", "--privileged=false",
]  # fmt: skip
LIMITS = [
    "--memory", "1000", "--memory-swap", "1000", "--pids-limit", "7",
    "--ulimit", "core=0:0", "--ulimit", "fsize=50:50", "--ulimit", "nofile=65536:65536", "--ulimit", "cpu=100:100",
]  # fmt: skip


def tmpfs(owner: str, *places: str) -> list[str]:
    options = f"rw,exec,nosuid,nodev,mode=1777,size=60,{owner}"
    return [
        word for place in ("/tmp", "/var/tmp", "/home/sandbox", *places) for word in ("--tmpfs", f"{place}:{options}")
    ]


MOUNTS = [
    "--mount", "type=bind,source=/run/user/1/hosts,target=/etc/hosts,readonly",
    "--mount", "type=bind,source=/opt/py,target=/opt/py,readonly",
    "--mount", "type=bind,source=/box/tree,target=/home/u/proj ü",
    "--mount", "type=bind,source=/box/dotgit,target=/home/u/proj ü/.git,readonly",
]  # fmt: skip
REST = [
    "--env", "http_proxy=", "--env", "HTTPS_PROXY=", "--env", "https_proxy=", "--env", "FTP_PROXY=",
    "--env", "ftp_proxy=", "--env", "NO_PROXY=", "--env", "no_proxy=", "--env", "ALL_PROXY=", "--env", "all_proxy=",
    "--env", "PATH=/usr/bin", "--env", "HTTP_PROXY=mine", "--workdir", "/home/u/proj ü",
    "--entrypoint", "/bin/sh", "localhost/tools:1", "-c", "exit 3",
]  # fmt: skip
NAMED = ["run", "--rm", "--interactive", "--name", "sandbox-1", "--label", "sandbox.owner=12:34"]


def test_podman() -> None:
    assert container.arguments(PODMAN, IMAGE, LAUNCH) == [
        "/usr/bin/podman", "--log-level", "error", *NAMED, *QUIET, "--pidfile", "/run/user/1/pid", "--init", *COMMON,
        "--read-only-tmpfs=false", "--http-proxy=false", "--env-host=false", "--no-hosts", "--image-volume", "ignore",
        "--pid", "private", "--uts", "private", "--userns", "keep-id", "--user", "1000:100",
        *LIMITS, "--ulimit", "nproc=7:7", "--shm-size", "60", "--timeout", "40", *tmpfs("U"), *MOUNTS,
        "--volume", "/home/u/proj ü/.venv:/home/u/proj ü/.venv:O", *REST,
    ]  # fmt: skip


def test_docker() -> None:
    assert container.arguments(DOCKER, IMAGE, LAUNCH) == [
        "/usr/bin/docker", *NAMED, *QUIET, "--init", *COMMON, "--user", "0:0", *LIMITS, "--shm-size", "60",
        *tmpfs("uid=0,gid=0", "/data"), *MOUNTS,
        "--mount", "type=bind,source=/home/u/proj ü/.venv,target=/home/u/proj ü/.venv,readonly", *REST,
    ]  # fmt: skip


def test_docker_of_root_with_a_kernel_of_its_own() -> None:
    assert container.arguments(RUNSC, IMAGE, LAUNCH) == [
        "/usr/bin/docker", *NAMED, "--runtime", "runsc", *QUIET, *COMMON, "--user", "1000:100", *LIMITS,
        "--shm-size", "60", *tmpfs("uid=1000,gid=100", "/data"), *MOUNTS,
        "--mount", "type=bind,source=/home/u/proj ü/.venv,target=/home/u/proj ü/.venv,readonly",
        *REST[:-5], "--entrypoint", "/bin/sh", "localhost/tools:1", "-c", '"$@"; exit $?', "sh",
        "/bin/sh", "-c", "exit 3",
    ]  # fmt: skip


def test_podman_with_what_a_machine_may_lack() -> None:
    """No subordinate ids, no control groups, SELinux, another runtime, the network on."""
    poor = replace(PODMAN, subordinate_ids=False, controllers=frozenset(), selinux=True, runtime="runc", open_files=512)
    said = container.arguments(poor, IMAGE, replace(LAUNCH, policy=Policy(network=True)))
    assert said[:6] == ["/usr/bin/podman", "--log-level", "error", "--runtime", "runc", "run"]
    assert {"--userns", "--memory", "--pids-limit", "--network"}.isdisjoint(said)
    assert said[said.index("--user") + 1] == "0:0"
    assert "label=disable" in said
    assert "nofile=512:512" in said


@pytest.mark.parametrize(
    "change",
    [
        {"policy": Policy(hosts=("pypi.org",))},
        {"policy": Policy(read_only=(Path("/opt"),), hidden=(Path("/opt/secret"),))},
        {"policy": Policy(read_only=(Path("opt"),))},
        {"cwd": Path("here")},
        {"cwd": Path("/a/../b")},
        *[
            {"mounts": [Mount(source=Path(source), target=Path(target), writable=True)]}
            for source, target in [
                ("/", "/host"), ("/var/run", "/x"), ("/proc", "/x"), ("/home/u/docker.sock", "/x"), ("/a", "/"),
                ("/run/user/1000/podman/podman.sock", "/x"), ("/a", "/etc"), ("/a,readonly=false", "/x"),
                ("/a", "/x:O"), ("/a", '/x"'), ("/a\nb", "/x"), ("a", "/x"),
            ]
        ],
    ],
)  # fmt: skip
def test_what_a_container_is_not_given(change: dict[str, Any]) -> None:
    with pytest.raises(PolicyError):
        container.arguments(PODMAN, IMAGE, replace(LAUNCH, **change))


def podman_says(**changes: Any) -> bytes:
    host = {
        "cgroupVersion": "v2", "cgroupControllers": ["cpu", "memory", "pids"], "serviceIsRemote": False,
        "security": {"rootless": True, "seccompEnabled": True, "selinuxEnabled": False},
        "idMappings": {"uidmap": [{"container_id": 0, "size": 1}, {"container_id": 1, "size": 65536}]},
    }  # fmt: skip
    return json.dumps({"host": host | changes, "version": {"Version": "5.4.2"}}).encode()


def docker_says(**changes: Any) -> bytes:
    told = {
        "ServerVersion": "28.2.2", "OperatingSystem": "Debian GNU/Linux 12", "MemoryLimit": True, "PidsLimit": True,
        "SecurityOptions": ["name=seccomp,profile=builtin", "name=rootless", "name=cgroupns"],
    }  # fmt: skip
    return json.dumps(told | changes).encode()


def test_engines_tell_what_they_are() -> None:
    podman = replace(PODMAN, controllers=frozenset({"cpu", "memory", "pids"}))
    assert container.identify(PODMAN.program, Kind.PODMAN, podman_says()) == podman
    assert container.identify(
        PODMAN.program, Kind.PODMAN, podman_says(cgroupVersion="v1", idMappings={"uidmap": [{}]}), open_files=1024
    ) == replace(podman, controllers=frozenset(), subordinate_ids=False, open_files=1024)
    assert container.identify(DOCKER.program, Kind.DOCKER, docker_says()) == DOCKER
    assert container.identify(
        DOCKER.program, Kind.DOCKER, docker_says(SecurityOptions=["name=seccomp"], MemoryLimit=False), runtime="runsc"
    ) == replace(DOCKER, rootless=False, runtime="runsc", controllers=frozenset({"pids"}))
    assert container.identify(DOCKER.program, Kind.DOCKER, docker_says(OperatingSystem="Docker Desktop")).virtual


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"{}",
        b"[]",
        b'{"host": null}',
        b'{"host": {"security": null}}',
        b'{"ServerErrors": ["no daemon"]}',
        b"\xff",
    ],
)
def test_an_engine_that_makes_no_sense(said: bytes) -> None:
    for kind in Kind:
        with pytest.raises(SandboxError, match="does not say"):
            container.identify(Path("/x"), kind, said)


def test_engines_that_are_no_stronger_than_we_are_not_taken() -> None:
    for engine, uid in [
        (PODMAN, 1000),
        (DOCKER, 1000),
        (RUNSC, 1000),
        (RUNSC, 0),
        (replace(PODMAN, virtual=True), 501),
    ]:
        assert container.weakness(engine, uid) is None
    for engine, uid, why in [
        (PODMAN, 0, "started by root"),
        (replace(DOCKER, rootless=False), 1000, "daemon runs as root"),
        (replace(PODMAN, seccomp=False), 1000, "system call filter"),
    ]:
        found = container.weakness(engine, uid)
        assert found is not None
        assert why in found[0]
        assert found[1]


def test_images_tell_what_they_are() -> None:
    said = b'{"Env": ["PATH=/opt/bin:bin:/bin", "X"], "Volumes": {"/data": {}}, "Healthcheck": {}}'
    assert container.image("a", said) == Image(reference="a", volumes=("/data",), path=("/opt/bin", "/bin"))
    assert container.image("a", b"null") == Image(reference="a")
    with pytest.raises(SandboxError):
        container.image("a", b"no such image")
    for name in ("", "--privileged"):
        with pytest.raises(PolicyError):
            container.image_arguments(PODMAN, name)
    policy = Policy(path_dirs=(Path("/v/bin"),))
    assert container.search_path(policy, container.image("a", said)) == ("/v/bin", "/opt/bin", "/bin")
    assert "/usr/bin" in container.search_path(policy, Image(reference="a"))


def test_the_engines_program_gets_little_and_never_another_machine() -> None:
    host = {
        "HOME": "/h",
        "SECRET": "x",
        "CONTAINER_HOST": "ssh://other",
        "DOCKER_HOST": "tcp://other",
        "LD_PRELOAD": "x",
    }
    assert container.client_environment(host) == {"HOME": "/h"}
    assert container.client_environment({"DOCKER_HOST": "unix:///run/user/1/docker.sock"}) != {}


def test_layers() -> None:
    always = ["own root file system", "pid namespace", "ipc namespace", "no capabilities", "no new privileges",
              "temporary files limited"]  # fmt: skip
    limited = ["memory limit", "process limit"]
    assert container.layers(PODMAN, Policy()) == (
        ["podman 5.4.2", *always, "network off", "user namespace", "seccomp", *limited], ["landlock"],
    )  # fmt: skip
    assert container.layers(replace(RUNSC, controllers=frozenset(), selinux=True), Policy(network=True)) == (
        ["docker 28.2.2, runsc", *always, "seccomp", "own kernel"],
        ["landlock", "network off", "user namespace", *limited, "selinux"],
    )


def test_the_end() -> None:
    assert container.end_arguments(PODMAN, "a") == [
        "/usr/bin/podman", "rm", "--force", "--volumes", "--time", "0", "--ignore", "a",
    ]  # fmt: skip
    assert container.end_arguments(DOCKER, "a") == ["/usr/bin/docker", "rm", "--force", "--volumes", "a"]
    for engine, label in [(PODMAN, 'index .Labels "sandbox.owner"'), (DOCKER, '.Label "sandbox.owner"')]:
        assert container.list_arguments(engine) == [
            str(engine.program), "ps", "--all", "--filter", "label=sandbox.owner",
            "--format", "{{.Names}} {{" + label + "}}",
        ]  # fmt: skip
    assert container.listed(b"one 12:34\ntwo 5:6 \n\nodd\n") == {"one": "12:34", "two": "5:6"}
