"""Situations of a new user: each ends in a clear message, the right exit code, and nothing lost."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

import pytest
from program import (
    APPROVED,
    BUG,
    EDIT,
    FINISH,
    FIX,
    FIXING,
    PLAN,
    TASK,
    TIER,
    Program,
    Ran,
    kill,
    script,
    shop,
    tool,
    wait_for,
)

from swe_agent.testing.faults import status
from swe_agent.testing.loopback import LoopbackOpenAI
from swe_agent.testing.repository import RepoBuilder, tree_digest

OURS = (".git/swe-agent",)
FULL = os.environ.get("HYPOTHESIS_PROFILE") == "full"


@pytest.fixture
def repo(tmp_path: Path) -> RepoBuilder:
    return shop(tmp_path / "shop")


@pytest.fixture
def model(tmp_path: Path) -> str:
    return script(tmp_path / "s.json", [*FIXING, FINISH])


def run(repo: RepoBuilder, model: str, *more: str) -> Ran:
    return Program(repo.path).run("run", TASK, "--model", model, "--sandbox", TIER, *more)


def cart(path: Path) -> str:
    return (path / "shop/cart.py").read_text("utf-8", "surrogateescape")


def refused(ran: Ran, code: int, *words: str) -> None:
    """A message with a hint and the exit code; no traceback, no bug."""
    assert ran.code == code, ran.stderr
    assert [word for word in ("error: ", "hint: ", *words) if word not in ran.stderr] == []
    assert [word for word in ("Traceback", "a bug in swe-agent") if word in ran.stderr] == []


# ---- what is no checkout


@pytest.mark.parametrize("command", [("run", TASK), ("list",), ("desk",), ("undo",), ("gc",), ("stats",)])
def test_no_repository(command: tuple[str, ...], tmp_path: Path) -> None:
    ran = Program(tmp_path).run(*command, "--json")
    refused(ran, 3, "is not in a git repository", "git init")
    assert ran.object["exit_code"] == 3


def test_bare_and_inside_of_git(repo: RepoBuilder, tmp_path: Path) -> None:
    repo.git("clone", "--quiet", "--bare", str(repo.path), str(tmp_path / "bare.git"))
    refused(Program(tmp_path / "bare.git").run("list"), 3, "is a bare repository", "git worktree add")
    refused(Program(repo.path / ".git").run("list"), 3, "lies inside a git directory")


@pytest.mark.parametrize("state", ["unborn", "detached", "shallow", "linked"])
def test_odd_checkouts_work(state: str, repo: RepoBuilder, model: str, tmp_path: Path) -> None:
    match state:
        case "unborn":
            shutil.rmtree(repo.path / ".git")
            repo = RepoBuilder(repo.path)
        case "detached":
            repo.git("checkout", "--quiet", "--detach")
        case "shallow":
            repo.commit("second", {"notes.txt": "x\n"})
            repo.git("clone", "--quiet", "--depth", "1", f"file://{repo.path}", str(tmp_path / "shallow"))
            repo = RepoBuilder(tmp_path / "shallow")
        case _:
            repo = repo.worktree(tmp_path / "first", "one").worktree(tmp_path / "second", "two")
    index = repo.path / ".git/index"
    before = index.read_bytes() if index.is_file() else b""
    ran = run(repo, model, "--yes")
    assert ran.code == 0, ran.stderr
    assert FIX in cart(repo.path)
    assert (index.read_bytes() if index.is_file() else b"") == before
    assert Program(repo.path).run("undo").code == 0
    assert BUG in cart(repo.path)


def objects(repo: RepoBuilder) -> dict[str, bytes]:
    folder = repo.path / ".git/objects"
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_nothing_is_fetched_into_a_partial_clone(repo: RepoBuilder, model: str, tmp_path: Path) -> None:
    for number in range(3):
        repo.commit(f"note {number}", {"shop/notes.txt": f"{number}\n"})
    repo.git("config", "uploadpack.allowFilter", "true")
    repo.git("config", "uploadpack.allowAnySHA1InWant", "true")
    clone = ["git", "clone", "--quiet", "--filter=tree:0", f"file://{repo.path}", str(tmp_path / "partial")]
    subprocess.run(clone, check=True)  # by the user's git: the sandbox's own does not fetch what is missing
    partial = RepoBuilder(tmp_path / "partial")
    (partial.path / "untracked.txt").write_text("mine\n")
    before = objects(partial)
    ran = run(partial, model, "--yes")
    assert ran.code == 0, ran.stderr
    assert FIX in cart(partial.path)
    assert objects(partial) == before
    repo.commit("known to the server alone", {"shop/notes.txt": "later\n"})
    refused(run(partial, model, "--base", repo.git("rev-parse", "HEAD").strip()), 3, "names no commit")
    assert objects(partial) == before
    # The clone does lack something: whoever walks its history makes git fetch it.
    subprocess.run(["git", "log", "--oneline", "--", "shop/cart.py"], cwd=partial.path, check=True)
    assert objects(partial) != before


def test_a_landing_belongs_to_its_worktree(repo: RepoBuilder, model: str, tmp_path: Path) -> None:
    linked = repo.worktree(tmp_path / "linked", "one")
    assert run(linked, model, "--yes").code == 0
    refused(Program(repo.path).run("undo"), 2, f"but in {linked.path}")
    assert FIX in cart(linked.path)
    assert Program(linked.path).run("undo").code == 0
    assert BUG in cart(linked.path)


def test_a_submodule_and_the_project_around_it(repo: RepoBuilder, model: str, tmp_path: Path) -> None:
    around = RepoBuilder(tmp_path / "around")
    around.submodule("lib", repo).commit("with a library")
    outside = run(around, model)
    assert (outside.code, "no effect" in outside.stderr) == (1, True)
    before = around.git("ls-files", "--stage")
    assert run(RepoBuilder(around.path / "lib"), model, "--yes").code == 0
    assert FIX in cart(around.path / "lib")
    assert around.git("ls-files", "--stage") == before


# ---- what lies in it


def test_names_bytes_and_filters_survive(tmp_path: Path) -> None:
    crlf = f"def total(amount, discount):\r\n    {BUG}\r\n"
    repo = RepoBuilder(tmp_path / "mit Leerzeichen ü")
    repo.git("config", "filter.rot.clean", "tr a-z b-za")
    repo.git("config", "filter.rot.smudge", "tr b-za a-z")
    repo.commit("all", {"shop/cart.py": crlf, ".gitattributes": "*.dat filter=rot\n", "a.dat": "hello\n"})
    repo.write({"new\nline.txt": "x\n", "lat\udce9.txt": "x\n", ".env": "KEY=1\n", "big.bin": bytes(20_000_000)})
    status_before, index = repo.status(), (repo.path / ".git/index").read_bytes()
    ran = run(repo, script(tmp_path / "s.json", FIXING), "--json")
    assert ran.code == 0, ran.stderr
    assert ran.of("SnapshotTaken")[0]["snapshot"]["left_out"] == [".env"]
    assert repo.status() == status_before
    assert (repo.path / ".git/index").read_bytes() == index
    assert Program(repo.path).run("accept", "--sandbox", TIER).code == 0
    assert (repo.path / "shop/cart.py").read_bytes() == crlf.replace(BUG, FIX).encode()
    assert (repo.path / "a.dat").read_text() == "hello\n"
    assert repo.git("show", "HEAD:a.dat") == "ifmmp"


def test_tests_that_hang_are_no_evidence(repo: RepoBuilder, model: str) -> None:
    repo.write({"tests/test_hang.py": "import time\n\ndef test_hang():\n    time.sleep(600)\n"})
    ran = Program(repo.path).run("run", TASK, "--model", model, "--sandbox", TIER, env={"SWE_AGENT_TEST_SECONDS": "6"})
    assert ran.code == 0, ran.stderr
    assert "1 test fixed, nothing broken; the whole suite takes too long: only the tests" in ran.stderr
    assert not processes(repo.path)


# ---- models


def test_keys_and_networks(repo: RepoBuilder) -> None:
    program = Program(repo.path)
    with LoopbackOpenAI(lambda _body: status(401, "Incorrect API key provided")) as server:
        asked = ("run", TASK, "--test", "true", "--sandbox", TIER, "--model", "m", "--base-url")
        refused(program.run(*asked, server.base_url), 3, "wants a key, and there is none", "SWE_AGENT_API_KEY")
        wrong = program.run(*asked, server.base_url, env={"SWE_AGENT_API_KEY": "sk-wrong"})
        refused(wrong, 3, "does not accept the key from SWE_AGENT_API_KEY")
        assert "sk-wrong" not in wrong.stderr + wrong.stdout
        gone = server.base_url
    refused(program.run(*asked, gone), 3, "no connection to", "is the server running")
    refused(program.run(*asked, "http://no-such-host.invalid/v1"), 3, "no connection to", "check the network")
    kept = b"".join(path.read_bytes() for path in (repo.path / ".git/swe-agent").rglob("*") if path.is_file())
    assert b"sk-wrong" not in kept


def test_openai_without_a_key(repo: RepoBuilder) -> None:
    if find_spec("litellm") is None:  # looked for and not loaded, which takes seconds
        pytest.skip("litellm is not installed")
    ran = Program(repo.path).run("run", TASK, "--test", "true", "--sandbox", TIER, "--model", "openai/gpt-5")
    refused(ran, 3, "the provider of openai/gpt-5 wants a key", "export OPENAI_API_KEY")


# ---- the machine


def path_without(name: str, folder: Path) -> str:
    """A PATH with every program but one."""
    folder.mkdir()
    for directory in ("/usr/bin", "/bin"):
        for program in Path(directory).iterdir():
            if program.name not in (name, "python", "python3") and not (folder / program.name).exists():
                (folder / program.name).symlink_to(program)
    for python in ("python", "python3"):
        (folder / python).write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
        (folder / python).chmod(0o755)
    return str(folder)


def test_without_git(repo: RepoBuilder, tmp_path: Path) -> None:
    refused(
        Program(repo.path).run("list", env={"PATH": path_without("git", tmp_path / "bin")}), 3, "git is not installed"
    )


def test_without_bubblewrap(repo: RepoBuilder, model: str, tmp_path: Path) -> None:
    bare = {"PATH": path_without("bwrap", tmp_path / "bin")}
    program = Program(repo.path)
    if TIER == "namespaced":
        done = program.run("run", TASK, "--model", model, env=bare)
        assert (done.code, "own namespaces" in done.stderr) == (0, True), done.stderr
    else:
        refused(program.run("run", TASK, "--model", model, env=bare), 3, "no `namespaced` sandbox")
    refused(program.run("run", TASK, "--model", model, "--sandbox", "isolated", env=bare), 3, "no `isolated`")
    loud = program.run("run", TASK, "--model", model, "--sandbox", "none", env=bare)
    assert loud.code == 0, loud.stderr
    assert "no sandbox: commands and tests of this repository run with your rights" in loud.stderr


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "small disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)], capture_output=True)
    if mounted.returncode:
        pytest.skip(f"no disk can be mounted here: {mounted.stderr.decode().strip()}")
    try:
        yield disk
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def filled(disk: Path) -> Path:
    fill = disk / "fill"
    with fill.open("wb", buffering=0) as file:
        try:
            while file.write(bytes(1024)):
                pass
        except OSError:
            return fill
    return fill


def test_a_full_disk_for_the_state(repo: RepoBuilder, model: str, small_disk: Path) -> None:
    filled(small_disk)
    state = {"XDG_STATE_HOME": str(small_disk)}
    ran = Program(repo.path).run("run", TASK, "--model", model, "--sandbox", TIER, env=state)
    refused(ran, 3, "No space left on device", "XDG_STATE_HOME")
    assert Program(repo.path).run("list", "--all").code == 0


def test_a_full_disk_for_the_repository(model: str, small_disk: Path) -> None:
    repo = shop(small_disk / "shop")
    assert run(repo, model).code == 0
    fill = filled(small_disk)
    program = Program(repo.path)
    accepted = program.run("accept", "--sandbox", TIER)
    refused(accepted, 3)
    assert BUG in cart(repo.path)
    refused(program.run("run", TASK, "--model", model, "--sandbox", TIER), 3, "No space left on device")
    fill.unlink()
    landed = program.run("accept", "--sandbox", TIER)
    if landed.code == 2:  # the decision was on disk before it was full
        landed = program.run("land", "--sandbox", TIER)
    assert landed.code == 0, landed.stderr
    assert FIX in cart(repo.path)


def test_a_read_only_checkout(repo: RepoBuilder, model: str) -> None:
    path = str(repo.path)
    mounted = subprocess.run(["mount", "--bind", path, path], capture_output=True)
    if mounted.returncode:
        pytest.skip(f"nothing can be mounted here: {mounted.stderr.decode().strip()}")
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", path], check=True)
        assert run(repo, model).code == 0
        refused(
            Program(repo.path).run("accept", "--sandbox", TIER), 3, "Read-only file system", "everything is as it was"
        )
    finally:
        subprocess.run(["umount", path], check=True)
    assert not (repo.path / ".git/swe-agent").exists()


# ---- records and settings


def test_newer_and_damaged_records(repo: RepoBuilder, model: str) -> None:
    assert run(repo, model).code == 0
    program, ours = Program(repo.path), repo.path / ".git/swe-agent"
    with closing(sqlite3.connect(ours / "ledger.db")) as ledger, ledger:  # the second commits
        (shape,) = ledger.execute("PRAGMA user_version").fetchone()
        ledger.execute("PRAGMA user_version = 99")
    refused(program.run("list"), 3, "the ledger has shape 99", "install the newer swe-agent")
    with closing(sqlite3.connect(ours / "ledger.db")) as ledger, ledger:  # the second commits
        ledger.execute(f"PRAGMA user_version = {shape}")
    ledger.close()
    for path in ours.glob("ledger.db*"):
        path.unlink()
    (ours / "ledger.db").write_text("garbage\n" * 100)
    refused(program.run("list"), 3, "cannot use the ledger", "made again from the logs")
    (ours / "ledger.db").unlink()
    assert len(program.run("list", "--json").object["jobs"]) == 1
    (log,) = (ours / "trajectories").glob("*.jsonl")
    whole = log.read_text()
    log.write_text(whole + '{"torn')
    assert len(program.run("list", "--json").object["jobs"]) == 1
    log.write_text(whole.replace('"v":1', '"v":9', 1))
    refused(program.run("accept"), 3, "an event of version 9", "the log is untouched")


# ---- output


def test_closed_and_full_outputs(repo: RepoBuilder, model: str) -> None:
    def through(shell: str, *args: str) -> tuple[int, str]:
        words = " ".join(f"'{word}'" for word in Program(repo.path).command(*args))
        done = subprocess.run(
            ["bash", "-c", f"{words} {shell}"], cwd=repo.path, capture_output=True, text=True, timeout=120
        )
        return done.returncode, done.stderr

    cut = through("| head -n 1; exit ${PIPESTATUS[0]}", "run", TASK, "--model", model, "--sandbox", TIER, "--json")
    assert (cut[0], "whoever read the output has gone" in cut[1]) == (130, True)
    assert Program(repo.path).run("resume", "--sandbox", TIER, "--json").code == 0
    for command in (("list",), ("list", "--json"), ("show",), ("show", "--patch")):
        assert through("| true; exit ${PIPESTATUS[0]}", *command) == (0, "")
    code, said = through("> /dev/full", "list")
    assert (code, "cannot write the output" in said) == (3, True)


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}, {"COLUMNS": "40"}])
def test_plain_terminals(environment: dict[str, str], repo: RepoBuilder) -> None:
    for command in (("list",), ("doctor",), ("--help",)):
        ran = Program(repo.path).run(*command, env=environment)
        assert "\x1b" not in ran.stdout + ran.stderr
        assert not environment.get("COLUMNS") or max(map(len, ran.stdout.splitlines())) <= 40


# ---- interruptions


def processes(path: Path) -> list[str]:
    """Processes that still have something of this test on their command line."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = entry.read_bytes()
        except OSError:
            continue
        if os.fsencode(path) in command and entry.parent.name != str(os.getpid()):
            found.append(command.decode(errors="replace"))
    return found


PHASES = {
    "snapshot": "TaskStarted",
    "baseline": "SnapshotTaken",
    "planning": "ContextChosen",
    "editing": "PlanMade",
    "command": "ToolUsed",
    "tests": "EditProposed",
}


@pytest.mark.parametrize("phase", PHASES if FULL else ("baseline", "command"))
@pytest.mark.parametrize("how", (signal.SIGINT, signal.SIGTERM) if FULL else (signal.SIGINT,))
def test_interrupted_in_a_phase(phase: str, how: signal.Signals, repo: RepoBuilder, tmp_path: Path) -> None:
    steps = [PLAN, tool("read", path="shop/cart.py"), tool("run", command="sleep 2"), EDIT, FINISH]
    before = tree_digest(repo.path, leave_out=OURS)
    model = script(tmp_path / "s.json", steps)
    process = Program(repo.path).start("run", TASK, "--model", model, "--sandbox", TIER, "--json")
    assert process.stdout is not None
    while f'"type":"{PHASES[phase]}"' not in process.stdout.readline():
        assert process.poll() is None
    time.sleep(0.1)
    process.send_signal(how)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130, said
    assert "resume" in said
    assert tree_digest(repo.path, leave_out=OURS) == before
    assert not processes(repo.path.parent)


FILES = 40


@pytest.fixture
def wide(tmp_path: Path) -> RepoBuilder:
    """A repository with a proposal that changes many files, so that a landing takes a while."""
    repo = shop(tmp_path / "wide", {f"many/f{i}.txt": f"old {i}\n" for i in range(FILES)})
    edits = [tool("edit", path=f"many/f{i}.txt", old=f"old {i}", new=f"new {i}") for i in range(FILES)]
    model = script(tmp_path / "wide.json", [PLAN, *edits, FINISH, APPROVED, FINISH])
    ran = run(repo, model, "--test", "true")
    assert ran.code == 0, ran.stderr
    return repo


def states(repo: RepoBuilder) -> set[str]:
    return {(repo.path / f"many/f{i}.txt").read_text().split()[0] for i in range(FILES)}


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_stopped_in_the_middle_of_a_landing(how: signal.Signals, wide: RepoBuilder) -> None:
    program, journal = Program(wide.path), wide.path / ".git/swe-agent/journal.jsonl"
    chance = random.Random(7)
    cut_off = 0
    for number in range(40 if FULL else 3):
        undoing = states(wide) == {"new"}
        command, intent = ("undo", "UndoIntended") if undoing else ("land" if number else "accept", "LandingIntended")
        known = journal.stat().st_size if journal.exists() else 0
        if command == "land" and program.run("list", "--all", "--json").object["jobs"][0]["state"] == "undone":
            command = "accept"
        process = program.start(*([command] if undoing else [command, "--sandbox", TIER]))
        wait_for(
            lambda known=known, process=process, intent=intent: (
                process.poll() is not None or (journal.exists() and intent.encode() in journal.read_bytes()[known:])
            )
        )
        time.sleep(chance.random() * 0.03)
        process.send_signal(how)
        process.communicate(timeout=60)
        cut_off += process.returncode != 0
        if how == signal.SIGINT:
            # All or nothing stands, and the exit code says which.
            assert states(wide) == {"new" if (process.returncode == 130) == undoing else "old"}, process.returncode
            assert not program.run("list").stderr
        assert program.run("list").code == 0
        assert len(states(wide)) == 1
        assert sorted(path.name[0] for path in (wide.path / "many").iterdir()) == ["f"] * FILES
    assert cut_off


def test_a_copy_does_not_close_the_landing_of_its_original(wide: RepoBuilder, tmp_path: Path) -> None:
    program, journal = Program(wide.path), wide.path / ".git/swe-agent/journal.jsonl"
    process = program.start("accept", "--sandbox", TIER)
    wait_for(lambda: journal.exists() and b"LandingIntended" in journal.read_bytes())
    kill(process)
    shutil.copytree(wide.path, tmp_path / "copy", symlinks=True)
    told = Program(tmp_path / "copy").run("list")
    closed = b'"Landed"' in journal.read_bytes()  # the landing was faster than the kill
    assert told.code == 0
    assert closed or "could not be completed, for what it was to write is not kept here" in told.stderr
    assert Program(tmp_path / "copy").run("list").stderr == ""
    assert program.run("list").code == 0
    assert states(wide) == {"new"}


def test_a_moved_repository(repo: RepoBuilder, model: str, tmp_path: Path) -> None:
    assert run(repo, model).code == 0
    repo.path.rename(tmp_path / "moved")
    program = Program(tmp_path / "moved")
    assert program.run("show").code == 0
    refused(program.run("accept"), 3, "the repository was copied or moved", "swe-agent run")
    rerun = program.run("replay", "--rerun", "--sandbox", TIER, "--json")
    refused(rerun, 3, "the repository was copied or moved")
    assert json.loads(rerun.stdout)["type"] == "Error"
    assert BUG in cart(tmp_path / "moved")
