"""Repositories that are out of the ordinary: each works like any other, or is refused in words before anything is made.

The more common shapes (linked, shallow, sha256, submodules, alternates) are in `test_sandbox_box`.
"""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from sandbox_support import FILES, fingerprint, git, make_repo

from sandbox import Box, Policy, SandboxError, Workspace, find_dependencies

WHEN = 1_700_000_000
POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:" + "ab" * 32 + "\nsize 1234\n"


def served(root: Path) -> Path:
    repo = make_repo(root / "served", FILES)
    git(repo, "config", "uploadpack.allowFilter", "true")
    return repo


def partial(root: Path) -> Path:
    git(root, "clone", "-q", "--filter=blob:none", f"file://{served(root)}", str(root / "partial"))
    return root / "partial"


def sparse(root: Path) -> Path:
    repo = make_repo(root / "sparse", FILES)
    git(repo, "sparse-checkout", "set", "--cone", "--sparse-index", "pkg")
    assert not (repo / "data.bin").exists() or (repo / "app.py").exists()
    return repo


def worktree_config(root: Path) -> Path:
    repo = make_repo(root / "own config", FILES)
    git(repo, "config", "extensions.worktreeConfig", "true")
    git(repo, "config", "--worktree", "core.fsmonitor", "false")
    git(repo, "worktree", "add", "-q", "-b", "side", str(root / "side"))
    git(root / "side", "config", "--worktree", "core.autocrlf", "true")
    return root / "side"


def lfs(root: Path) -> Path:
    repo = make_repo(root / "lfs", FILES | {"big.psd": POINTER, ".gitattributes": "*.psd filter=lfs diff=lfs -text\n"})
    git(repo, "config", "filter.lfs.smudge", "touch /tmp/never; cat")
    git(repo, "config", "filter.lfs.required", "true")
    return repo


def collisions(root: Path) -> Path:
    more: dict[str, str | bytes] = {"App.py": "other\n", "PKG/mod.py": "x\n", "na\u0308me": "1", "n\u00e4me": "2"}
    return make_repo(root / "case", FILES | more)


ODD = ["new\nline", "-dash", "--exec=x", "tab\t", " blanks ", "trailing. ", "\udcff\udcfe", "*", "[a]", ":(top)x",
       "$(x)`y`", "a\\b", 'quo"te', "n" * 255, "/".join(["deep" * 20] * 12), "\u202ertl", "#hash", "!bang"]  # fmt: skip


def odd_names(root: Path) -> Path:
    return make_repo(root / "odd", FILES | {name: f"{number}\n" for number, name in enumerate(ODD)})


def odd_places(root: Path) -> Path:
    return make_repo(root / "-q $(x) 'é\udcff\" #" / " p\trailing ", FILES)


def replaced(root: Path) -> Path:
    repo = make_repo(root / "replaced", FILES)
    real, fake = git(repo, "hash-object", "app.py"), git(repo, "hash-object", "-w", "--stdin", input=b"replaced\n")
    git(repo, "replace", real, fake)
    return repo


def grafted(root: Path) -> Path:
    repo = make_repo(root / "grafted", FILES)
    git(repo, "commit", "-q", "--allow-empty", "-m", "second")
    (repo / ".git/info/grafts").write_text(git(repo, "rev-parse", "HEAD") + "\n")
    return repo


def own_worktree(root: Path) -> Path:
    repo = make_repo(root / "said", FILES)
    git(repo, "config", "core.worktree", str(repo))
    return repo


def git_link(root: Path) -> Path:
    repo = make_repo(root / "linked git", FILES)
    shutil.move(repo / ".git", root / "elsewhere.git")
    (repo / ".git").symlink_to(root / "elsewhere.git")
    return repo


def lost_alternate(root: Path) -> Path:
    repo = make_repo(root / "lost", FILES)
    (repo / ".git/objects/info/alternates").write_text(f"# gone\n{root}/nowhere\n\n")
    return repo


def own_hooks(root: Path) -> Path:
    repo = make_repo(root / "hooks", FILES)
    mark = root / "ran"
    for name in ("post-checkout", "reference-transaction", "post-index-change", "pre-commit", "fsmonitor"):
        hook = repo / ".git/hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\ntouch '{mark}'\n")
        hook.chmod(0o755)
    git(repo, "config", "core.fsmonitor", str(repo / ".git/hooks/fsmonitor"))
    mark.unlink(missing_ok=True)
    return repo


def detached_with_packed_refs(root: Path) -> Path:
    repo = make_repo(root / "packed", FILES)
    for number in range(50):
        git(repo, "branch", f"b/{number}")
    git(repo, "tag", "-a", "v1", "-m", "annotated")
    git(repo, "pack-refs", "--all")
    git(repo, "checkout", "-q", "--detach")
    return repo


WORKING: list[Callable[[Path], Path]] = [
    partial, sparse, worktree_config, lfs, collisions, odd_names, odd_places, replaced, grafted, own_worktree, git_link,
    lost_alternate, own_hooks, detached_with_packed_refs,
]  # fmt: skip


@pytest.mark.namespaces
@pytest.mark.parametrize("build", WORKING, ids=lambda build: build.__name__)
def test_an_odd_repository_works_like_any_other(build: Callable[[Path], Path], tmp_path: Path) -> None:
    repo = build(tmp_path)
    (tmp_path / "ran").unlink(missing_ok=True)
    head = git(repo, "rev-parse", "HEAD")
    common = Path(git(repo, "rev-parse", "--path-format=absolute", "--git-common-dir"))
    listed = git(repo, "--no-replace-objects", "ls-tree", "-r", "-z", "HEAD").split("\0")[:-1]
    before = fingerprint(common) | fingerprint(repo)
    assert find_dependencies(repo) == ()
    box = Box.create(repo, tmp_path / "box")
    space = Workspace.create(box, head, checkout=repo)
    for line in listed:  # the bytes on disk are those of the objects: no filter, no line ending, nothing left out
        meta, _, name = line.partition("\t")
        assert git(repo, "hash-object", "--no-filters", "--stdin", input=space.read(name)) == meta.split(" ")[2]
    script = (
        "git status --porcelain && git log --format=%s -1 && echo more >> new.txt && git add -A && git commit -qm in"
    )
    result = space.run(Policy(), ["/bin/sh", "-c", script])
    subject = git(repo, "log", "--format=%s", "-1")
    assert (result.stdout.decode(), result.stderr, result.status) == (f"{subject}\n", b"", 0)
    out = space.extract()
    assert [(c.path, c.status) for c in box.diff(head, out.tree)] == [("new.txt", "A")]
    assert (out.hazards, out.left_out) == ((), ())
    made = space.deliver(out.tree, parent=head, message="m", into=common, when=WHEN)
    assert git(repo, "show", "--format=", "--name-status", made) == "A\tnew.txt"
    space.reset(head)
    space.destroy()
    assert not (tmp_path / "ran").exists()
    after = fingerprint(common) | fingerprint(repo)
    assert {k: v for k, v in after.items() if k in before} == before
    assert all("objects/" in name for name in set(after) - set(before))


def lacking_files(root: Path) -> Path:
    git(root, "clone", "-q", "--filter=blob:none", "--no-checkout", f"file://{served(root)}", str(root / "lacking"))
    return root / "lacking"


def lacking_directories(root: Path) -> Path:
    git(root, "clone", "-q", "--filter=tree:0", "--no-checkout", f"file://{served(root)}", str(root / "lacking"))
    return root / "lacking"


def reftable(root: Path) -> Path:
    repo = make_repo(root / "reftable", FILES)
    git(repo, "config", "core.repositoryFormatVersion", "1")
    with (repo / ".git/config").open("a") as file:
        file.write("[extensions]\n\trefStorage = reftable\n\tfromTheFuture = yes\n")
    return repo


def newer_format(root: Path) -> Path:
    repo = make_repo(root / "newer", FILES)
    git(repo, "config", "core.repositoryFormatVersion", "99")
    return repo


def bare(root: Path) -> Path:
    git(root, "clone", "-q", "--bare", str(make_repo(root / "plain", FILES)), str(root / "bare.git"))
    return root / "bare.git"


def foreign_worktree(root: Path) -> Path:
    repo = make_repo(root / "said", FILES)
    (root / "precious").mkdir()
    git(repo, "config", "core.worktree", str(root / "precious"))
    return repo


def line_break(root: Path) -> Path:
    return make_repo(root / "line\nbreak", FILES)


def broken_link(root: Path) -> Path:
    repo = make_repo(root / "broken", FILES)
    shutil.rmtree(repo / ".git")
    (repo / ".git").write_text("gitdir: /nonexistent/place\n")
    return repo


REFUSED: list[tuple[Callable[[Path], Path], str]] = [
    (lacking_files, "lacks 5 of the files"),
    (lacking_directories, "lacks directories"),
    (reftable, "cannot read the repository.*extension"),
    (newer_format, "cannot read the repository.*version"),
    (bare, "is a bare repository"),
    (foreign_worktree, "says that its files lie in"),
    (line_break, "line break"),
    (broken_link, "not a git work tree"),
]


@pytest.mark.parametrize(("build", "words"), REFUSED, ids=lambda value: getattr(value, "__name__", ""))
def test_what_cannot_work_is_refused_in_words_before_anything_is_made(
    build: Callable[[Path], Path], words: str, tmp_path: Path
) -> None:
    repo = build(tmp_path)
    before = fingerprint(repo)
    with pytest.raises(SandboxError, match=words) as caught:
        Workspace.create(
            Box.create(repo, tmp_path / "box"), "HEAD" if "lack" not in words else head(repo), checkout=repo
        )
    assert caught.value.hint or "line break" in words
    assert not (tmp_path / "box/tree").exists()
    assert fingerprint(repo) == before


def head(repo: Path) -> str:
    return git(repo, "rev-parse", "HEAD")


def test_variables_of_git_lead_nowhere(repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = make_repo(tmp_path / "other", {"theirs": "x\n"})
    for name, value in {
        "GIT_DIR": other / ".git",
        "GIT_WORK_TREE": other,
        "GIT_COMMON_DIR": other / ".git",
        "GIT_OBJECT_DIRECTORY": other / ".git/objects",
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": other / ".git/objects",
        "GIT_CEILING_DIRECTORIES": repo.parent,
        "GIT_NAMESPACE": "x",
        "GIT_LITERAL_PATHSPECS": "0",
        "GIT_TEMPLATE_DIR": other,
        "GIT_DEFAULT_HASH": "sha256",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "core.bare",
        "GIT_CONFIG_VALUE_0": "true",
        "GIT_CONFIG_PARAMETERS": "'core.worktree'='/'",
        "GIT_QUARANTINE_PATH": "x",
        "GIT_SHALLOW_FILE": "/nonexistent",
        "GIT_EXEC_PATH": tmp_path,
    }.items():
        monkeypatch.setenv(name, str(value))
    box = Box.create(repo, tmp_path / "box")
    space = Workspace.create(box, head(repo), checkout=repo)
    assert (box.checkout, space.list()) == (repo, tuple(sorted(FILES)))
    space.write("app.py", b"2\n")
    assert [change.path for change in box.diff(space.commit, space.extract().tree)] == ["app.py"]
    space.destroy()
