"""The sealed repositories: the same everywhere, and a digest that notices everything."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from swe_agent.testing.repository import RepoBuilder, tree_digest


def shop(path: Path) -> RepoBuilder:
    repo = RepoBuilder(path)
    repo.commit("first", {"cart.py": "x = 1\n", "run.sh": "#!/bin/sh\n"})
    repo.chmod("run.sh", 0o755).link("link", "cart.py").commit("second")
    return repo


def test_ids_are_the_same_everywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = shop(tmp_path / "a")
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Somebody Else")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    monkeypatch.setenv("HOME", str(tmp_path / "b"))
    second = shop(tmp_path / "b")
    assert first.head == second.head == "183816964040fb24ee245ba70f18b97070441c30"
    assert first.status() == ""


def test_bytes_stay_as_they_are(tmp_path: Path) -> None:
    content = b"caf\xe9\r\nlast"
    repo = RepoBuilder(tmp_path / "r").write({"a.txt": content})
    repo.commit()
    assert repo.git("cat-file", "blob", "HEAD:a.txt").encode("utf-8", "surrogateescape") == content


def test_branches_submodules_and_worktrees(tmp_path: Path) -> None:
    repo, library = shop(tmp_path / "shop"), shop(tmp_path / "library")
    repo.branch("feature").commit("more", {"more.py": "", "cart.py": None})
    repo.submodule("lib", library).commit("with a library")
    linked = repo.worktree(tmp_path / "linked", "side")
    linked.commit("beside", {"beside.py": "y = 2\n"})
    repo.checkout("main").write({"cart.py": "x = 2\n", "new.py": ""}).stage("new.py")
    assert repo.git("ls-tree", "feature", "lib").startswith("160000 commit ")
    assert linked.git("log", "--format=%s %at") == (
        "beside 1700000240\nwith a library 1700000180\nmore 1700000120\nsecond 1700000060\nfirst 1700000000"
    )
    assert repo.status().splitlines() == [" M cart.py", "A  new.py", "?? lib/"]


def test_asking_changes_nothing(tmp_path: Path) -> None:
    repo = shop(tmp_path / "r")
    before = tree_digest(repo.path)
    repo.status()
    repo.git("diff", "HEAD")
    assert tree_digest(repo.path) == before


CHANGES: dict[str, Callable[[Path], object]] = {
    "a byte": lambda path: (path / "cart.py").write_text("x = 2\n"),
    "a mode": lambda path: (path / "cart.py").chmod(0o600),
    "a link": lambda path: ((path / "link").unlink(), (path / "link").symlink_to("run.sh")),
    "a file for a link": lambda path: ((path / "link").unlink(), (path / "link").write_text("cart.py")),
    "an empty folder": lambda path: (path / "empty").mkdir(),
    "a name": lambda path: (path / "cart.py").rename(path / "cart2.py"),
    "a ref": lambda path: (path / ".git" / "refs" / "heads" / "other").write_text("0" * 40),
    "the index": lambda path: (path / ".git" / "index").write_bytes(b""),
}


@pytest.mark.parametrize("change", CHANGES)
def test_the_digest_notices(tmp_path: Path, change: str) -> None:
    repo = shop(tmp_path / "r")
    before = tree_digest(repo.path)
    CHANGES[change](repo.path)
    assert tree_digest(repo.path) != before


def test_our_own_folder_may_be_left_out(tmp_path: Path) -> None:
    repo = shop(tmp_path / "r")
    before = tree_digest(repo.path, leave_out=(".git/swe-agent",))
    (repo.path / ".git" / "swe-agent").mkdir()
    (repo.path / ".git" / "swe-agent" / "journal.jsonl").write_text("{}\n")
    assert tree_digest(repo.path, leave_out=(".git/swe-agent",)) == before
    assert tree_digest(repo.path) != before
