"""kill -9 at any moment of a landing or an undo, with and without somebody else who saves the same files.

Judged is what stands after the next command: all of the old files or all of the new ones, nothing beside them, no lock.
"""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import killing
import pytest
from killing import Forks

from swe_agent.testing.repository import RepoBuilder, tree_digest

FULL = os.environ.get("HYPOTHESIS_PROFILE") == "full"
KILLS = 200 if FULL else 20
MANY = 12
LINES = "".join(f"line {number}\n" for number in range(12))
CHANGED = LINES.replace("line 0\n", "LINE 0\nand more\n").replace("line 5\n", "")
GIT = (".git",)


@pytest.fixture
def forks(tmp_path: Path) -> Iterator[Forks]:
    (tmp_path / "forks").mkdir()
    one = Forks(tmp_path / "forks")
    yield one
    one.close()


@pytest.fixture
def repo(tmp_path: Path, forks: Forks) -> RepoBuilder:
    """With a proposal of every kind of change: a branch that the desk has opened."""
    repo = RepoBuilder(tmp_path / "project")
    repo.git("config", "user.name", "A")
    repo.git("config", "user.email", "a@example.org")
    plain = {f"many/f{number}.txt": LINES for number in range(MANY)}
    repo.write({**plain, "gone/deep/old.txt": "old\n", "moves.py": LINES, "tool.sh": "#!/bin/sh\n", "to link": "text\n",
                "dos.txt": LINES.replace("\n", "\r\n"), "raw.bin": bytes(range(256)), "bare": "no end"})  # fmt: skip
    repo.link("points", "there").link("to file", "there")
    repo.commit("base")
    repo.git("checkout", "--quiet", "-b", "topic")
    for name in ("to link", "to file", "points"):
        (repo.path / name).unlink()
    repo.write({**dict.fromkeys(plain, CHANGED), "gone/deep/old.txt": None, "moves.py": None, "to/here.py": CHANGED,
                "made/deep/new.txt": "new\n", "dos.txt": CHANGED.replace("\n", "\r\n"), "raw.bin": b"\0" * 300,
                "bare": "no end either", "to file": "text\n", "empty": ""})  # fmt: skip
    repo.link("to link", "there").link("points", "elsewhere").chmod("tool.sh", 0o755)
    repo.commit("topic")
    repo.git("checkout", "--quiet", "main")
    repo.chmod("moves.py", 0o600).chmod("gone/deep/old.txt", 0o640)
    repo.write({"mine.txt": "untracked\n"})
    done = forks.run(repo.path, "desk", "main..topic", "--no-land", "--plain")
    assert done.status in (0, 1), done.stderr
    return repo


def landed(forks: Forks, repo: RepoBuilder) -> tuple[str, str, int]:
    """The tree before and after a landing, and how many lines of code a landing and an undo each run at least."""
    old = tree_digest(repo.path, leave_out=GIT)
    forward = forks.run(repo.path, "accept")
    assert forward.status == 0, forward.stderr
    new = tree_digest(repo.path, leave_out=GIT)
    assert (repo.path / "to/here.py").stat().st_mode & 0o777 == 0o600
    back = forks.run(repo.path, "undo")
    assert back.status == 0, back.stderr
    assert tree_digest(repo.path, leave_out=GIT) == old != new
    assert forward.lines > back.lines > 500
    return old, new, back.lines


def orderly(repo: RepoBuilder) -> bool:
    """Nothing lies beside the files, and git finds neither a lock nor a fault."""
    beside = [path for path in repo.path.rglob("*") if re.search(r"\.~s|\.kept-", path.name)]
    return not beside and not list((repo.path / ".git").rglob("*.lock.lock")) and not locks(repo)


def locks(repo: RepoBuilder) -> list[Path]:
    """Of git: ours are held by processes, not by the files."""
    return [path for path in (repo.path / ".git").rglob("*.lock") if "swe-agent" not in path.parts]


def closing(forks: Forks, repo: RepoBuilder, chance: random.Random, lines: int) -> str:
    """The next command, which may be killed in its turn; all that was said."""
    said = ""
    if chance.random() < 0.25:
        said = forks.run(repo.path, "list", kill_at=chance.randint(1, lines)).stderr
    done = forks.run(repo.path, "list")
    assert done.status == 0, done.stderr
    return said + done.stderr


@pytest.mark.parametrize("seed", [8])
def test_a_kill_at_any_line_leaves_the_old_tree_or_the_new_one(forks: Forks, repo: RepoBuilder, seed: int) -> None:
    old, new, lines = landed(forks, repo)
    index = repo.git("ls-files", "--stage")
    chance = random.Random(seed)
    now, killed, seen = old, 0, set()
    while killed < KILLS:
        ended = forks.run(repo.path, "accept" if now == old else "undo", kill_at=chance.randint(1, lines))
        killed += ended.killed
        said = closing(forks, repo, chance, lines)
        before, now = now, tree_digest(repo.path, leave_out=GIT)
        assert now in (old, new), said
        seen.add((before == old, now == old))
        assert orderly(repo)
        assert repo.git("ls-files", "--stage") == index
        assert repo.git("status", "--porcelain", "mine.txt") == "?? mine.txt"
    assert len(seen) == 4, "some landings and some undos must have gone forward, and some back"
    assert forks.run(repo.path, "accept" if now == old else "undo").status == 0


@pytest.mark.parametrize("way", ["--staged", "--commit", "--branch"] if FULL else ["--commit"])
def test_a_kill_while_it_is_recorded_in_git(forks: Forks, repo: RepoBuilder, way: str) -> None:
    """The files as above; what is in git is all of it or nothing, and what is missing is told."""
    head = repo.git("rev-parse", "HEAD")
    tree = repo.git("rev-parse", "topic^{tree}")
    words = [way, "result"] if way == "--branch" else [way]
    whole = forks.run(repo.path, "accept", *words)
    assert whole.status == 0, whole.stderr
    chance = random.Random(way)
    for _ in range(KILLS // 8):
        started_over(forks, repo, head)
        old = tree_digest(repo.path, leave_out=GIT)
        ended = forks.run(repo.path, "accept", *words, kill_at=chance.randint(1, whole.lines))
        time.sleep(0.1)  # for the git that it had started, and that nobody kills
        said = closing(forks, repo, chance, whole.lines)
        stands = tree_digest(repo.path, leave_out=GIT) != old
        assert orderly(repo), (ended, said)
        if way == "--branch":
            assert not stands
            made = repo.git("branch", "--list", "result")
            assert not made or repo.git("rev-parse", "result^{tree}") == tree
            assert (forks.run(repo.path, "undo").status == 0) == bool(made), said
            assert not repo.git("branch", "--list", "result")
        elif way == "--staged":
            assert repo.git("write-tree") == (tree if stands else repo.git("rev-parse", "HEAD^{tree}"))
            if stands:
                forks.run(repo.path, "undo", kill_at=chance.randint(1, whole.lines))
                said = closing(forks, repo, chance, whole.lines)
                stands = tree_digest(repo.path, leave_out=GIT) != old
                assert repo.git("write-tree") == (tree if stands else repo.git("rev-parse", "HEAD^{tree}")), said
        else:
            made = repo.git("rev-parse", "HEAD") != head
            assert stands >= made
            assert repo.git("write-tree") == repo.git("rev-parse", "HEAD^{tree}")
            assert not made or repo.git("rev-parse", "HEAD^{tree}") == tree
            assert made or not stands or "was not committed" in said


def started_over(forks: Forks, repo: RepoBuilder, head: str) -> None:
    """Nothing has landed, and HEAD is where it was."""
    repo.git("reset", "--quiet", "--hard", head)
    repo.git("clean", "--quiet", "-ffd")
    repo.git("branch", "--quiet", "--force", "result")
    repo.git("branch", "--quiet", "--delete", "--force", "result")
    forks.run(repo.path, "undo")
    repo.git("reset", "--quiet", "--hard", head)


# ---- with somebody who saves


def test_nothing_that_another_program_saves_is_lost(forks: Forks, repo: RepoBuilder, tmp_path: Path) -> None:
    _, _, lines = landed(forks, repo)
    saved = [f"f{number}.txt" for number in range(0, MANY, 3)]
    others = [f"many/f{number}.txt" for number in range(MANY) if f"f{number}.txt" not in saved]
    chance = random.Random(8)
    killed = 0
    turn = 0
    while killed < KILLS // 2:
        turn += 1
        log = tmp_path / "log"
        argv = [sys.executable, killing.__file__, str(repo.path / "many"), json.dumps(saved), str(log), str(turn)]
        saver = subprocess.Popen(argv)
        try:
            while not (log.exists() and log.stat().st_size):
                time.sleep(0.005)
            said = ""
            for _ in range(4):
                command = ["undo", "--merge"] if chance.random() < 0.5 else ["accept"]
                ended = forks.run(
                    repo.path, *command, kill_at=chance.choice([0, *(chance.randint(1, lines) for _ in range(3))])
                )
                assert ended.status in (0, 1, 2, 5, -9), ended.stderr
                killed += ended.killed
                said += ended.stderr
        finally:
            saver.terminate()
            assert saver.wait(timeout=30) == 0
        done = forks.run(repo.path, "list")
        assert done.status == 0, done.stderr
        said += done.stderr
        judge(repo, log, said, others)
        log.unlink()


def judge(repo: RepoBuilder, log: Path, said: str, others: list[str]) -> None:
    last = dict(line.split() for line in log.read_text().splitlines())
    for name, number in last.items():
        place = repo.path / "many" / name
        beside = sorted(place.parent.glob(f"{name}.kept-*"))
        texts = [path.read_text() for path in (place, *beside)]
        assert any(text.endswith(f"saved {number}\n") for text in texts), (name, number, texts, said)
        assert all(re.sub(r"saved \d+\n", "", text) in (LINES, CHANGED) for text in texts), (name, texts)
        for path in beside:
            assert f"many/{path.name}" in said, said
            path.unlink()
    assert len({(repo.path / name).read_text() for name in others}) == 1
    assert orderly(repo)
