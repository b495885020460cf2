"""Containers that are run: by a scripted engine everywhere, and by a real one where there is one."""

import os
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sandbox_support import Maker, git

from sandbox import Backend, Limits, Mount, Policy, PolicyError, SandboxError, SandboxUnavailable, Tier, containers, run
from sandbox.available import choose, lacking
from sandbox.backends import container
from sandbox.linux import procs

ROOT = Path(__file__).parents[2]
AT = Path("/home/u/proj ü")

# An engine by its command line only: what it "runs" is a process of this machine, in the source of the first mount.
ENGINE = r"""#!{python} -IS
import contextlib, json, os, signal, subprocess, sys
here = os.path.dirname(os.path.realpath(sys.argv[0]))
words = sys.argv[1:]
while words[0] in ("--log-level", "--runtime"):
    words = words[2:]
def after(name):
    return [words[i + 1] for i, word in enumerate(words) if word == name]
if words[0] == "info":
    if os.path.exists(here + "/broken"):
        sys.exit("cannot connect")
    security = {{"rootless": True, "seccompEnabled": True}}
    remote = os.path.exists(here + "/virtual")
    host = {{"security": security, "cgroupVersion": "v2", "serviceIsRemote": remote}}
    print(json.dumps({{"host": host, "version": {{"Version": "5.0"}}}}))
elif words[0] == "image":
    if words[-1] == "absent":
        sys.exit("Error: no such image")
    print(json.dumps({{"Env": ["PATH=/usr/bin:/bin"]}}))
elif words[0] == "ps":
    for name in os.listdir(here + "/alive"):
        print(name, open(here + "/alive/" + name).read().split()[1])
elif words[0] == "rm":
    with open(here + "/removed", "a") as log:
        print(words[-1], file=log)
    if os.path.exists(here + "/alive/" + words[-1]):
        os.killpg(int(open(here + "/alive/" + words[-1]).read().split()[0]), signal.SIGKILL)
        os.unlink(here + "/alive/" + words[-1])
else:
    start = words.index("--entrypoint")
    image = words[start + 2]
    if image == "bare" and "--init" in words:
        sys.exit("Error: container-init binary not found")
    mounts = [dict(part.split("=", 1) for part in one.split(",") if "=" in part) for one in after("--mount")][1:]
    for mount in mounts[1:]:
        with open(mounts[0]["source"] + mount["target"][len(mounts[0]["target"]):], "wb") as place:
            place.write(open(mount["source"], "rb").read())
    command = [words[start + 1], *words[start + 3:]]
    if "refuse" in command:
        sys.stderr.write("Error: it does not start\n")
        sys.exit(125)
    env = dict(pair.split("=", 1) for pair in after("--env"))
    run = subprocess.Popen(command, cwd=mounts[0]["source"], env=env, start_new_session=True)
    with open(here + "/alive/" + after("--name")[0], "w") as state:
        print(run.pid, after("--label")[0].partition("=")[2], file=state)
    for place in after("--pidfile"):  # none of a virtual machine
        with open(place, "w") as pidfile:
            pidfile.write(str(run.pid))
    status = run.wait()
    with contextlib.suppress(FileNotFoundError):  # removed meanwhile
        os.unlink(here + "/alive/" + after("--name")[0])
    sys.exit(128 - status if status < 0 else status)
"""


@pytest.fixture
def scripted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directory of an engine that keeps `alive` and `removed` there."""
    place = tmp_path / "engine"
    (place / "alive").mkdir(parents=True)
    (place / "podman").write_text(ENGINE.format(python=sys.executable))
    (place / "podman").chmod(0o755)
    monkeypatch.setenv("PATH", str(place))
    return place


# As root no engine is strong enough but by this runtime.
SCRIPTED = Policy(require=Tier.ISOLATED, image="any", runtime="runsc", limits=Limits(wall_s=30))


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    made = tmp_path / "tree"
    made.mkdir()
    return made


def mounted(tree: Path) -> list[Mount]:
    return [Mount(source=tree, target=AT, writable=True)]


def removed(place: Path) -> list[str]:
    return (place / "removed").read_text().split()


def test_a_result_is_whole_and_the_container_is_removed(scripted: Path, tree: Path) -> None:
    seen: list[bytes] = []
    script = "cat; echo err >&2; touch made; exit 7"
    result = run(
        SCRIPTED, ["/bin/sh", "-c", script], cwd=AT, mounts=mounted(tree), stdin=b"in" * 90_000, on_output=seen.append
    )
    assert replace(result, duration_s=0.0) == type(result)(
        argv=("/bin/sh", "-c", script), status=7, stdout=b"in" * 90_000, stderr=b"err\n", duration_s=0.0, cpu_s=None,
        timed_out=False, idle_timed_out=False, cancelled=False, truncated_bytes=0, tier=Tier.ISOLATED,
        layers=(
            "podman 5.0, runsc", "own root file system", "pid namespace", "ipc namespace", "no capabilities",
            "no new privileges", "temporary files limited", "network off", "user namespace", "seccomp",
            "process limit", "own kernel", "clean environment", "empty home", "wall clock limit", "output limit",
            "tree limit", "memory and processes watched",
        ),
        missing=("landlock", "memory limit"),
    )  # fmt: skip
    assert sum(map(len, seen)) == 180_004
    assert (tree / "made").exists()
    assert len(removed(scripted)) == 2  # of the trial, too
    assert list((scripted / "alive").iterdir()) == []


@pytest.mark.parametrize(
    ("limits", "script", "flags"),
    [
        (Limits(wall_s=0.5), "sleep 60", (True, False, False, ())),
        (Limits(idle_s=0.5), "echo; sleep 60", (False, True, False, ())),
        (Limits(), "touch stop; sleep 60", (False, False, True, ())),
        (Limits(tree_bytes=99), "head -c 9000000 /dev/zero >big; sync; sleep 60", (False, False, False, ("tree",))),
        (Limits(processes=3), "for i in 1 2 3 4; do sleep 60 & done; wait", (False, False, False, ("processes",))),
    ],
    ids=["wall", "idle", "cancelled", "tree", "processes"],
)  # fmt: skip
def test_limits_that_are_kept_by_us(
    scripted: Path, tree: Path, limits: Limits, script: str, flags: tuple[object, ...]
) -> None:
    result = run(
        replace(SCRIPTED, limits=limits), ["/bin/sh", "-c", script], cwd=AT, mounts=mounted(tree),
        cancelled=(tree / "stop").exists,
    )  # fmt: skip
    assert (result.timed_out, result.idle_timed_out, result.cancelled, result.exceeded) == flags
    assert result.status == 137
    assert list((scripted / "alive").iterdir()) == []


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_whichever_way_a_run_is_left_its_container_is_gone(
    scripted: Path, tree: Path, error: type[BaseException]
) -> None:
    def raising(chunk: bytes) -> None:
        raise error

    with pytest.raises(error):
        run(SCRIPTED, ["/bin/sh", "-c", "echo; sleep 60"], cwd=AT, mounts=mounted(tree), on_output=raising)
    assert list((scripted / "alive").iterdir()) == []


def test_what_the_engine_refuses_is_no_result(scripted: Path, tree: Path) -> None:
    with pytest.raises(SandboxError, match="refused to start the command: Error: it does not start"):
        run(SCRIPTED, ["/bin/echo", "refuse"], cwd=AT, mounts=mounted(tree))
    assert run(SCRIPTED, ["/bin/sh", "-c", "exit 125"], cwd=AT, mounts=mounted(tree)).status == 125
    assert len(removed(scripted)) == 3


def test_an_engine_without_a_first_process_gets_one(scripted: Path, tree: Path) -> None:
    for argv, status in [(["/bin/sh", "-c", "kill -9 $$"], 137), (["nonesuch"], 127), (["/etc"], 126)]:
        assert run(replace(SCRIPTED, image="bare"), argv, cwd=AT, mounts=mounted(tree)).status == status


def test_what_is_lacking(scripted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def said(policy: Policy) -> str:
        with pytest.raises(SandboxUnavailable) as caught:
            choose(policy)
        return f"{caught.value.message}\n{caught.value.fix}"

    named = said(replace(SCRIPTED, image=""))
    assert named.startswith("no `isolated` sandbox on this machine: container: no image is named\n")
    assert "--image" in named
    assert "podman has no image `absent` here: Error: no such image" in said(replace(SCRIPTED, image="absent"))
    assert lacking(Backend.CONTAINER, SCRIPTED) is None
    (scripted / "broken").touch()
    assert "`podman info` fails: cannot connect" in said(replace(SCRIPTED, image="another"))
    monkeypatch.setenv("PATH", str(scripted / "alive"))
    assert "neither podman nor docker is installed" in said(SCRIPTED)
    assert lacking(Backend.CONTAINER) == ("neither podman nor docker is installed", containers.INSTALL)


def test_an_image_asks_for_a_container(scripted: Path) -> None:
    assert choose(Policy(image="any", runtime="runsc")) is Backend.CONTAINER
    assert choose(Policy(backend=Backend.CONTAINER, image="any", runtime="runsc")) is Backend.CONTAINER
    assert choose(Policy(require=Tier.NONE, image="any", runtime="runsc")) is Backend.CONTAINER
    with pytest.raises(PolicyError, match="is for a container"):
        choose(Policy(backend=Backend.RESTRICTED, require=Tier.RESTRICTED, image="any"))


KILLED = """
import pathlib, sys, sandbox
policy = sandbox.Policy(require=sandbox.Tier.ISOLATED, image=sys.argv[2], runtime=sys.argv[3])
mounts = [sandbox.Mount(source=pathlib.Path(sys.argv[1]), target=pathlib.Path(sys.argv[4]), writable=True)]
sandbox.run(policy, ["/bin/sh", "-c", "echo $PPID >begun; sleep 600"], cwd=pathlib.Path(sys.argv[4]), mounts=mounts)
"""


def killed_amid(tree: Path, policy: Policy) -> None:
    """Let a supervisor start a long command, and kill it."""
    argv = [sys.executable, "-c", KILLED, str(tree), policy.image, policy.runtime, str(AT)]
    with subprocess.Popen(argv, env={**os.environ, "PYTHONPATH": str(ROOT)}) as supervisor:
        end = time.monotonic() + 60
        while not (tree / "begun").exists():
            assert supervisor.poll() is None
            assert time.monotonic() < end
            time.sleep(0.05)
        supervisor.send_signal(signal.SIGKILL)


def test_what_a_killed_supervisor_leaves_is_cleaned(scripted: Path, tree: Path) -> None:
    killed_amid(tree, SCRIPTED)
    kept = scripted / "alive/another"
    kept.write_text(f"1 {os.getpid()}:{Path('/proc/self/stat').read_text().rpartition(')')[2].split()[19]}\n")
    assert len(list((scripted / "alive").iterdir())) == 2
    assert containers.clean() == 1
    assert list((scripted / "alive").iterdir()) == [kept]
    assert containers.clean() == 0


# What Linux has and macOS has not is taken away, before anything else is imported. Nobody has run this on macOS itself.
ELSEWHERE = """
import fcntl, os, pathlib, select, signal, sys
for module, names in (
    (os, "pidfd_open memfd_create MFD_CLOEXEC O_PATH O_TMPFILE pipe2 sched_getaffinity getrandom splice".split()),
    (fcntl, ["F_GETPIPE_SZ", "F_SETPIPE_SZ"]),
    (signal, ["pidfd_send_signal", "sigtimedwait"]),
    (select, ["epoll"]),
):
    for name in names:
        vars(module).pop(name, None)
os.uname = lambda: os.uname_result(("Darwin", "here", "24.6.0", "", "arm64"))
sys.platform = "darwin"
import sandbox
policy = sandbox.Policy(
    require=sandbox.Tier.ISOLATED, image="any", limits=sandbox.Limits(wall_s=float(sys.argv[3]), output_bytes=9_000_000)
)
at = pathlib.Path("/Users/u/proj")
mounts = [sandbox.Mount(source=pathlib.Path(sys.argv[1]), target=at, writable=True)]
result = sandbox.run(policy, ["/bin/sh", "-c", sys.argv[2]], cwd=at, mounts=mounts, stdin=b"in")
print(result.status, result.timed_out, len(result.stdout), result.stderr.decode(), result.tier)
"""


@pytest.mark.parametrize(
    ("script", "wall_s", "said"),
    [
        ("cat; head -c 300000 /dev/zero; echo err >&2; exit 7", 60, "7 False 300002 err isolated"),
        ("kill -9 $$", 60, "137 False 0 isolated"),
        ("echo; sleep 60", 2, "137 True 1 isolated"),
    ],
)
def test_where_a_system_lacks_what_linux_has(scripted: Path, tree: Path, script: str, wall_s: float, said: str) -> None:
    (scripted / "virtual").touch()
    argv = [sys.executable, "-c", ELSEWHERE, str(tree), script, str(wall_s)]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=100)
    assert done.stdout.split() == said.split(), done.stderr
    assert list((scripted / "alive").iterdir()) == []


@pytest.mark.skipif(
    not Path("/bin/ps").exists(), reason="this machine has no ps, which a system without /proc brings along"
)
def test_when_a_process_began_is_known_without_proc() -> None:
    assert procs.began_elsewhere(os.getpid()) == procs.began_elsewhere(os.getpid()) != ""
    assert procs.began_elsewhere(os.getpid()) != procs.began_elsewhere(1)
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        pass
    assert procs.began_elsewhere(gone.pid) == ""


# --- with an engine --------------------------------------------------------------------------------------------------


CLIENT = container.client_environment(os.environ)  # of whoever runs the tests, for engines keep images in the home


def call(*argv: str) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(argv, env=CLIENT, cwd="/", stdin=subprocess.DEVNULL, capture_output=True, timeout=120)


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Policy]:
    """The policy for an image with a shell and git in it, made here of programs of this machine, and a runtime that
    works; skips where there is none."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in CLIENT.items():
            patch.setenv(name, value)
        reason, _ = lacking(Backend.CONTAINER) or ("", "")
        if reason != "no image is named":
            pytest.skip(f"no container engine: {reason}")
        tar = tmp_path_factory.mktemp("image") / "root.tar"
        pack(tar, "sh", "cat", "ls", "id", "sleep", "touch", "grep", "git")
        reference = f"localhost/sandbox-test:{os.getpid()}"
        engine = str(shutil.which("podman") or shutil.which("docker"))
        made = call(engine, "import", str(tar), reference)
        if made.returncode != 0:
            pytest.skip(f"no container engine that takes an image: {made.stderr.decode().strip()[-100:]}")
        try:
            tried = [
                Policy(require=Tier.ISOLATED, backend=Backend.CONTAINER, image=reference, runtime=runtime)
                for runtime in ("", "runc")
            ]
            lacks = [lacking(Backend.CONTAINER, policy) for policy in tried]
            if all(lacks):
                pytest.skip(f"no container engine that starts one: {lacks}")
            yield tried[lacks.index(None)]
        finally:
            call(engine, "rmi", reference)


def pack(tar: Path, *names: str) -> None:
    programs = [path for name in names if (path := shutil.which(name))]
    libraries = {
        word for path in programs
        for word in subprocess.run(["ldd", path], capture_output=True, text=True).stdout.split() if word[0] == "/"
    }  # fmt: skip
    (tar.parent / "tmp").mkdir(mode=0o755)
    with tarfile.open(tar, "w", dereference=True) as out:
        out.add(tar.parent / "tmp", "tmp")  # runc would let this mode win
        for path in programs:
            out.add(path, f"bin/{Path(path).name}")
        for path in sorted(libraries):
            out.add(path, path.lstrip("/"))


@pytest.fixture
def real(image: Policy, monkeypatch: pytest.MonkeyPatch) -> Policy:
    for name, value in CLIENT.items():
        monkeypatch.setenv(name, value)
    return image


def ours() -> list[str]:
    engine = str(shutil.which("podman") or shutil.which("docker"))
    return call(engine, "ps", "--all", "--quiet", "--filter", f"label={container.OWNER}").stdout.decode().split()


def test_a_real_container_is_what_the_plan_says(real: Policy, tree: Path) -> None:
    script = r"""
        cat /etc/hosts; grep -E '^(CapBnd|NoNewPrivs|Seccomp):' /proc/self/status; ls -A /home/sandbox /home/u
        touch made /tmp/x /home/sandbox/x && touch /bin/x /etc/x /x 2>/dev/null || echo read-only
        ls /sys/class/net; grep -cE '^[A-Z_]*(KEY|TOKEN|SECRET)' /proc/self/environ; cat; exit 7
    """
    result = run(real, ["sh", "-c", script], cwd=AT, mounts=mounted(tree), stdin=b"input")
    assert result.stdout.decode() == (
        container.HOSTS.decode() + "CapBnd:\t0000000000000000\nNoNewPrivs:\t1\nSeccomp:\t2\n"
        "/home/sandbox:\n\n/home/u:\nproj ü\nread-only\nlo\n0\ninput"
    ), result.stderr  # fmt: skip
    assert result.stderr == b""
    assert result.status == 7
    assert result.tier is Tier.ISOLATED
    assert (tree / "made").stat().st_uid == os.getuid()


@pytest.mark.parametrize(
    ("argv", "status"),
    [(["nonesuch"], 127), (["/etc"], 126), (["sh", "-c", "exit 125"], 125), (["sh", "-c", "kill -9 $$"], 137)],
    ids=["absent", "no program", "125", "killed"],
)
def test_real_statuses(real: Policy, tree: Path, argv: list[str], status: int) -> None:
    assert run(real, argv, cwd=AT, mounts=mounted(tree)).status == status


def test_a_real_command_ends_with_its_time(real: Policy, tree: Path) -> None:
    policy = replace(real, limits=Limits(wall_s=1.5))
    begun = time.monotonic()
    result = run(policy, ["sh", "-c", "echo begun; (sleep 600 &) ; sleep 600"], cwd=AT, mounts=mounted(tree))
    assert (result.timed_out, result.status, result.stdout) == (True, 137, b"begun\n")
    assert time.monotonic() - begun < 30
    assert ours() == []


def test_a_real_container_is_gone_after_an_interrupt_at_any_moment(real: Policy, tree: Path) -> None:
    for after in (0.0, 0.03, 0.06, 0.09, 0.15, 0.3):
        end = time.monotonic() + after

        def stop(end: float = end) -> bool:
            if time.monotonic() > end:
                raise KeyboardInterrupt
            return False

        with pytest.raises(KeyboardInterrupt):
            run(real, ["sleep", "600"], cwd=AT, mounts=mounted(tree), cancelled=stop)
        assert ours() == []


def test_what_a_killed_supervisor_leaves_of_a_real_engine_is_cleaned(real: Policy, tree: Path) -> None:
    killed_amid(tree, real)
    assert len(ours()) == 1
    assert containers.clean() == 1
    assert ours() == []


def test_a_real_workspace(real: Policy, make: Maker, repo: Path) -> None:
    space = make(repo)
    log = "git log --format=%s"
    script = f"pwd; {log} && echo new >pkg/new.txt && git add -A && git commit -qm second && {log}"
    result = space.run(real, ["sh", "-c", script])
    assert (result.status, result.stdout.decode()) == (0, f"{repo}\nfirst\nsecond\nfirst\n"), result.stderr
    assert space.run(real, ["cat", "new.txt"], "pkg").stdout == b"new\n"
    assert space.read("pkg/new.txt") == b"new\n"
    assert "pkg/new.txt" in git(space.box.git_dir, "ls-tree", "-r", "--name-only", space.extract().tree)
    assert git(repo, "log", "--format=%s") == "first"
