"""The base of a job is what lies on disk, byte for byte, and taking it touches nothing of the user's."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from swe_agent.core.errors import RepositoryError
from swe_agent.core.proposal import Snapshot
from swe_agent.core.secrets import is_secret_file
from swe_agent.repo.git import Git, find_checkout
from swe_agent.repo.snapshot import take
from swe_agent.testing.repository import RepoBuilder, tree_digest
from swe_agent.workspace.box import JobBox

ENVIRONMENT = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "GIT_INDEX_FILE": "/nonexistent/inherited"}
Files = dict[str, tuple[str, bytes]]


@dataclass(frozen=True)
class Taken:
    snapshot: Snapshot
    files: Files
    """Paths, modes and bytes of the snapshot's tree; a submodule's bytes are its commit."""


def taken(repo: RepoBuilder, where: Path, *, base: str = "") -> Taken:
    """Take a snapshot, and prove that nothing of the user's changed by it."""
    before = tree_digest(repo.path)
    git = Git(repo.path, ENVIRONMENT)
    box = JobBox.create(repo.path, where, lambda: datetime(2026, 1, 1, tzinfo=UTC))
    snapshot = take(git, find_checkout(git), box, base=base)
    assert tree_digest(repo.path) == before
    files = {
        path: (entry.mode, entry.id.encode() if entry.mode == "160000" else box.blob(entry.id))
        for path, entry in box.files(snapshot.commit).items()
    }
    assert box.tree_of(snapshot.commit) == snapshot.tree
    return Taken(snapshot, files)


def on_disk(repo: RepoBuilder, *more: str) -> Files:
    """Tracked files, and untracked ones that are neither ignored nor secret, as they lie there."""
    listed = repo.git("ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
    found: Files = {}
    for path in {*listed, *more} - {""}:
        place = repo.path / path
        if place.is_symlink():
            found[path] = "120000", os.fsencode(place.readlink())
        elif place.is_file():
            found[path] = "100755" if place.stat().st_mode & stat.S_IXUSR else "100644", place.read_bytes()
    return found


@pytest.fixture
def repo(tmp_path: Path) -> RepoBuilder:
    made = RepoBuilder(tmp_path / "a repo")
    made.commit("first", {"a.py": "x = 1\n", "deep/b.txt": "b\n", "tool.sh": "#!/bin/sh\n", ".gitignore": "*.log\n"})
    return made


@pytest.fixture
def where(tmp_path: Path) -> Path:
    return tmp_path / "box"


def test_a_clean_tree_is_its_own_commit(repo: RepoBuilder, where: Path) -> None:
    found = taken(repo, where)
    assert found.snapshot == Snapshot(
        commit=repo.head, tree=repo.tree(), head=repo.head, branch="main", dirty=False, left_out=()
    )
    assert found.files == on_disk(repo)


def modified(repo: RepoBuilder) -> None:
    repo.write({"a.py": "x = 2\n"})


def staged(repo: RepoBuilder) -> None:
    repo.write({"a.py": "staged\n", "new.py": "n\n"}).stage().write({"a.py": "staged, then changed\n"})


def deleted(repo: RepoBuilder) -> None:
    repo.write({"a.py": None, "deep/b.txt": None})


def untracked(repo: RepoBuilder) -> None:
    repo.write({"new/deep/file.py": "n\n", "empty": "", "ignored.log": "no\n"})


def renamed(repo: RepoBuilder) -> None:
    repo.git("mv", "a.py", "z.py")


def modes(repo: RepoBuilder) -> None:
    repo.chmod("tool.sh", 0o755)


def links(repo: RepoBuilder) -> None:
    repo.write({"a.py": None}).link("a.py", "deep/b.txt").link("dangling", "nowhere").link("to a folder", "deep")


def a_folder_for_a_file(repo: RepoBuilder) -> None:
    repo.write({"a.py": None}).write({"a.py/now/a/folder": "x\n"})


def a_file_for_a_folder(repo: RepoBuilder) -> None:
    repo.write({"deep/b.txt": None})
    (repo.path / "deep").rmdir()
    repo.write({"deep": "a file\n"})


def unmerged(repo: RepoBuilder) -> None:
    repo.branch("other").commit("theirs", {"a.py": "theirs\n", "deep/b.txt": None})
    repo.checkout("main").commit("ours", {"a.py": "ours\n", "deep/b.txt": "ours too\n"})
    with pytest.raises(Exception, match=r"CONFLICT|merge"):
        repo.git("merge", "other")


def intent_to_add(repo: RepoBuilder) -> None:
    repo.write({"soon.py": "soon\n"}).git("add", "--intent-to-add", "soon.py")


def odd_names(repo: RepoBuilder) -> None:
    names = [
        "with space", "-leading", "--", "line\nbreak", "tab\t", "cr\r", "\r", '"quoted"', "latin-\udce9", "é",
        "ünï/cödé", "back\\slash", "*", "?[a]", ":colon", "#hash", "~", "trailing ", "deep/-x\n",
    ]  # fmt: skip
    repo.write({name: f"{name!r}\n" for name in names[::2]}).commit("odd")
    repo.write({name: f"{name!r} again\n" for name in names})


def odd_contents(repo: RepoBuilder) -> None:
    repo.write({"bom": b"\xef\xbb\xbfx\r\n", "nul": b"a\0b", "latin": b"\xe9", "no end": b"x", "ff": b"\x0c\n"})


def autocrlf(repo: RepoBuilder) -> None:
    """A checkout as on Windows: the index holds LF, the disk CRLF, and git calls it clean."""
    repo.git("config", "core.autocrlf", "true")
    repo.write({"a.py": b"x = 1\r\n"}).git("add", "--renormalize", ".")
    assert repo.status() == ""


def eol_attributes(repo: RepoBuilder) -> None:
    repo.commit("attributes", {".gitattributes": "*.py text eol=crlf\n"})
    repo.write({"a.py": b"x = 1\r\n"}).git("add", "a.py")
    assert repo.status() == ""


def filters(repo: RepoBuilder, attributes: str = ".gitattributes") -> None:
    """What LFS does: a pointer in the index, the content on disk, and git calls it clean."""
    repo.git("config", "filter.fake.clean", "tr a-z A-Z")
    repo.git("config", "filter.fake.smudge", "tr A-Z a-z")
    repo.write({attributes: "*.bin filter=fake\n", "big.bin": "the content\n"})
    repo.commit("filtered")
    assert repo.git("show", "HEAD:big.bin") == "THE CONTENT"
    assert repo.status() == ""


def filters_by_the_clones_own_attributes(repo: RepoBuilder) -> None:
    filters(repo, ".git/info/attributes")


def a_filter_that_is_gone(repo: RepoBuilder) -> None:
    """The file is older than the index, so that git goes by its time and size: the content is never looked at again."""
    repo.write({".git/info/attributes": "*.bin filter=fake\n", "big.bin": "the content\n"})
    os.utime(repo.path / "big.bin", (1_700_000_000, 1_700_000_000))
    repo.git("-c", "filter.fake.clean=tr a-z A-Z", "add", "big.bin")
    repo.git("commit", "--quiet", "--message", "filtered")
    repo.write({".git/info/attributes": None})
    assert repo.git("show", "HEAD:big.bin") == "THE CONTENT"
    assert repo.status() == ""


def filters_by_an_untracked_file_further_down(repo: RepoBuilder) -> None:
    filters(repo, ".git/info/attributes")
    repo.write({".git/info/attributes": None, "deep/.gitattributes": "*.bin filter=fake\n", "deep/c.bin": "content\n"})
    repo.git("add", "deep/c.bin")
    repo.git("commit", "--quiet", "--message", "more")


def ident(repo: RepoBuilder) -> None:
    repo.commit("ident", {".gitattributes": "*.c ident\n", "x.c": "/* $Id$ */\n"})
    repo.write({"x.c": None}).git("checkout", "--", "x.c")
    assert repo.status() == ""


def utf16(repo: RepoBuilder) -> None:
    repo.commit("utf-16", {".gitattributes": "*.u16 working-tree-encoding=UTF-16LE-BOM\n", "x.u16": b"\xff\xfea\0\n\0"})
    assert repo.status() == ""


STATES: list[Callable[[RepoBuilder], None]] = [
    modified, staged, deleted, untracked, renamed, modes, links, a_folder_for_a_file, a_file_for_a_folder, unmerged,
    intent_to_add, odd_names, odd_contents, autocrlf, eol_attributes, filters, filters_by_the_clones_own_attributes,
    a_filter_that_is_gone, filters_by_an_untracked_file_further_down, ident, utf16,
]  # fmt: skip


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_the_snapshot_is_what_lies_on_disk(
    repo: RepoBuilder, where: Path, state: Callable[[RepoBuilder], None]
) -> None:
    state(repo)
    found = taken(repo, where)
    assert found.files == on_disk(repo)
    assert found.snapshot.dirty is True
    assert found.snapshot.head == repo.head


def test_a_file_that_only_the_index_has_lost_is_still_there(repo: RepoBuilder, where: Path) -> None:
    repo.git("rm", "--quiet", "--cached", "a.py")
    found = taken(repo, where)
    assert (found.snapshot.tree, found.files) == (repo.tree(), on_disk(repo))


def test_secrets_are_left_out_and_named(repo: RepoBuilder, where: Path) -> None:
    repo.write({".env": "KEY=1\n", "deep/id_rsa": "k\n", ".env.example": "KEY=\n", "new.py": "n\n"})
    found = taken(repo, where)
    assert found.snapshot.left_out == (".env", "deep/id_rsa")
    expected = on_disk(repo)
    del expected[".env"], expected["deep/id_rsa"]
    assert found.files == expected


def test_a_secret_that_is_tracked_is_the_users_own_decision(repo: RepoBuilder, where: Path) -> None:
    repo.commit("oh", {".env": "KEY=1\n"})
    repo.write({".env": "KEY=2\n"})
    found = taken(repo, where)
    assert found.files[".env"] == ("100644", b"KEY=2\n")
    assert found.snapshot.left_out == ()


def test_sparse_files_stay_although_they_are_not_on_disk(repo: RepoBuilder, where: Path) -> None:
    repo.git("sparse-checkout", "set", "--no-cone", "/a.py", "/.gitignore")
    assert not (repo.path / "deep").exists()
    repo.write({"a.py": "x = 2\n"})
    found = taken(repo, where)
    assert found.files["deep/b.txt"] == ("100644", b"b\n")
    assert found.files["a.py"] == ("100644", b"x = 2\n")


def test_sparse_files_with_a_filter_stay_too(repo: RepoBuilder, where: Path) -> None:
    filters(repo)
    repo.commit("deep", {"deep/c.bin": "content\n"})
    repo.git("sparse-checkout", "set", "--no-cone", "/*", "!/deep/")
    found = taken(repo, where)
    assert found.files["deep/c.bin"] == ("100644", b"CONTENT\n")
    assert found.files["big.bin"] == ("100644", b"the content\n")


def test_a_submodule_is_where_it_is_checked_out(repo: RepoBuilder, where: Path, tmp_path: Path) -> None:
    library = RepoBuilder(tmp_path / "library")
    library.commit("one", {"lib.py": "1\n"})
    repo.submodule("vendor/lib", library).commit("with a library")
    assert taken(repo, where).snapshot.dirty is False
    inner = RepoBuilder(repo.path / "vendor/lib")
    newer = inner.commit("two", {"lib.py": "2\n"})
    inner.write({"lib.py": "dirty inside\n"})
    found = taken(repo, tmp_path / "second box")
    assert found.files["vendor/lib"] == ("160000", newer.encode())
    assert "vendor/lib/lib.py" not in found.files


def test_another_repository_inside_is_left_alone(repo: RepoBuilder, where: Path) -> None:
    RepoBuilder(repo.path / "nested").commit("inner", {"inner.py": "1\n"})
    assert taken(repo, where).files.keys() == {"a.py", "deep/b.txt", "tool.sh", ".gitignore"}


def test_a_linked_worktree_has_its_own_state(repo: RepoBuilder, where: Path, tmp_path: Path) -> None:
    linked = repo.worktree(tmp_path / "linked", "side")
    linked.write({"a.py": "in the worktree\n"})
    repo.write({"a.py": "in the main one\n"})
    before = tree_digest(repo.path)
    found = taken(linked, where)
    assert (found.snapshot.branch, found.files["a.py"][1]) == ("side", b"in the worktree\n")
    assert tree_digest(repo.path) == before


def test_an_unborn_branch_has_no_head(where: Path, tmp_path: Path) -> None:
    repo = RepoBuilder(tmp_path / "new")
    repo.write({"a.py": "x\n", "b.py": "y\n"}).stage("a.py")
    found = taken(repo, where)
    assert (found.snapshot.head, found.snapshot.branch, found.snapshot.dirty) == (None, "main", True)
    assert found.files == on_disk(repo)


def test_a_detached_head_has_no_branch(repo: RepoBuilder, where: Path) -> None:
    repo.checkout(repo.head)
    found = taken(repo, where)
    assert (found.snapshot.head, found.snapshot.branch, found.snapshot.dirty) == (repo.head, None, False)


def test_a_named_base_is_that_commit_alone(repo: RepoBuilder, where: Path, tmp_path: Path) -> None:
    first = repo.head
    repo.commit("second", {"a.py": "x = 2\n"})
    repo.write({"a.py": "dirty\n"})
    found = taken(repo, where, base="main~1")
    assert (found.snapshot.commit, found.snapshot.dirty, found.files["a.py"][1]) == (first, False, b"x = 1\n")
    with pytest.raises(RepositoryError, match="`nope` names no commit"):
        taken(repo, tmp_path / "second box", base="nope")
    with pytest.raises(RepositoryError, match="names no commit"):
        taken(repo, tmp_path / "third box", base="--output=x")


def test_where_there_is_no_checkout_is_told(tmp_path: Path, repo: RepoBuilder) -> None:
    for place, said in ((tmp_path, "not in a git repository"), (repo.path / ".git", "inside a git directory")):
        with pytest.raises(RepositoryError, match=said) as refused:
            find_checkout(Git(place, ENVIRONMENT))
        assert "-C DIR" in refused.value.hint
    repo.git("clone", "--quiet", "--bare", str(repo.path), str(tmp_path / "bare"))
    with pytest.raises(RepositoryError, match="bare repository"):
        find_checkout(Git(tmp_path / "bare", ENVIRONMENT))


# ---- any state at all

names = st.sampled_from(["a", "b", "d/a", "d/e/b", "x.log", ".env", "z z", "-n", "cr\r", "latin-\udce9"])
contents = st.sampled_from([b"", b"x\n", b"x\r\n", b"y", b"\0", b"\xe9\n"])
actions = st.one_of(
    st.tuples(st.just("write"), names, contents),
    st.tuples(st.just("link"), names, st.sampled_from([b"a", b"nowhere"])),
    st.tuples(st.just("remove"), names, st.just(b"")),
    st.tuples(st.just("chmod"), names, st.just(b"")),
    st.tuples(st.just("stage"), st.just(""), st.just(b"")),
    st.tuples(st.just("unstage"), names, st.just(b"")),
    st.tuples(st.just("commit"), st.just(""), st.just(b"")),
)


def act(repo: RepoBuilder, action: str, name: str, content: bytes) -> None:
    place = repo.path / name
    if action in ("write", "link") and not place.is_dir():
        if any(parent.is_symlink() for parent in place.parents) or place.is_symlink():
            return
        place.unlink(missing_ok=True)
        place.parent.mkdir(parents=True, exist_ok=True)
        if action == "link":
            place.symlink_to(content.decode())
        else:
            place.write_bytes(content)
    elif action == "remove" and (place.is_file() or place.is_symlink()):
        place.unlink()
    elif action == "chmod" and place.is_file() and not place.is_symlink():
        place.chmod(0o755)
    elif action == "stage":
        repo.stage()
    elif action == "unstage" and repo.git("ls-files", "--", f":(literal){name}"):
        repo.git("rm", "--quiet", "--cached", "--force", "--", f":(literal){name}")
    elif action == "commit":
        repo.commit()


@given(st.lists(actions, max_size=12), st.booleans())
@settings(max_examples=25)
def test_whatever_was_done_the_snapshot_is_what_lies_on_disk(
    tmp_path_factory: pytest.TempPathFactory, done: list[tuple[str, str, bytes]], autocrlf_: bool
) -> None:
    folder = tmp_path_factory.mktemp("any")
    repo = RepoBuilder(folder / "repo")
    repo.commit("first", {".gitignore": "*.log\n"})
    if autocrlf_:
        repo.git("config", "core.autocrlf", "true")
    for action in done:
        act(repo, *action)
    found = taken(repo, folder / "box")
    tracked = set(repo.git("ls-files", "-z").split("\0"))
    head = set(repo.git("ls-tree", "-r", "-z", "--name-only", "HEAD").split("\0"))
    expected = {
        path: file
        for path, file in on_disk(repo).items()
        if path in tracked or path in head or not is_secret_file(path)
    }
    # A tracked file that was taken out of the index alone is still on disk, and untracked: a secret is left out then.
    expected = {path: file for path, file in expected.items() if path not in found.snapshot.left_out}
    assert found.files == expected
