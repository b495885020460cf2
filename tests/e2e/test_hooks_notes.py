"""What git's hooks note after a commit, a merge and a rewrite, and what the next command makes of it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from program import FIXING, Program, script, shop

SEEN, REWRITTEN = "CommitSeen", "Rewritten"


def git(path: Path, *arguments: str, **env: str) -> str:
    who = ("-c", "user.name=A", "-c", "user.email=a@localhost", "-c", "protocol.file.allow=always")
    argv = ["git", "-C", str(path), *who, *arguments]
    done = subprocess.run(argv, capture_output=True, text=True, env={**os.environ, **env}, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def head(path: Path) -> str:
    return git(path, "rev-parse", "HEAD")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository in whose work tree a proposal has landed."""
    folder = tmp_path_factory.mktemp("landed")
    repo = shop(folder / "shop")
    program = Program(repo.path)
    run = ("run", "fix: the discount is added", "--model", script(folder / "s.json", FIXING))
    assert program.run(*run).code == 0
    assert program.run("accept").code == 0
    return repo.path


@pytest.fixture
def bare(made: Path, tmp_path: Path) -> tuple[Path, Program]:
    """One of its own for each test, without hooks."""
    path = tmp_path / "shop"
    shutil.copytree(made, path, symlinks=True)
    return path, Program(path)


@pytest.fixture
def landed(bare: tuple[Path, Program]) -> tuple[Path, Program]:
    assert bare[1].run("hooks", "install").code == 0
    return bare


def spool(repo: Path) -> Sequence[Path]:
    return sorted((repo / ".git/swe-agent/spool").iterdir())


def told(repo: Path, program: Program, *types: str) -> list[dict[str, Any]]:
    """Of the last job's journal; to ask is to drain."""
    assert program.run("list").code == 0
    rows = (repo / ".git/swe-agent/journal.jsonl").read_text("utf-8").splitlines()
    return [event for event in map(json.loads, rows) if event["type"] in types]


def test_the_commit_that_holds_what_has_landed_is_known(landed: tuple[Path, Program]) -> None:
    repo, program = landed
    (repo / "other.py").write_text("x = 1\n", "utf-8")
    git(repo, "add", "other.py")
    git(repo, "commit", "-qm", "beside it")
    assert [path.name for path in spool(repo)] == [f"commit.{head(repo)}"]
    assert told(repo, program, SEEN) == []
    assert spool(repo) == []
    git(repo, "commit", "-qam", "take the discount off")
    (event,) = told(repo, program, SEEN)
    assert event["commit"] == head(repo)
    assert event["lines"] == event["of"] > 0
    assert f"committed: {head(repo)[:7]} take the discount off" in program.run("show").stdout
    assert told(repo, program, SEEN) == [event]


def test_it_is_followed_through_an_amend_and_a_rebase(landed: tuple[Path, Program]) -> None:
    repo, program = landed
    git(repo, "commit", "-qam", "take the discount off")
    first = head(repo)
    git(repo, "commit", "-q", "--amend", "-m", "take it off")
    second = head(repo)
    assert [(event["old"], event["new"], event["how"]) for event in told(repo, program, REWRITTEN)] == [
        (first, second, "amend")
    ]
    git(repo, "branch", "onto", "HEAD~1")
    git(repo, "checkout", "-q", "onto")
    (repo / "other.py").write_text("x = 1\n", "utf-8")
    git(repo, "add", "other.py")
    git(repo, "commit", "-qm", "onto")
    git(repo, "checkout", "-q", "main")
    git(repo, "rebase", "-q", "onto")
    assert [event["new"] for event in told(repo, program, REWRITTEN)] == [second, head(repo)]
    said = program.run("show").stdout
    assert said.count("committed: ") == 1
    assert f"committed: {head(repo)[:7]} take it off" in said


def test_a_commit_that_comes_by_a_pull_is_seen(landed: tuple[Path, Program], tmp_path: Path) -> None:
    """As a platform squashes a branch: under another id, by other means."""
    repo, program = landed
    there = tmp_path / "there"
    git(tmp_path, "clone", "-q", str(repo), str(there))
    for path in git(repo, "diff", "--name-only").split():
        (there / path).write_bytes((repo / path).read_bytes())
    git(there, "commit", "-qam", "squashed (#7)")
    git(repo, "stash", "-q")
    git(repo, "pull", "-q", "--no-rebase", str(there), "main")
    (event,) = told(repo, program, SEEN)
    assert event["commit"] == head(there) == head(repo)


@pytest.mark.parametrize("way", ["work tree", "packed", "detached"])
def test_wherever_a_branch_is_kept(landed: tuple[Path, Program], tmp_path: Path, way: str) -> None:
    repo, program = landed
    at = repo
    if way == "work tree":
        at = tmp_path / "linked"
        git(repo, "worktree", "add", "-q", str(at))
        for path in git(repo, "diff", "--name-only").split():
            (at / path).write_bytes((repo / path).read_bytes())
    elif way == "packed":
        git(repo, "pack-refs", "--all")
    else:
        git(repo, "checkout", "-q", "--detach")
    git(at, "commit", "-qam", "take the discount off")
    assert [event["commit"] for event in told(repo, program, SEEN)] == [head(at)]


@pytest.mark.parametrize("way", ["nothing landed", "variable", "setting"])
def test_nothing_is_noted_where_there_is_nothing_to_follow(landed: tuple[Path, Program], way: str) -> None:
    repo, _ = landed
    env = {"SWE_AGENT_HOOKS": "0"} if way == "variable" else {}
    if way == "nothing landed":
        for path in (repo / ".git/swe-agent/landed").iterdir():
            path.unlink()
    elif way == "setting":
        git(repo, "config", "swe-agent.hooks", "false")
    git(repo, "commit", "-qam", "whatever it is", **env)
    git(repo, "commit", "-q", "--amend", "-m", "still", **env)
    assert spool(repo) == []


def test_damaged_notes_and_commits_that_are_gone_are_passed_over(landed: tuple[Path, Program]) -> None:
    repo, program = landed
    folder = repo / ".git/swe-agent/spool"
    odd = ("", "commit\n", f"commit {'0' * 40}\n", "rewrite amend\nx y\n\n", "merge - -\n", "\0\n")
    for number, text in enumerate(odd):
        (folder / f"odd.{number}").write_text(text, "utf-8")
    git(repo, "commit", "-qam", "take the discount off")
    assert [event["commit"] for event in told(repo, program, SEEN)] == [head(repo)]
    assert [path.name for path in spool(repo)] == ["odd.0"], "somebody may be writing it"


def test_a_framework_that_starts_hooks_itself_has_them_noted_too(bare: tuple[Path, Program]) -> None:
    repo, program = bare
    git(repo, "commit", "-qam", "take the discount off")
    assert program.run("hooks", "run", "post-commit").code == 0
    assert [event["commit"] for event in told(repo, program, SEEN)] == [head(repo)]
