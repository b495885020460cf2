"""The files of a tree as git knows them."""

from __future__ import annotations

from pathlib import Path

import pytest

from swe_agent.core.errors import RepositoryError
from swe_agent.index.store import Store
from swe_agent.jobs.look import Repository, history_of, open_index
from swe_agent.repo.commits import past_commits
from swe_agent.repo.git import Git
from swe_agent.repo.listing import list_revision, list_work_tree
from swe_agent.testing.repository import RepoBuilder


@pytest.fixture
def repo(tmp_path: Path) -> RepoBuilder:
    made = RepoBuilder(tmp_path / "repo é")
    made.write({"a.py": "one\n", "b/ü.py": "two\n", ".gitignore": "ignored.py\n", "gone.py": "gone\n"})
    made.commit("first: the beginning")
    return made


def git_of(repo: RepoBuilder) -> Git:
    return Git(repo.path, {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent"})


def read(repo: RepoBuilder) -> dict[str, bytes]:
    listing = list_work_tree(git_of(repo), repo.path)
    return dict(zip((file.path for file in listing.files), listing.read(listing.files), strict=True))


def test_what_is_not_committed_is_part_of_it(repo: RepoBuilder) -> None:
    clean = list_work_tree(git_of(repo), repo.path)
    assert [file.path for file in clean.files] == [".gitignore", "a.py", "b/ü.py", "gone.py"]
    assert clean.changed == frozenset()
    repo.write({"a.py": "changed\n", "new.py": "new\n", "ignored.py": "no\n", ".env": "SECRET=1\n"})
    (repo.path / "gone.py").unlink()
    (repo.path / "link.py").symlink_to("a.py")
    dirty = list_work_tree(git_of(repo), repo.path)
    assert dirty.changed == {"a.py", "new.py"}
    assert read(repo) == {".gitignore": b"ignored.py\n", "a.py": b"changed\n", "b/ü.py": b"two\n", "new.py": b"new\n"}
    repo.git("add", "-A")
    repo.git("commit", "-qm", "second")
    committed = {file.path: file.blob for file in list_revision(git_of(repo), "HEAD").files}
    assert {path: committed[path] for path in dirty.changed} == {
        file.path: file.blob for file in dirty.files if file.path in dirty.changed
    }


def test_a_commit_and_what_is_none(repo: RepoBuilder) -> None:
    listing = list_revision(git_of(repo), "HEAD")
    assert listing.read([file for file in listing.files if file.path == "b/ü.py"]) == [b"two\n"]
    with pytest.raises(RepositoryError, match="names no commit"):
        list_revision(git_of(repo), "nothing")
    with pytest.raises(RepositoryError, match="names no commit"):
        list_revision(git_of(repo), "--output=x")


def test_files_that_a_sparse_checkout_leaves_out_are_read_from_git(repo: RepoBuilder) -> None:
    repo.git("sparse-checkout", "set", "--no-cone", "/a.py")
    assert not (repo.path / "b").exists()
    assert read(repo)["b/ü.py"] == b"two\n"


def test_submodules_are_part_of_it(repo: RepoBuilder, tmp_path: Path) -> None:
    inner = RepoBuilder(tmp_path / "inner")
    inner.write({"deep.py": "deep\n"})
    inner.commit("inner")
    repo.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(inner.path), "vendor/inner")
    assert read(repo)["vendor/inner/deep.py"] == b"deep\n"


def test_history_is_read_once_and_continued(repo: RepoBuilder, tmp_path: Path) -> None:
    git, store = git_of(repo), Store(directory=tmp_path / "store")
    (first,) = past_commits(git, "HEAD", most=9)
    assert (first.message.strip(), first.paths) == ("first: the beginning", (".gitignore", "a.py", "b/ü.py", "gone.py"))
    begun = history_of(git, "HEAD", store)
    assert begun is not None
    for number in range(8):
        repo.write({"a.py": f"{number}\n"})
        repo.commit(f"change {number}")
        now = history_of(git, "HEAD", store)
        assert now is not None
        assert sum(len(pack.whens) for pack in now.packs) == number + 2
    assert history_of(git, "no-such-commit", store) is None


def test_an_index_of_the_tree_of_a_commit_and_of_a_bare_repository(repo: RepoBuilder, tmp_path: Path) -> None:
    repo.write({"a.py": "def fresh(): pass\n"})
    store = Store(directory=None)
    here = open_index(Repository(git=git_of(repo), top=repo.path), "", store)
    there = open_index(Repository(git=git_of(repo), top=repo.path), "HEAD", store)
    assert (here.defines("fresh"), there.defines("fresh")) == (True, False)
    repo.git("clone", "-q", "--bare", str(repo.path), str(tmp_path / "bare"))
    bare = open_index(Repository(git=Git(tmp_path / "bare", git_of(repo).environment), top=None), "", store)
    assert (bare.paths, bare.text("a.py")) == (there.paths, "one\n")
