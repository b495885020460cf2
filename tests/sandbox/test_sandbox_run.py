"""Running commands: what comes back, what is left alive, what is seen. At both tiers where they must agree."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sandbox_support import interpreter_is_closed

from sandbox import Backend, Limits, Mount, Policy, PolicyError, Result, SandboxError, Tier, run
from sandbox.available import lacking

ROOT = Path(__file__).parents[2]
BACKENDS = [
    pytest.param(Backend.BUBBLEWRAP, marks=pytest.mark.namespaces),
    pytest.param(Backend.NAMESPACES, marks=pytest.mark.namespaces),
    Backend.RESTRICTED,
    None,
]

OUR_PYTHON = (Path(sys.prefix), Path(sys.base_prefix))
"""The tests may run from a place that the sandbox covers."""


@pytest.fixture(params=BACKENDS, ids=str)
def backend(request: pytest.FixtureRequest) -> Backend | None:
    value: Backend | None = request.param
    if value is not None and (lack := lacking(value)):
        pytest.skip(f"{value}: {lack[0]}")
    return value


def tier_of(backend: Backend | None) -> Tier:
    return Tier.NONE if backend is None else backend.tier


def of(backend: Backend | None) -> Policy:
    return Policy(require=tier_of(backend), backend=backend)


def spelled(backend: Backend | None) -> str:
    """The policy as a line of Python."""
    named = f"sandbox.Backend({backend.value!r})" if backend else "None"
    return f"p = sandbox.Policy(require=sandbox.Tier({tier_of(backend).value!r}), backend={named})\n"


def shell(backend: Backend | None, script: str, *, stdin: bytes = b"", **limits: float) -> Result:
    policy = replace(of(backend), limits=replace(Limits(wall_s=30), **limits))  # type: ignore[arg-type]
    return run(policy, ["/bin/sh", "-c", script], cwd=Path("/"), stdin=stdin)


def test_programs_lie_where_they_lay_the_last_time(backend: Backend | None) -> None:
    policy = replace(of(backend), read_only=OUR_PYTHON)
    argv = [sys.executable, "-I", "-S", "-c", "print(id(None), id(object))"]
    found = {run(policy, argv, cwd=Path("/")).stdout for _ in range(3)}
    assert len(found) == 1
    assert found != {b""}


def commands() -> list[str]:
    """The command lines of all processes but this one; `pgrep` is not on every machine."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if entry.parent.name != str(os.getpid()):
                found.append(entry.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
    return found


def alive(word: str) -> bool:
    """Whether a process has `word` in its arguments; gives a kill a moment."""
    for _ in range(50):
        if not any(command.startswith(f"sleep {word}") for command in commands()):
            return False
        time.sleep(0.01)
    return True


def word() -> str:
    """A number of seconds that no other process sleeps."""
    word.last = getattr(word, "last", 0) + 1  # type: ignore[attr-defined]  # a counter of this module
    return f"{7000 + os.getpid() % 1000}.{word.last:04}"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("argv", "status", "stdout"),
    [
        (["true"], 0, b""),
        (["/bin/sh", "-c", "echo out; exit 3"], 3, b"out\n"),
        (["/bin/sh", "-c", "kill -TERM $$"], 128 + 15, b""),
        (["/bin/sh", "-c", "kill -KILL $$"], 128 + 9, b""),
        (["no such program"], 127, b""),
        (["/etc/passwd"], 126, b""),
        (["printf", "%s|", "a b", "", "$x", "\n"], 0, b"a b||$x|\n|"),
    ],
)
def test_the_status_is_that_of_a_shell(backend: Backend | None, argv: list[str], status: int, stdout: bytes) -> None:
    if backend is Backend.RESTRICTED and interpreter_is_closed():
        pytest.skip("a directory of PATH that cannot be entered counts as a program that cannot be run")
    result = run(of(backend), argv, cwd=Path("/"))
    assert (result.status, result.stdout, result.argv, result.tier) == (status, stdout, tuple(argv), tier_of(backend))
    assert result.ok == (status == 0)


def test_input_and_outputs_are_bytes(backend: Backend | None) -> None:
    data = bytes(range(256)) * 3000
    result = shell(backend, "cat; echo err >&2", stdin=data)
    assert (result.stdout, result.stderr) == (data, b"err\n")
    assert shell(backend, "exit 0", stdin=data).status == 0  # one who does not read is no error
    assert shell(backend, "readlink /proc/self/fd/0; tty").stdout == b"/dev/null\nnot a tty\n"


def test_a_time_out_ends_everything(backend: Backend | None) -> None:
    name = word()
    begun = time.monotonic()
    result = shell(backend, f"echo before; (setsid sleep {name} &); sleep {name}", wall_s=0.3)
    assert (result.timed_out, result.status, result.stdout, result.ok) == (True, 137, b"before\n", False)
    assert time.monotonic() - begun < 5
    assert not alive(name)


def test_what_stays_behind_is_killed_and_does_not_hold_the_run_up(backend: Backend | None) -> None:
    name = word()
    result = shell(backend, f"trap '' TERM HUP; (setsid sleep {name} &); nohup sleep {name} & echo done")
    assert (result.status, result.stdout) == (0, b"done\n")
    assert result.duration_s < 10
    assert not alive(name)


def test_a_fork_that_drops_its_environment_is_still_found(backend: Backend | None) -> None:
    name = word()
    shell(backend, f"env -i sleep {name} & (env -i sleep {name} &) ; exit 0")
    assert not alive(name)


def test_silence_ends_a_run_where_it_is_limited(backend: Backend | None) -> None:
    result = shell(backend, "for i in 1 2 3; do echo $i; sleep 0.1; done; sleep 60", idle_s=0.5)
    assert (result.idle_timed_out, result.timed_out, result.stdout) == (True, False, b"1\n2\n3\n")


def test_output_keeps_head_and_tail(backend: Backend | None) -> None:
    result = shell(backend, "seq 1 200000; echo end", output_bytes=1000)
    assert result.stdout.startswith(b"1\n2\n3\n")
    assert result.stdout.endswith(b"200000\nend\n")
    assert b"bytes dropped" in result.stdout
    assert len(result.stdout) < 1100
    assert result.truncated_bytes == 1288895 + 4 - 1000


def test_a_listener_hears_as_it_comes_and_a_run_can_be_cancelled(backend: Backend | None) -> None:
    heard: list[bytes] = []
    policy = of(backend)
    name = word()
    result = run(
        policy,
        ["/bin/sh", "-c", f"echo one; sleep {name}"],
        cwd=Path("/"),
        on_output=heard.append,
        cancelled=lambda: bool(heard),
    )
    assert (heard, result.cancelled, result.status) == ([b"one\n"], True, 137)
    assert not alive(name)


def test_an_error_of_a_listener_ends_the_run(backend: Backend | None) -> None:
    name = word()

    def fail(_: bytes) -> None:
        raise RuntimeError("listener")

    with pytest.raises(RuntimeError, match="listener"):
        run(of(backend), ["/bin/sh", "-c", f"echo x; sleep {name}"], cwd=Path("/"), on_output=fail)
    assert not alive(name)


def test_the_environment_is_ours(backend: Backend | None, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "AWS_SECRET_ACCESS_KEY", "SSH_AUTH_SOCK", "LD_PRELOAD_X", "PYTHONPATH", "GIT_DIR"):
        monkeypatch.setenv(name, "secret-value")
    result = run(replace(of(backend), env={"MINE": "yes"}), ["env"], cwd=Path("/"))
    seen = dict(line.split("=", 1) for line in result.stdout.decode().splitlines())
    assert "secret-value" not in seen.values()
    assert {k: seen[k] for k in ("MINE", "CI", "TERM", "PIP_NO_INDEX", "PYTHONDONTWRITEBYTECODE")} == {
        "MINE": "yes", "CI": "1", "TERM": "dumb", "PIP_NO_INDEX": "1", "PYTHONDONTWRITEBYTECODE": "1",
    }  # fmt: skip
    listed = shell(backend, 'ls -A "$HOME" | grep -v \'^[.]\' ; touch "$HOME/x" $TMPDIR/y && echo written')
    assert listed.stdout == b"written\n"
    fds = shell(backend, "ls /proc/self/fd")
    assert fds.stdout.split() == [b"0", b"1", b"2", b"3"]


def test_limits_are_in_force(backend: Backend | None, tmp_path: Path) -> None:
    result = shell(backend, "ulimit -c; ulimit -f; ulimit -d; cd $TMPDIR; head -c 3000000 /dev/zero > big; ls -s big",
                   file_bytes=1 << 20, memory_bytes=512 << 20)  # fmt: skip
    assert result.stdout.splitlines()[:3] == [b"0", b"2048", b"524288"]
    assert b"1024 big" in result.stdout or b"1028 big" in result.stdout
    assert "rlimits" in result.layers
    eater = [sys.executable, "-c", "x = bytearray(900 << 20)"]
    policy = replace(of(backend), limits=Limits(memory_bytes=512 << 20), read_only=OUR_PYTHON)
    assert run(policy, eater, cwd=Path("/")).status != 0


def test_many_at_once(backend: Backend | None) -> None:
    results: list[Result] = []

    def work(number: int) -> None:
        results.append(shell(backend, f"sleep 0.05; echo {number}"))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(result.stdout for result in results) == [b"%d\n" % number for number in range(6)]


def test_an_interrupt_kills_and_travels_on(backend: Backend | None) -> None:
    name = word()
    script = (
        "import sandbox, pathlib\n"
        f"{spelled(backend)}"
        f"sandbox.run(p, ['/bin/sh', '-c', '(setsid sleep {name} &); echo up; sleep {name}'], cwd=pathlib.Path('/'),"
        " on_output=lambda b: print(b.decode(), end='', flush=True))"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env)
    with parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"up\n"
        parent.send_signal(signal.SIGINT)
        _, err = parent.communicate(timeout=20)
    assert b"KeyboardInterrupt" in err
    assert not alive(name)


def test_a_parent_that_is_killed_takes_everything_along(backend: Backend | None) -> None:
    name = word()
    script = (
        "import sandbox, pathlib\n"
        f"{spelled(backend)}"
        f"sandbox.run(p, ['/bin/sh', '-c', '(setsid sleep {name} &); echo up; sleep {name}'], cwd=pathlib.Path('/'),"
        " on_output=lambda b: print(b.decode(), end='', flush=True))"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, env=env) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"up\n"
        parent.kill()
    assert not alive(name)


@pytest.mark.namespaces
def test_the_network_is_off() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        code = f"import socket; socket.create_connection(('127.0.0.1', {port}), 2)"
        argv = [sys.executable, "-c", code]
        off = run(Policy(read_only=OUR_PYTHON), argv, cwd=Path("/"))
        on = run(Policy(network=True, read_only=OUR_PYTHON), argv, cwd=Path("/"))
    assert (off.status, on.status) == (1, 0)
    assert "network off" in off.layers
    assert "network off" in on.missing


@pytest.mark.namespaces
def test_servers_work_inside_and_the_own_name_is_known() -> None:
    code = (
        "import socket, threading\n"
        "for host in ('127.0.0.1', socket.gethostname()):\n"
        "    server = socket.create_server((host, 0))\n"
        "    socket.create_connection(server.getsockname()).close()\n"
        "print(socket.gethostname())"
    )
    result = run(Policy(read_only=OUR_PYTHON), [sys.executable, "-c", code], cwd=Path("/"))
    assert (result.stdout, result.stderr) == (b"sandbox\n", b"")


@pytest.mark.namespaces
def test_the_host_is_read_only_and_private_places_are_covered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")  # a toolchain in a home, which PATH may name, would be shown
    home = Path.home()
    script = """
        for d in / /usr /etc /opt /var /boot /srv; do (echo x > $d/sandbox-test) 2>/dev/null && echo "wrote $d"; done
        ls -A /home /mnt /media /run/user /var/lib/postgresql /var/spool 2>/dev/null
        cat /etc/shadow /etc/ssh/ssh_host_ed25519_key /proc/sys/kernel/core_pattern.x 2>/dev/null
        (echo x > /proc/sys/kernel/hostname) 2>/dev/null && echo "wrote proc"
        ls -A TMP; ls -A 'HOME' /root/.bashrc; cat 'HOME/.ssh/id_ed25519'
        unshare -U true 2>/dev/null && echo "new namespace"
        mount -t tmpfs none /tmp 2>/dev/null && echo mounted
        hostname
        """
    result = shell(Backend.BUBBLEWRAP, script.replace("TMP", str(tmp_path)).replace("HOME", str(home)))
    assert result.stdout.splitlines()[-1] == b"sandbox"
    assert [line for line in result.stdout.splitlines()[:-1] if line and not line.endswith(b":")] == []
    assert not Path("/etc/sandbox-test").exists()


@pytest.mark.namespaces
def test_nothing_inside_tells_where_things_lie_or_reaches_other_processes(tmp_path: Path) -> None:
    (tmp_path / "secret-place").mkdir()
    mounts = (Mount(source=tmp_path / "secret-place", target=Path("/run/x"), writable=True),)
    script = "cat /proc/1/cmdline; cat /proc/1/environ; touch /run/x/y; echo; ps ax | grep -c ."
    result = run(Policy(), ["/bin/sh", "-c", script], cwd=Path("/run/x"), mounts=mounts)
    assert b"secret-place" not in result.stdout
    assert int(result.stdout.splitlines()[-1]) < 8
    assert (tmp_path / "secret-place/y").exists()


@pytest.mark.namespaces
def test_hidden_places_and_shown_ones(tmp_path: Path) -> None:
    shown, tool = tmp_path / "shown", tmp_path / "tools"
    for place in (shown, shown / "inner", tool):
        place.mkdir()
        (place / "file").write_text("text")
    policy = Policy(read_only=(shown,), hidden=(shown / "inner",), path_dirs=(tool,))
    result = run(policy, ["/bin/sh", "-c", f"cd {shown}; find . | sort; ls {tool}; touch x"], cwd=Path("/"))
    assert result.stdout == b".\n./file\n./inner\nfile\n"
    assert b"Read-only" in result.stderr


def test_a_relative_entry_of_path_is_never_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("bwrap", "git", "env"):
        (tmp_path / name).write_text(f"#!/bin/sh\ntouch '{tmp_path}/ran'\n")
        (tmp_path / name).chmod(0o755)
    script = "import sandbox; print(sandbox.probe().bubblewrap_path); sandbox.run_git(['version'], git_dir=None)"
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PATH": f".::{os.environ['PATH']}"}
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert not done.stdout.startswith(".")
    assert not (tmp_path / "ran").exists()


def test_requests_that_cannot_be_meant() -> None:
    for argv in ([], [""], ["a\0b"]):
        with pytest.raises(PolicyError):
            run(Policy(require=Tier.NONE), argv, cwd=Path("/"))
    mount = Mount(source=Path("/tmp"), target=Path("/x"), writable=True)
    with pytest.raises(PolicyError):
        run(Policy(require=Tier.NONE), ["true"], cwd=Path("/"), mounts=(mount,))
    with pytest.raises(SandboxError):
        run(Policy(require=Tier.NONE), ["true"], cwd=Path("/no/such/place"))
    with pytest.raises(PolicyError, match="is required"):
        run(Policy(backend=Backend.RESTRICTED), ["true"], cwd=Path("/"))
    with pytest.raises(PolicyError, match="either on or off"):
        run(Policy(network=True, hosts=("example.org",)), ["true"], cwd=Path("/"))


@pytest.mark.namespaces
def test_a_launcher_that_refuses_is_an_error_and_not_a_result(tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match="refused to start"):
        run(Policy(), ["true"], cwd=Path("/no/such/place"))
    for target in ("/", "/proc/x", "/dev/null", "relative"):
        with pytest.raises(PolicyError):
            run(Policy(), ["true"], cwd=Path("/"), mounts=(Mount(source=tmp_path, target=Path(target), writable=True),))


Command = Callable[..., "subprocess.CompletedProcess[bytes]"]


@pytest.fixture
def command(tmp_path: Path) -> Command:
    def call(*args: str, **env: str) -> "subprocess.CompletedProcess[bytes]":
        return subprocess.run(
            [sys.executable, "-m", "sandbox", *args],
            cwd=tmp_path, capture_output=True, stdin=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": str(ROOT), **env},
        )  # fmt: skip

    return call


def test_without_bubblewrap_it_is_loud(command: Command, tmp_path: Path) -> None:
    empty = tmp_path / "bin"
    empty.mkdir()
    refused = command("run", "--backend", "bubblewrap", "--", "true", PATH=str(empty))
    assert (refused.returncode, refused.stdout) == (125, b"")
    assert b"not installed" in refused.stderr
    assert b"apt-get install bubblewrap" in refused.stderr
    assert b"bubblewrap  not installed" in command("doctor", PATH=str(empty)).stdout
    fake = empty / "bwrap"
    fake.write_text(
        "#!/bin/sh\n[ \"$1\" = --version ] && { echo bubblewrap 0.8.0; exit; }\necho 'bwrap: broken' >&2\nexit 1\n"
    )
    fake.chmod(0o755)
    broken = command("run", "--backend", "bubblewrap", "--", "true", PATH=f"{empty}:/usr/bin:/bin")
    assert broken.returncode == 125
    assert b"broken" in broken.stderr
    weaker = command("run", "--require", "none", "--", "true", PATH=str(empty))
    assert weaker.returncode == 127  # asked for by name, and nothing on that PATH


@pytest.mark.namespaces
def test_without_bubblewrap_namespaces_of_our_own_do(command: Command, tmp_path: Path) -> None:
    done = command("run", "--explain", "--", "/bin/echo", "out", PATH=str(tmp_path))
    assert (done.returncode, done.stdout) == (0, b"out\n")
    assert done.stderr.startswith(b"sandbox: namespaced: own namespaces")


@pytest.mark.namespaces
def test_the_command_line_gives_the_commands_own_status(command: Command, tmp_path: Path) -> None:
    done = command("run", "--explain", "--", "sh", "-c", "echo out; echo err >&2; exit 7")
    assert (done.returncode, done.stdout) == (7, b"out\n")
    assert done.stderr.startswith(b"err\nsandbox: namespaced: bubblewrap")
    assert command("run", "--timeout", "0.2", "--", "sleep", "20").returncode == 124
    assert command("run", "--", "nothing-like-it").returncode == 127
    assert command("run", "--", "sh", "-c", "echo x > here").returncode != 0
    assert command("run", "--write", ".", "--", "sh", "-c", "echo x > here").returncode == 0
    assert (tmp_path / "here").read_text() == "x\n"
    assert command("doctor").returncode == 0
    (tmp_path / ".git/hooks").mkdir(parents=True)
    hook = ("sh", "-c", "echo x > .git/hooks/pre-commit")
    assert command("run", "--write", ".", "--", *hook).returncode != 0
    assert command("run", "--write", ".", "--write", ".git", "--", *hook).returncode == 0
    told = command("explain", "--write", ".", "--host", "example.org").stdout.decode()
    assert f"writable   {tmp_path}\nread-only  {tmp_path}/.git\n" in told
    assert "off, but for a proxy to example.org" in told


@pytest.mark.namespaces
def test_only_named_hosts_are_reached_and_each_request_is_told() -> None:
    script = "import urllib.request as u; u.urlopen('http://other.example/')"
    policy = Policy(hosts=("example.org",), read_only=OUR_PYTHON, limits=Limits(wall_s=30))
    refused = run(policy, [sys.executable, "-c", script], cwd=Path("/"))
    assert b"403" in refused.stderr
    assert [(asked.host, asked.port, asked.allowed) for asked in refused.requests] == [("other.example", 80, False)]


@pytest.mark.namespaces
@pytest.mark.skipif(os.getuid() != 0, reason="only root gets at other people's files")
def test_root_in_a_home_that_is_closed_to_others(tmp_path: Path) -> None:
    project = tmp_path / "home" / "project"
    project.mkdir(parents=True)
    os.chown(tmp_path / "home", 4711, 4711)
    (tmp_path / "home").chmod(0o700)
    mount = Mount(source=project, target=Path("/run/project"), writable=True)
    done = run(Policy(require=Tier.NAMESPACED), ["touch", "made"], cwd=Path("/run/project"), mounts=(mount,))
    assert done.ok, done.stderr
    assert (project / "made").exists()
    assert "user namespace" in done.missing


def test_tiers_compare_by_strength() -> None:
    assert sorted(Tier) == [Tier.NONE, Tier.RESTRICTED, Tier.NAMESPACED, Tier.ISOLATED]
    assert Tier("none") is Tier.NONE


def test_a_run_that_ends_before_it_begins_leaves_nothing(backend: Backend | None) -> None:
    name = word()
    for _ in range(5):
        early = run(of(backend), ["sleep", name], cwd=Path("/"), cancelled=lambda: True)
        assert (early.cancelled, early.status, early.stdout) == (True, 137, b"")
        assert shell(backend, f"sleep {name}", wall_s=0).timed_out
    assert not alive(name)
    assert [command for command in commands() if f"sleep {name}" in command] == []
