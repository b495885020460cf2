"""Boxes: objects, trees and comparisons, for every shape of repository."""

import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sandbox_support import FILES, fingerprint, git, make_repo

from sandbox import Box, Change, Entry, GitFailed, Policy, SandboxError, Workspace, paths, run_git

WHEN = 1_700_000_000

segments = st.text(
    alphabet=st.characters(exclude_characters="/\0", exclude_categories=("Cs",)) | st.sampled_from("\udc80\udcff"),
    min_size=1,
    max_size=6,
).filter(lambda part: part not in (".", "..") and not paths.is_git_name(part))


def without_conflicts(files: dict[str, bytes]) -> dict[str, bytes]:
    """Drop names that would need a file to be a directory as well."""
    return {n: d for n, d in files.items() if not any(other.startswith(n + "/") for other in files)}


trees = st.dictionaries(
    st.lists(segments, min_size=1, max_size=3)
    .map("/".join)
    .filter(lambda n: len(n.encode("utf-8", "surrogateescape")) < 90),
    st.binary(max_size=50),
    max_size=6,
).map(without_conflicts)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Box:
    root = tmp_path_factory.mktemp("shared")
    return Box.create(make_repo(root / "repo", FILES), root / "box")


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(trees, trees)
def test_trees_round_trip_and_differences_add_up(
    shared: Box, before: dict[str, bytes], after: dict[str, bytes]
) -> None:
    a = {name: Entry(mode="100644", id=shared.write_blob(data)) for name, data in before.items()}
    b = {name: Entry(mode="100755", id=shared.write_blob(data)) for name, data in after.items()}
    one, two = shared.write_tree(a), shared.write_tree(b)
    assert (shared.list_tree(one), shared.list_tree(two)) == (a, b)
    changes = shared.diff(one, two)
    assert {c.path for c in changes} == set(a) | set(b)
    step = {c.path: None if c.status == "D" else Entry(mode=c.new_mode, id=c.new_id) for c in changes}
    assert shared.tree_with(one, step) == two
    assert shared.blobs(e.id for e in b.values()) == {b[n].id: d for n, d in after.items()}
    for name in a:
        assert shared.read_tree_entry(one, name) == a[name]
    assert shared.read_tree_entry(one, "no such") is None


def test_reading_and_writing(box: Box, repo: Path) -> None:
    head = git(repo, "rev-parse", "HEAD")
    id = box.write_blob(b"a\r\nb\n")
    assert box.blob(id) == b"a\r\nb\n"
    assert box.blob(box.write_blob(b"")) == b""
    assert box.tree_of(head) == git(repo, "rev-parse", "HEAD^{tree}")
    tree = box.tree_with(
        head, {"app.py": Entry(mode="100644", id=id), "pkg/mod.py": None, "new/x": Entry(mode="100755", id=id)}
    )
    assert [(c.path, c.status) for c in box.diff(head, tree)] == [("app.py", "M"), ("new/x", "A"), ("pkg/mod.py", "D")]
    assert box.diff(head, tree)[1] == Change(
        path="new/x", status="A", old_mode="000000", new_mode="100755", old_id="0" * 40, new_id=id
    )
    assert box.read_tree_entry(tree, "pkg") is None
    commit = box.commit(tree, [head], "message\n", WHEN)
    assert commit == box.commit(tree, [head], "message\n", WHEN)
    assert box.git("log", "--format=%an %at %P", "-1", commit) == f"sandbox {WHEN} {head}\n".encode()
    with pytest.raises(GitFailed):
        box.blob("1" * 40)
    with pytest.raises(GitFailed):
        box.blobs(["1" * 40])
    assert box.diff(box.empty_tree, box.empty_tree) == ()
    assert box.blobs([]) == {}


def test_a_patch_is_complete_and_git_applies_it(box: Box, repo: Path, tmp_path: Path) -> None:
    head = git(repo, "rev-parse", "HEAD")
    new = {
        "app.py": Entry(mode="100755", id=box.write_blob(b"value = 2\n")),
        "data.bin": Entry(mode="100644", id=box.write_blob(bytes(range(255, -1, -1)))),
        "hid.py": Entry(mode="100644", id=box.write_blob(b"x\r\ny")),
        ".gitattributes": Entry(mode="100644", id=box.write_blob(b"* -diff -text\n*.py filter=evil diff=evil\n")),
        "name \udcff": Entry(mode="120000", id=box.write_blob(b"app.py")),
        "pkg/mod.py": None,
    }
    tree = box.tree_with(head, new)
    patch = box.patch(head, tree)
    assert b"+value = 2" in patch  # an attribute in the tree hides nothing
    assert patch.count(b"diff --git") == len(new)
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", str(repo), str(clone))
    git(clone, "apply", "--index", "--whitespace=nowarn", input=patch)
    assert git(clone, "write-tree") == tree


def test_the_users_repository_is_only_read(repo: Path, tmp_path: Path) -> None:
    before = fingerprint(repo)
    box = Box.create(repo, tmp_path / "box")
    box.own_objects(git(repo, "rev-parse", "HEAD"))
    box.commit(box.write_tree({"a": Entry(mode="100644", id=box.write_blob(b"x"))}), [], "m", WHEN)
    assert fingerprint(repo) == before


def test_what_a_box_owns_survives_the_users_gc(repo: Path, tmp_path: Path) -> None:
    (repo / "later.py").write_text("later\n")
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "-m", "second")
    second = git(repo, "rev-parse", "HEAD")
    box = Box.create(repo, tmp_path / "box")
    candidate = box.tree_with(second, {"c": Entry(mode="100644", id=box.write_blob(b"value = 1\n"))})
    box.own_objects(second, candidate)
    box.own_objects(second)  # again costs nothing and breaks nothing
    expected = box.list_tree(second)
    git(repo, "reset", "-q", "--hard", "HEAD~")
    git(repo, "reflog", "expire", "--expire=now", "--all")
    git(repo, "gc", "-q", "--prune=now")
    shutil.rmtree(repo)
    again = Box.open(tmp_path / "box")
    assert again.list_tree(second) == expected
    assert set(again.blobs(e.id for e in expected.values()).values()) == {
        c if isinstance(c, bytes) else c.encode() for c in [*FILES.values(), "later\n"]
    }
    assert len(again.list_tree(candidate)) == len(expected) + 1


def shapes(root: Path) -> dict[str, Path]:
    """Checkouts of every shape, by name."""
    plain = make_repo(root / "plain", FILES)
    git(plain, "worktree", "add", "-q", str(root / "linked"), "-b", "side")
    git(root / "linked", "worktree", "add", "-q", "--detach", str(root / "linked again"))
    git(plain, "clone", "-q", "--shared", str(plain), str(root / "borrowing"))
    git(plain, "clone", "-q", "--bare", str(plain), str(root / "bare.git"))
    git(root / "bare.git", "worktree", "add", "-q", "-b", "of-bare", str(root / "of bare"))
    git(plain, "clone", "-q", "--depth", "1", f"file://{plain}", str(root / "shallow"))
    sha256 = make_repo(root / "sha256", FILES, "--object-format=sha256")
    outer = make_repo(root / "outer", {"top": "x"})
    git(outer, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(plain), "sub")
    git(outer, "commit", "-q", "-m", "sub")
    relative = root / "relative"
    git(plain, "clone", "-q", "--shared", str(plain), str(relative))
    (relative / ".git/objects/info/alternates").write_text("../../../plain/.git/objects\n")
    nested = root / "borrowing twice"
    git(plain, "clone", "-q", "--shared", str(relative), str(nested))
    (relative / "more").write_text("x")
    return {
        "plain": plain,
        "linked": root / "linked",
        "linked twice": root / "linked again",
        "borrowing": root / "borrowing",
        "of a bare one": root / "of bare",
        "shallow": root / "shallow",
        "sha256": sha256,
        "submodule": outer / "sub",
        "with a submodule": outer,
        "relative alternates": relative,
        "alternates of alternates": nested,
    }


@pytest.fixture(scope="module")
def checkouts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return shapes(tmp_path_factory.mktemp("all shapes é"))


SHAPES = [
    "plain", "linked", "linked twice", "borrowing", "of a bare one", "shallow", "sha256", "submodule",
    "with a submodule", "relative alternates", "alternates of alternates",
]  # fmt: skip


@pytest.mark.namespaces
@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_of_repository(checkouts: dict[str, Path], shape: str, tmp_path: Path) -> None:
    repo = checkouts[shape]
    head = git(repo, "rev-parse", "HEAD")
    common = Path(git(repo, "rev-parse", "--path-format=absolute", "--git-common-dir"))
    before = fingerprint(common) | fingerprint(repo)
    box = Box.create(repo, tmp_path / "box")
    space = Workspace.create(box, head, checkout=repo)
    script = (
        "git status --porcelain && git log --format=%H -1 && git diff HEAD && git branch --show-current && "
        "echo more >> new.txt && git add -A && git commit -q -m inside && git log --format=%s -1 && "
        f"! test -e '{common}/config'"
    )
    result = space.run(Policy(), ["/bin/sh", "-c", script])
    branch = git(repo, "branch", "--show-current")
    lines = [head, *([branch] if branch else []), "inside"]
    assert (result.stderr.decode(), result.stdout.decode().split()) == ("", lines)
    assert result.status == 0
    out = space.extract()
    assert [(c.path, c.status) for c in box.diff(head, out.tree)] == [("new.txt", "A")]
    assert (out.hazards, out.left_out) == ((), ())
    made = space.deliver(out.tree, parent=head, message="m", into=common, when=WHEN)
    assert git(repo, "show", "--format=", "--name-status", made) == "A\tnew.txt"
    space.destroy()
    shutil.rmtree(tmp_path / "box")
    after = fingerprint(common) | fingerprint(repo)
    assert {k: v for k, v in after.items() if k in before} == before
    assert all("objects/" in name for name in set(after) - set(before))


@pytest.mark.namespaces
def test_an_unborn_branch(tmp_path: Path) -> None:
    repo = tmp_path / "unborn"
    repo.mkdir()
    git(repo, "init", "-q", "-b", "start")
    box = Box.create(repo, tmp_path / "box")
    base = box.commit(box.write_tree({"a": Entry(mode="100644", id=box.write_blob(b"1\n"))}), [], "snapshot", WHEN)
    space = Workspace.create(box, base, checkout=repo)
    result = space.run(Policy(), ["/bin/sh", "-c", "git status -sb; git log --format=%s; echo 2 > b"])
    assert (result.stdout, result.stderr) == (b"## start\nsnapshot\n", b"")
    out = space.extract()
    made = space.deliver(out.tree, parent=None, message="m", into=repo / ".git", ref="refs/heads/x", when=WHEN)
    assert git(repo, "ls-tree", "--name-only", made).split() == ["a", "b"]


def test_what_is_not_a_repository_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match="not a git work tree"):
        Box.create(tmp_path, tmp_path / "box")
    with pytest.raises(SandboxError, match="half-made"):
        Box.open(tmp_path)
    with pytest.raises(SandboxError):
        Box.create(tmp_path / "nowhere", tmp_path / "box")


def test_a_box_is_not_made_twice(box: Box, repo: Path) -> None:
    with pytest.raises(SandboxError, match="already holds"):
        Box.create(repo, box.root)
    box.destroy()
    assert not box.root.exists()


def test_git_is_deaf_to_its_surroundings(repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mark = tmp_path / "ran"
    evil = tmp_path / "evil"
    evil.write_text(f"#!/bin/sh\ntouch '{mark}'\n")
    evil.chmod(0o755)
    settings = tmp_path / "gitconfig"
    settings.write_text(f"[core]\nfsmonitor={evil}\nhooksPath={tmp_path}\n[include]\npath={tmp_path}/x\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", str(evil))
    monkeypatch.setenv("GIT_DIR", "/nonexistent")
    monkeypatch.setenv("GIT_INDEX_FILE", "/nonexistent")
    shutil.copy(settings, tmp_path / ".gitconfig")
    (repo / ".git/config").write_text((repo / ".git/config").read_text() + f"[core]\nfsmonitor = {evil}\n")
    (repo / "app.py").write_text("changed\n")
    out = run_git(["status", "--porcelain"], git_dir=repo / ".git", work_tree=repo)
    assert out == b" M app.py\n"
    with pytest.raises(GitFailed, match="transport 'file' not allowed"):
        run_git(["fetch", str(repo)], git_dir=repo / ".git")
    assert not mark.exists()
    with pytest.raises(SandboxError, match="did not end"):
        run_git(["cat-file", "--batch"], git_dir=repo / ".git", input=b"x" * 10, time_limit_s=0)
