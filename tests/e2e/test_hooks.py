"""git's hooks, by real git: what they stop, what they let through, and what stands beside them."""

from __future__ import annotations

import base64
import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from program import FIXING, Program, script, shop

from swe_agent.hooks import entry
from swe_agent.hooks.stub import EVENTS
from swe_agent.testing.faults import silence, status
from swe_agent.testing.loopback import LoopbackOpenAI
from swe_agent.testing.repository import RepoBuilder
from swe_agent.testing.scripted import say

FULL = os.environ.get("HYPOTHESIS_PROFILE") == "full"

TOKEN = "gh" + "p_" + "A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8"
LEAK = f'TOKEN = "{TOKEN}"\n'
CONFLICT = "def f():\n<<<<<<< HEAD\n    return 1\n=======\n    return 2\n>>>>>>> other\n"


@pytest.fixture
def repo(tmp_path: Path) -> RepoBuilder:
    made = RepoBuilder(tmp_path / "repo")
    made.commit("one", {"a.py": "def f():\n    return 0\n"})
    return made


def hooked(repo: RepoBuilder, *events: str) -> Program:
    program = Program(repo.path)
    assert program.run("hooks", "install", *events).code == 0
    return program


def git(path: Path, *arguments: str, input: str | None = None, **env: str) -> subprocess.CompletedProcess[str]:
    who = ("-c", "user.name=A", "-c", "user.email=a@localhost")
    return subprocess.run(
        ["git", "-C", str(path), *who, *arguments], capture_output=True, text=True, input=input,
        env={**os.environ, **env}, check=False,
    )  # fmt: skip


def stage(repo: RepoBuilder, path: str, text: str) -> None:
    (repo.path / path).parent.mkdir(parents=True, exist_ok=True)
    (repo.path / path).write_text(text, encoding="utf-8")
    assert git(repo.path, "add", "--", path).returncode == 0


def refused(done: subprocess.CompletedProcess[str], *said: str) -> None:
    assert done.returncode == 1
    for one in (*said, "--no-verify"):
        assert one in done.stderr, done.stderr
    assert TOKEN not in done.stdout + done.stderr


def made(done: subprocess.CompletedProcess[str]) -> None:
    assert done.returncode == 0, done.stderr


def pushed(repo: RepoBuilder, remote: str) -> None:
    """To a new repository beside it."""
    there = repo.path.parent / f"{remote}.git"
    git(repo.path, "init", "-q", "--bare", str(there))
    git(repo.path, "remote", "add", remote, str(there))
    made(git(repo.path, "push", "-q", remote, "main"))


# ---- what is stopped


def test_a_secret_is_not_committed_and_one_command_lets_it_through(repo: RepoBuilder) -> None:
    program = hooked(repo)
    stage(repo, "b.py", "import os\n" + LEAK)
    done = git(repo.path, "commit", "-qm", "two")
    refused(done, "b.py:2", "github token")
    command = next(line.partition("no secret?")[2].split() for line in done.stderr.split("\n") if "no secret?" in line)
    assert program.run(*command[-3:]).code == 0
    made(git(repo.path, "commit", "-qm", "two"))
    told = git(repo.path, "show", "--name-only", "--format=").stdout.split()
    assert told == [".swe-agent-allow", "b.py"]
    assert TOKEN not in (repo.path / ".swe-agent-allow").read_text("utf-8")
    stage(repo, "c.py", LEAK.replace("A1b2", "Z9y8"))
    refused(git(repo.path, "commit", "-qm", "three"), "c.py:1")


def test_what_may_be_a_secret_is_told_before_it_is_too_late(repo: RepoBuilder) -> None:
    """Beside what is stopped, by itself, and once more when it is pushed."""
    maybe = "DB_PASSWORD = 'DNxril3RavGD5Mfv9'\n"
    hooked(repo)
    stage(repo, "b.py", LEAK + maybe)
    refused(git(repo.path, "commit", "-qm", "two"), "b.py:1", "b.py:2  may be a secret", "git add")
    stage(repo, "b.py", maybe)
    done = git(repo.path, "commit", "-qm", "two")
    made(done)
    assert "b.py:1  may be a secret (assigned secret), and stops nothing" in done.stderr
    git(repo.path, "init", "-q", "--bare", str(repo.path.parent / "there.git"))
    done = git(repo.path, "push", "-q", str(repo.path.parent / "there.git"), "main")
    made(done)
    assert "may be a secret" in done.stderr


def test_what_is_let_through_is_let_through_for_everybody(repo: RepoBuilder) -> None:
    """By what is staged, not by what lies in the folder; many at once, in an order that two branches seldom share."""
    program = hooked(repo)
    tokens = [LEAK.replace("A1b2", f"A1b{number}") for number in range(20)]
    stage(repo, "b.py", "".join(tokens))
    done = git(repo.path, "commit", "-qm", "two")
    refused(done, "b.py:12", "and 8 more", "hooks allow --staged")
    assert program.run("hooks", "allow", "--staged").code == 0
    rows = (repo.path / ".swe-agent-allow").read_text("utf-8").splitlines()
    assert len(rows) == 20
    assert rows == sorted(rows)
    git(repo.path, "reset", "-q", ".swe-agent-allow")
    refused(git(repo.path, "commit", "-qm", "two"), "b.py:1")
    again = program.run("hooks", "allow", "--staged", "0123456789abcdef")
    assert "nothing that is staged has the fingerprint 0123456789abcdef" in again.stderr
    made(git(repo.path, "commit", "-qm", "two"))


def test_where_very_much_is_staged_the_small_files_are_looked_at(repo: RepoBuilder) -> None:
    hooked(repo)
    stage(repo, "dump.txt", "0123456789abcdef fedcba9876543210\n" * 1_200_000)
    stage(repo, "k.py", LEAK)
    refused(git(repo.path, "commit", "-qm", "two"), "k.py:1", "files over 1 MB were not looked at")


@pytest.mark.parametrize(
    ("path", "text", "said"),
    [
        ("b.py", CONFLICT, "b.py:2"),
        ("b.py", "if access == 'user\u202e':\n    pass\n", "b.py:1"),
        ("ein Name\u00e4.py", LEAK, "ein Name\u00e4.py:1"),
        ("tab\tname.py", LEAK, ":1  github token"),
    ],
    ids=["conflict", "turned", "umlaut", "tab"],
)
def test_what_must_not_come_in_is_named_by_its_line(repo: RepoBuilder, path: str, text: str, said: str) -> None:
    hooked(repo)
    stage(repo, path, text)
    refused(git(repo.path, "commit", "-qm", "two"), said)


def test_what_is_staged_counts_and_not_what_lies_in_the_folder(repo: RepoBuilder) -> None:
    hooked(repo)
    stage(repo, "b.py", "x = 1\n")
    (repo.path / "b.py").write_text(LEAK, encoding="utf-8")
    made(git(repo.path, "commit", "-qm", "clean"))
    stage(repo, "b.py", LEAK)
    (repo.path / "b.py").write_text("x = 1\n", encoding="utf-8")
    refused(git(repo.path, "commit", "-qm", "staged alone"), "b.py:1")


def test_every_way_to_commit_is_looked_at(repo: RepoBuilder) -> None:
    hooked(repo)
    (repo.path / "a.py").write_text(LEAK, encoding="utf-8")
    refused(git(repo.path, "commit", "-qam", "all"), "a.py:1")
    refused(git(repo.path, "commit", "-qm", "a path", "--", "a.py"), "a.py:1")
    git(repo.path, "add", "a.py")
    refused(git(repo.path, "commit", "-q", "--amend", "--no-edit"), "a.py:1")
    assert git(repo.path, "rev-list", "--count", "HEAD").stdout.strip() == "1"


def test_what_was_there_before_is_nobodys_fault(repo: RepoBuilder) -> None:
    """Also where it goes from one place to another."""
    stage(repo, "old.py", "x = 1\n" + LEAK)
    made(git(repo.path, "commit", "-qm", "before there were hooks"))
    hooked(repo)
    stage(repo, "old.py", "x = 2\n" + LEAK)
    stage(repo, "new.py", "y = 1\n")
    made(git(repo.path, "commit", "-qm", "beside it"))
    stage(repo, "old.py", "x = 2\n")
    stage(repo, "new.py", "y = 1\n" + LEAK)
    made(git(repo.path, "commit", "-qm", "moved"))


def test_what_programs_write_and_tests_need_is_let_through(repo: RepoBuilder) -> None:
    """A table of all characters in a minified file; a key that is there for a test, which is said."""
    hooked(repo)
    stage(repo, "lib.min.js", f"var all = '{'x' * 2_000}\u202e';\n")
    made(git(repo.path, "commit", "-qm", "a library"))
    kind = "RSA PRIVATE KEY"
    drawn = b"".join(hashlib.sha256(bytes([at])).digest() for at in range(37))[:1_180]
    body = base64.encodebytes(b"\x30\x82\x04\xa4\x02\x01\x00\x02\x82\x01\x01\x00" + drawn).decode().strip()
    key = f"-----BEGIN {kind}-----\n{body}\n-----END {kind}-----\n"
    stage(repo, "tls_test.go", f"package a\n\nconst key = `{key}`\n")
    done = git(repo.path, "commit", "-qm", "a test")
    made(done)
    assert "tls_test.go:3  may be a secret (private key), and stops nothing" in done.stderr
    stage(repo, "tls.go", f"package a\n\nconst key = `{key}`\n")
    assert git(repo.path, "commit", "-qm", "no test").returncode == 1


# ---- what lets through


@pytest.mark.parametrize("way", ["--no-verify", "variable", "setting"])
def test_it_can_be_passed_by(repo: RepoBuilder, way: str) -> None:
    hooked(repo)
    stage(repo, "b.py", LEAK)
    env = {"SWE_AGENT_HOOKS": "0"} if way == "variable" else {}
    if way == "setting":
        git(repo.path, "config", "swe-agent.hooks", "false")
    made(git(repo.path, "commit", "-qm", "two", *(["--no-verify"] if way == "--no-verify" else []), **env))


def test_status_tells_what_really_runs(repo: RepoBuilder) -> None:
    program = hooked(repo)
    assert "switched off" not in program.run("hooks", "status").stdout
    off = program.run("hooks", "status", env={"SWE_AGENT_HOOKS": "off"})
    assert "switched off by SWE_AGENT_HOOKS=off" in off.stdout
    git(repo.path, "config", "swe-agent.hooks", "no")
    assert "switched off by swe-agent.hooks" in program.run("hooks", "status").stdout
    git(repo.path, "config", "--unset", "swe-agent.hooks")
    (repo.path / ".git/hooks/pre-commit").chmod(0o644)
    (repo.path / ".git/hooks/pre-push").unlink()
    done = program.run("hooks", "status", "--json")
    assert done.code == 1
    states = {row["event"]: row["state"] for row in done.object["events"]}
    assert (states["pre-commit"], states["pre-push"], states["commit-msg"]) == ("lost", "gone", "on")
    assert program.run("hooks", "uninstall", "commit-msg", "pre-commit").code == 0
    assert not (repo.path / ".git/hooks/commit-msg").exists()
    assert (repo.path / ".git/hooks/post-commit").exists()


def test_a_folder_that_comes_with_the_project_is_named(repo: RepoBuilder) -> None:
    repo.commit("hooks", {".githooks/pre-commit": "#!/bin/sh\n"})
    git(repo.path, "config", "core.hooksPath", ".githooks")
    said = Program(repo.path).run("hooks", "install").stderr
    assert "do not commit them" in " ".join(said.split())


@pytest.mark.parametrize("fault", ["no python", "no program", "a crash", "a kill", "no git", "a full disk"])
def test_nothing_that_goes_wrong_is_in_the_way(repo: RepoBuilder, fault: str, tmp_path: Path) -> None:
    hooked(repo)
    hook = repo.path / ".git/hooks/pre-commit"
    text = hook.read_text("utf-8")
    broken = tmp_path / "entry.py"
    broken.write_text({"a kill": "import os\nos.kill(os.getpid(), 9)\n"}.get(fault, "raise SystemExit(1)\n"), "utf-8")
    if fault == "no python":
        hook.write_text(text.replace(sys.executable, f"{tmp_path}/gone"), "utf-8")
    elif fault == "no program":
        hook.write_text(text.replace("/entry.py", "/gone.py"), "utf-8")
    elif fault in ("a crash", "a kill"):
        hook.write_text(
            text.replace(next(w for w in text.split() if w.endswith("entry.py")), f"entry={broken}"), "utf-8"
        )
    stage(repo, "b.py", LEAK)
    if fault == "no git":
        env = {"PATH": str(tmp_path), "GIT_INDEX_FILE": str(repo.path / ".git/index")}
        done = subprocess.run(
            ["/bin/sh", str(hook)], cwd=repo.path, env=env, capture_output=True, text=True, check=False
        )
    elif fault == "a full disk":
        with Path("/dev/full").open("w", encoding="utf-8") as full:
            stage(repo, "b.py", "x = 1\n")
            done = subprocess.run(
                ["/bin/sh", str(hook)], cwd=repo.path, stderr=full, stdout=full, check=False, text=True
            )
        assert done.returncode == 0
        return
    else:
        done = git(repo.path, "commit", "-qm", "two")
    made(done)
    assert len([line for line in done.stderr.split("\n") if "swe-agent" in line]) == 1
    assert "Traceback" not in done.stderr


def test_nothing_is_started_while_a_merge_is_under_way_but_markers_are_found(repo: RepoBuilder, tmp_path: Path) -> None:
    hooked(repo, "all")
    git(repo.path, "checkout", "-qb", "topic")
    stage(repo, "a.py", "def f():\n    return 1\n")
    stage(repo, "legend.py", 'SIGNS = """\n<<<<<<< ours\n=======\n>>>>>>> theirs\n"""\n')
    made(git(repo.path, "commit", "-qm", "topic", "--no-verify"))
    git(repo.path, "checkout", "-q", "main")
    stage(repo, "a.py", "def f():\n    return 2\n")
    made(git(repo.path, "commit", "-qm", "main"))
    trace = tmp_path / "started"
    for event in EVENTS:
        hook = repo.path / ".git/hooks" / event
        spy = tmp_path / f"python-{event}"
        spy.write_text(f"#!/bin/sh\necho {event} >> {trace}\n", "utf-8")
        spy.chmod(0o755)
        hook.write_text(hook.read_text("utf-8").replace(sys.executable, str(spy)), "utf-8")
    assert git(repo.path, "merge", "topic").returncode == 1
    git(repo.path, "add", "-A")
    done = git(repo.path, "commit", "-qm", "merged")
    assert done.returncode == 1
    assert "conflict markers are left in a.py:2\n" in done.stderr
    assert "legend.py" not in done.stderr, "it came with the other branch, and was meant so there"
    stage(repo, "a.py", "def f():\n    return 3\n")
    made(git(repo.path, "commit", "-qm", "merged"))
    assert not trace.exists()
    stage(repo, "a.py", "def f():\n    return 4\n")
    made(git(repo.path, "commit", "-qm", "after it"))
    assert trace.read_text("utf-8").split() == ["pre-commit", "prepare-commit-msg"]


# ---- what stands beside


def test_a_script_that_was_there_runs_first_and_decides_and_comes_back_as_it_was(repo: RepoBuilder) -> None:
    hooks = repo.path / ".git/hooks"
    before = {
        "pre-commit": '#!/bin/sh\necho "first: $0 $#"\nexit ${FOREIGN:-0}\n',
        "pre-push": '#!/bin/sh\necho "first: $1 $2"\ncat\nexit ${FOREIGN:-0}\n',
    }
    hooks.mkdir(exist_ok=True)
    for name, text in before.items():
        (hooks / name).write_text(text, "utf-8")
        (hooks / name).chmod(0o750)
    there = {path.name: (path.read_bytes(), path.stat().st_mode, path.stat().st_mtime_ns) for path in hooks.iterdir()}
    config = (repo.path / ".git/config").read_bytes()
    program = hooked(repo)
    again = {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in hooks.iterdir()}
    hooked(repo)
    assert again == {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in hooks.iterdir()}
    stage(repo, "b.py", LEAK)
    done = git(repo.path, "commit", "-qm", "two")
    refused(done, "b.py:1", "first: ")
    done = git(repo.path, "commit", "-qm", "two", FOREIGN="7")
    assert done.returncode == 1
    assert "github" not in done.stderr
    git(repo.path, "init", "-q", "--bare", str(repo.path.parent / "there.git"))
    done = git(repo.path, "push", str(repo.path.parent / "there.git"), "main")
    made(done)
    tip = git(repo.path, "rev-parse", "HEAD").stdout.strip()
    assert f"refs/heads/main {tip} refs/heads/main {'0' * 40}" in done.stderr + done.stdout
    assert program.run("hooks", "uninstall").code == 0
    assert there == {
        path.name: (path.read_bytes(), path.stat().st_mode, path.stat().st_mtime_ns) for path in hooks.iterdir()
    }
    assert config == (repo.path / ".git/config").read_bytes()
    assert not (repo.path / ".git/swe-agent/hooks").exists()


def test_a_folder_of_hooks_of_ones_own_is_named_and_kept(repo: RepoBuilder, tmp_path: Path) -> None:
    git(repo.path, "config", "core.hooksPath", ".githooks")
    stage(repo, ".githooks/pre-commit", "#!/bin/sh\nexit 0\n")
    (repo.path / ".githooks/pre-commit").chmod(0o755)
    program = Program(repo.path)
    said = program.run("hooks", "install").stdout
    assert ".githooks" in said
    assert "local" in said
    stage(repo, "b.py", LEAK)
    refused(git(repo.path, "commit", "-qm", "two", "--", "b.py"), "b.py:1")
    assert program.run("hooks", "uninstall").code == 0
    assert (repo.path / ".githooks/pre-commit").read_text("utf-8") == "#!/bin/sh\nexit 0\n"
    assert sorted(path.name for path in (repo.path / ".githooks").iterdir()) == ["pre-commit"]
    assert git(repo.path, "config", "core.hooksPath").stdout.strip() == ".githooks"


def test_in_a_folder_that_all_repositories_share_it_works_where_it_was_asked_for(
    repo: RepoBuilder, tmp_path: Path
) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    (shared / "pre-commit").write_text("#!/bin/sh\necho shared\n", "utf-8")
    (shared / "pre-commit").chmod(0o755)
    env = {"HOME": str(tmp_path / "home"), "GIT_CONFIG_GLOBAL": str(tmp_path / "home/.gitconfig")}
    (tmp_path / "home").mkdir()
    (tmp_path / "home/.gitconfig").write_text(f"[core]\n\thooksPath = {shared}\n", "utf-8")
    other = RepoBuilder(tmp_path / "other")
    other.commit("one", {"a.py": "x = 1\n"})
    program = Program(repo.path)
    first = program.run("hooks", "install", env=env)
    assert "global" in first.stdout
    for one in (repo, other):
        stage(one, "b.py", LEAK)
    refused(git(repo.path, "commit", "-qm", "two", **env), "b.py:1", "shared")
    done = git(other.path, "commit", "-qm", "two", **env)
    made(done)
    assert "shared" in done.stderr
    assert Program(other.path).run("hooks", "install", env=env).code == 0
    assert program.run("hooks", "uninstall", env=env).code == 0
    made(git(repo.path, "commit", "-qm", "two", **env))
    assert Program(other.path).run("hooks", "status", "--json", env=env).code == 0
    assert Program(other.path).run("hooks", "uninstall", env=env).code == 0
    assert [path.name for path in shared.iterdir()] == ["pre-commit"]
    assert (shared / "pre-commit").read_text("utf-8") == "#!/bin/sh\necho shared\n"
    assert (tmp_path / "home/.gitconfig").read_text("utf-8") == f"[core]\n\thooksPath = {shared}\n"


def test_what_goes_by_its_own_name_is_run_by_it(repo: RepoBuilder) -> None:
    """As husky's scripts do."""
    folder = repo.path / ".husky/_"
    folder.mkdir(parents=True)
    (folder / "h").write_text(
        'n=$(basename "$0")\n[ -f ".husky/$n" ] || exit 0\nsh -e ".husky/$n" "$@"\nexit $?\n', "utf-8"
    )
    (folder / "pre-commit").write_text('#!/usr/bin/env sh\n. "$(dirname "$0")/h"\n', "utf-8")
    (folder / "pre-commit").chmod(0o755)
    (repo.path / ".husky/pre-commit").write_text("echo of the project\nexit ${FOREIGN:-0}\n", "utf-8")
    git(repo.path, "config", "core.hooksPath", ".husky/_")
    assert "beside the framework husky" in Program(repo.path).run("hooks", "install").stdout
    stage(repo, "b.py", "x = 1\n")
    assert git(repo.path, "commit", "-qm", "two", FOREIGN="3").returncode == 1
    done = git(repo.path, "commit", "-qm", "two")
    made(done)
    assert "of the project" in done.stderr
    stage(repo, "b.py", LEAK)
    refused(git(repo.path, "commit", "-qm", "three"), "b.py:1", "of the project")


def test_where_a_framework_has_put_ours_aside_it_is_known_and_taken_back(repo: RepoBuilder) -> None:
    """As `pre-commit install` does."""
    program = hooked(repo)
    hooks = repo.path / ".git/hooks"
    (hooks / "pre-commit").rename(hooks / "pre-commit.legacy")
    framework = '#!/bin/sh\nexec "$0.legacy" "$@"\n'
    (hooks / "pre-commit").write_text(framework, "utf-8")
    (hooks / "pre-commit").chmod(0o755)
    assert "by way of another framework" in program.run("hooks", "status").stdout
    assert program.run("hooks", "install").code == 0
    assert (hooks / "pre-commit").read_text("utf-8") == framework
    stage(repo, "b.py", LEAK)
    refused(git(repo.path, "commit", "-qm", "two"), "b.py:1")
    assert program.run("hooks", "uninstall").code == 0
    assert (hooks / "pre-commit").read_text("utf-8") == framework
    assert not (hooks / "pre-commit.legacy").exists()


def test_what_a_framework_has_put_aside_for_good_is_put_back(repo: RepoBuilder) -> None:
    """As lefthook does, and as husky, which sets another folder."""
    program = hooked(repo, "pre-commit")
    hooks = repo.path / ".git/hooks"
    (hooks / "pre-commit").rename(hooks / "pre-commit.old")
    framework = "#!/bin/sh\necho of the framework\n"
    (hooks / "pre-commit").write_text(framework, "utf-8")
    (hooks / "pre-commit").chmod(0o755)
    lost = program.run("hooks", "status")
    assert (lost.code, "another script stands there" in lost.stdout) == (1, True)
    assert program.run("hooks", "install", "pre-commit").code == 0
    stage(repo, "b.py", LEAK)
    refused(git(repo.path, "commit", "-qm", "two"), "b.py:1", "of the framework")
    git(repo.path, "config", "core.hooksPath", ".other")
    assert program.run("hooks", "status").code == 1
    assert program.run("hooks", "uninstall").code == 0
    assert (hooks / "pre-commit").read_text("utf-8") == framework
    assert not (hooks / "pre-commit.old").exists()


def test_in_work_trees_and_submodules(repo: RepoBuilder, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    made(git(repo.path, "worktree", "add", "-q", str(tree)))
    hooked(repo)
    (tree / "b.py").write_text(LEAK, "utf-8")
    git(tree, "add", "-A")
    refused(git(tree, "commit", "-qm", "two"), "b.py:1")
    library = RepoBuilder(tmp_path / "library")
    library.commit("one", {"l.py": "x = 1\n"})
    made(git(repo.path, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(library.path), "lib"))
    assert Program(repo.path / "lib").run("hooks", "install").code == 0
    (repo.path / "lib/b.py").write_text(LEAK, "utf-8")
    git(repo.path / "lib", "add", "-A")
    refused(git(repo.path / "lib", "commit", "-qm", "two"), "b.py:1")
    assert Program(tree).run("hooks", "uninstall").code == 0
    made(git(tree, "commit", "-qm", "two"))
    refused(git(repo.path / "lib", "commit", "-qm", "two"), "b.py:1")


def test_a_review_is_told_where_it_is_asked_for_and_nothing_of_the_folder_is_run(repo: RepoBuilder) -> None:
    hooked(repo)
    git(repo.path, "config", "swe-agent.review", "commit")
    stage(repo, "swe_agent.py", "raise SystemExit('of the folder')\n")
    stage(repo, "b.py", "def g():\n    breakpoint()\n")
    done = git(repo.path, "commit", "-qm", "two")
    made(done)
    assert "leftover" in done.stderr
    assert "of the folder" not in done.stderr


# ---- the other events


def test_a_message_is_drafted_where_none_was_given(repo: RepoBuilder, tmp_path: Path) -> None:
    hooked(repo, "all")
    stage(repo, "a.py", "def f():\n    return 1\n\n\ndef total(prices):\n    return sum(prices)\n")
    editor = tmp_path / "editor"
    editor.write_text(f'#!/bin/sh\ncp "$1" {tmp_path}/seen\n', "utf-8")
    editor.chmod(0o755)
    made(git(repo.path, "commit", "-q", GIT_EDITOR=str(editor)))
    assert git(repo.path, "log", "-1", "--format=%B").stdout.strip() == "a: add total, change f"
    stage(repo, "a.py", "x = 1\n")
    made(git(repo.path, "commit", "-qm", "my own", GIT_EDITOR=str(editor)))
    assert git(repo.path, "log", "-1", "--format=%B").stdout.strip() == "my own"
    made(git(repo.path, "commit", "-q", "--amend", GIT_EDITOR=str(editor)))
    assert git(repo.path, "log", "-1", "--format=%B").stdout.strip() == "my own"
    (repo.path / "old.py").write_text("def load():\n    return 1\n", "utf-8")
    git(repo.path, "add", "-A")
    made(git(repo.path, "commit", "-qm", "one more"))
    git(repo.path, "rm", "-q", "old.py")
    done = git(repo.path, "commit", "-q", GIT_EDITOR=str(editor))
    made(done)
    assert "swe-agent" not in done.stderr
    assert git(repo.path, "log", "-1", "--format=%B").stdout.strip() == "old: remove load"
    git(repo.path, "config", "swe-agent.draft", "off")
    stage(repo, "a.py", "def g(): ...\n")
    assert git(repo.path, "commit", "-q", GIT_EDITOR=str(editor)).returncode == 1, "an empty message, as without us"


DRAFTED = "fix(a): add the prices up\n\nThey were not.\nSigned-off-by: M <m@localhost>"


@pytest.mark.parametrize(
    "case", ["answer", "nothing", "hangs", "no model", "of the project", *(["fails"] if FULL else ())]
)
def test_a_message_by_a_model_where_it_is_asked_for(repo: RepoBuilder, tmp_path: Path, case: str) -> None:
    """Of what is committed, whichever index it is in; and whatever becomes of it, a commit can be made."""
    step = {"nothing": say(""), "hangs": silence(30), "fails": status(500)}.get(case, say(DRAFTED))
    program = hooked(repo, "all")
    (repo.path / "a.py").write_text("def f():\n    return 1\n" + LEAK.replace("TOKEN", "x"), encoding="utf-8")
    with LoopbackOpenAI(lambda _: step) as server:
        env = {"GIT_EDITOR": "true", "SWE_AGENT_MODEL": "loopback", "SWE_AGENT_BASE_URL": server.base_url}
        if case == "no model":
            del env["SWE_AGENT_MODEL"]
        if case == "of the project":
            (repo.path / ".swe-agent.toml").write_text("[hooks]\ndraft = 'model'\n", "utf-8")
        else:
            git(repo.path, "config", "swe-agent.draft", "model")
        git(repo.path, "config", "core.editor", "true")
        began = time.monotonic()
        done = git(repo.path, "commit", "-q", "--no-verify", "-a", **env)
        took = time.monotonic() - began
    made(done)
    assert took < 20
    said = git(repo.path, "log", "-1", "--format=%B").stdout.strip()
    if case == "answer":
        assert said == "fix(a): add the prices up\n\nThey were not."
        shown = str(server.asked[0].body["messages"])
        assert "return 1" in shown
        assert TOKEN not in shown
        assert program.run("list", "--all").stdout.count("draft a commit message") == 1
    else:
        assert said == "a: change f"
        assert done.stderr.count("swe-agent:") == (0 if case == "of the project" else 1), done.stderr
        assert case != "of the project" or not server.asked


def test_a_commit_of_what_has_landed_says_who_helped(tmp_path: Path) -> None:
    """Whatever else is in it, once, and not where it was taken back."""
    repo = shop(tmp_path / "shop")
    program = hooked(repo)
    run = ("run", "fix: the discount is added", "--model", script(tmp_path / "s.json", FIXING))
    assert program.run(*run).code == 0
    assert program.run("accept").code == 0
    stage(repo, "other.py", "x = 1\n")
    made(git(repo.path, "commit", "-qm", "beside it", "--", "other.py"))
    assert "Assisted-by" not in git(repo.path, "log", "-1", "--format=%B").stdout
    made(git(repo.path, "commit", "-qam", "take the discount off\n\nSigned-off-by: A <a@localhost>"))
    said = git(repo.path, "log", "-1", "--format=%B").stdout.strip().split("\n")
    assert said[-2] == "Signed-off-by: A <a@localhost>"
    assert said[-1].startswith("Assisted-by: swe-agent (")
    made(git(repo.path, "commit", "-q", "--amend", "--no-edit"))
    assert git(repo.path, "log", "-1", "--format=%B").stdout.count("Assisted-by") == 1


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ({}, {"a.py": "def f():\n    return 0\n\n\ndef g():\n    return 1\n"}, "a: add g"),
        ({}, {"a.py": "def f():\n    return 1\n"}, "a: change f"),
        ({"web/i.html": "<p>\n"}, {"web/i.html": None}, "remove i.html"),
        ({"one.txt": "1\n2\n3\n"}, {"one.txt": None, "two.txt": "1\n2\n3\n"}, "move one.txt to two.txt"),
        ({}, {"docs/a.md": "a\n", "docs/b.md": "b\n"}, "docs: add a.md, b.md"),
        ({}, {"x.png": "\0\1"}, "add x.png"),
    ],
    ids=["added", "changed", "removed", "moved", "new", "binary"],
)
def test_what_a_draft_says(
    repo: RepoBuilder, before: dict[str, str | None], after: dict[str, str | None], said: str
) -> None:
    repo.commit("before", before)
    hooked(repo, "prepare-commit-msg")
    for path, text in after.items():
        (repo.path / path).parent.mkdir(exist_ok=True)
        (repo.path / path).unlink() if text is None else (repo.path / path).write_text(text, "utf-8")
    git(repo.path, "add", "-A")
    made(git(repo.path, "commit", "-q", GIT_EDITOR="true"))
    assert git(repo.path, "log", "-1", "--format=%B").stdout.strip() == said


@pytest.mark.parametrize("options", [["-c", "commit.verbose=true"], ["-c", "core.commentChar=;"]], ids=["-v", ";"])
def test_a_draft_stands_above_what_git_shows(repo: RepoBuilder, tmp_path: Path, options: list[str]) -> None:
    hooked(repo, "prepare-commit-msg")
    stage(repo, "a.py", "def f():\n    return 1\n")
    made(
        git(repo.path, *options, "commit", "-q", GIT_EDITOR=f"cp {repo.path}/.git/COMMIT_EDITMSG {tmp_path}/seen; true")
    )
    assert git(repo.path, "log", "-1", "--format=%B").stdout.strip() == "a: change f"
    assert "To make no commit, empty the message." in (tmp_path / "seen").read_text("utf-8")


def test_what_came_by_without_a_hook_is_not_pushed(repo: RepoBuilder) -> None:
    hooked(repo)
    pushed(repo, "origin")
    stage(repo, "b.py", LEAK)
    made(git(repo.path, "commit", "-qm", "two", "--no-verify"))
    stage(repo, "b.py", "x = 1\n")
    made(git(repo.path, "commit", "-qm", "taken out, but it is in the history"))
    done = git(repo.path, "push", "-q", "origin", "main")
    commit = git(repo.path, "rev-parse", "--short", "HEAD~1").stdout.strip()
    refused(done, f"b.py:1 in commit {commit}", f"git rebase -i {commit}^")
    made(git(repo.path, "push", "-q", "origin", "HEAD~2:refs/heads/other"))
    made(git(repo.path, "push", "-q", "--no-verify", "origin", "main"))
    made(git(repo.path, "push", "-q", "origin", ":other"))
    pushed(repo, "fork")  # what is out already is out
    stage(repo, "b.py", "x = 2\n")
    made(git(repo.path, "commit", "-qm", "more"))
    made(git(repo.path, "push", "-q", "origin", "main"))


def test_a_secret_that_came_with_a_resolution_is_not_pushed(repo: RepoBuilder) -> None:
    hooked(repo)
    pushed(repo, "origin")
    git(repo.path, "checkout", "-qb", "topic")
    stage(repo, "a.py", "def f():\n    return 1\n")
    made(git(repo.path, "commit", "-qm", "topic"))
    git(repo.path, "checkout", "-q", "main")
    stage(repo, "a.py", "def f():\n    return 2\n")
    made(git(repo.path, "commit", "-qm", "main"))
    assert git(repo.path, "merge", "topic").returncode == 1
    stage(repo, "a.py", "def f():\n    return 3\n\n\n" + LEAK)
    made(git(repo.path, "commit", "-qm", "merged"))
    refused(git(repo.path, "push", "-q", "origin", "main"), "a.py:5", "github token")


def test_what_is_pushed_is_reviewed_where_it_is_asked_for(repo: RepoBuilder) -> None:
    hooked(repo)
    pushed(repo, "origin")
    git(repo.path, "config", "swe-agent.review", "push")
    stage(repo, "b.py", "def g():\n    breakpoint()\n")
    done = git(repo.path, "commit", "-qm", "two")
    made(done)
    assert "leftover" not in done.stderr
    done = git(repo.path, "push", "-q", "origin", "main")
    made(done)
    assert "leftover" in done.stderr


def test_of_a_clone_that_is_not_whole_it_is_said_what_was_not_looked_at(repo: RepoBuilder, tmp_path: Path) -> None:
    stage(repo, "b.py", "x = 1\n")
    made(git(repo.path, "commit", "-qm", "two"))
    git(repo.path, "config", "uploadpack.allowFilter", "true")
    there, part = tmp_path / "there.git", tmp_path / "part"
    git(repo.path, "init", "-q", "--bare", str(there))
    made(git(repo.path, "clone", "-q", "--no-checkout", "--filter=blob:none", f"file://{repo.path}", str(part)))
    assert Program(part).run("hooks", "install").code == 0
    made(git(part, "remote", "rename", "origin", "gone"))
    made(git(part, "update-ref", "-d", "refs/remotes/gone/main"))
    made(git(part, "symbolic-ref", "-d", "refs/remotes/gone/HEAD"))
    done = git(part, "push", "-q", str(there), "HEAD~1:refs/heads/other", GIT_NO_LAZY_FETCH="0")
    assert "not looked at" in done.stderr


def test_a_hook_loads_next_to_nothing(repo: RepoBuilder) -> None:
    stage(repo, "b.py", "x = 1\n")
    code = (
        f"import sys\nsys.path.insert(0, {str(Path(entry.__file__).parents[2])!r})\n"
        "from swe_agent.hooks.entry import main\nassert main('pre-commit', []) == 0\nprint(*sorted(sys.modules))\n"
    )
    argv = [sys.executable, "-I", "-S", "-c", code]
    loaded = set(subprocess.run(argv, cwd=repo.path, capture_output=True, text=True, check=True).stdout.split())
    heavy = {"typing", "dataclasses", "inspect", "json", "tomllib", "subprocess", "pathlib", "tempfile", "shlex", "ast"}
    outside = {name.partition(".")[0] for name in loaded} - set(sys.stdlib_module_names) - {"swe_agent", "__main__"}
    assert not heavy & loaded
    assert not outside
    assert not {
        name for name in loaded if name.startswith("swe_agent.") and name.split(".")[1] not in ("hooks", "core")
    }


def test_a_framework_that_starts_hooks_itself(repo: RepoBuilder) -> None:
    program = Program(repo.path)
    stage(repo, "b.py", LEAK)
    done = program.run("hooks", "run", "pre-commit")
    assert (done.code, done.stdout) == (1, "")
    assert "b.py:1  github token" in done.stderr
    assert program.run("hooks", "run", "pre-commit", env={"SWE_AGENT_HOOKS": "0"}).code == 0
    assert program.run("hooks", "run", "post-checkout").code == 2
