"""`.worktreeinclude`: what it brings into a workspace, what stays out, and that nothing of it comes out again."""

import os
from pathlib import Path

import pytest
from sandbox_support import FILES, fingerprint, git, make_repo

from sandbox import Box, Workspace
from sandbox.include import FILE_BYTES, Included, LeftOut, looks_secret

IGNORE = "*.log\n*.local\n/data/\n.env*\n*.pem\n*.json\n/links/\n/huge\n/venv/\n"
PATTERNS = "*.local\n/data/*\n!/data/private/\n.env*\n*.pem\n*.json\n/links/*\nhuge\napp.py\nunignored.txt\n/venv/\n"


@pytest.fixture
def included(tmp_path: Path) -> Path:
    repo = make_repo(tmp_path / "user" / "repo", FILES | {".gitignore": IGNORE, ".worktreeinclude": PATTERNS})
    for name, content in {
        "settings.local": "here\n",
        "pkg/deep.local": "there\n",
        "data/set.csv": "1,2\n",
        "data/private/set.csv": "no\n",
        "x.log": "not named\n",
        "unignored.txt": "not ignored\n",
        ".env": "KEY=1\n",
        ".env.test": "KEY=2\n",
        "certs/a.pem": "x\n",
        "account.json": '{"type": "service_account"}\n',
        "plain.json": "{}\n",
        "venv/x.py": "x\n",
    }.items():
        (repo / name).parent.mkdir(parents=True, exist_ok=True)
        (repo / name).write_text(content)
    (repo / "settings.local").chmod(0o4755)
    (repo / "app.py").write_text("dirty\n")
    (repo / "huge").write_bytes(bytes(FILE_BYTES + 1))
    (repo / "links").mkdir()
    (repo / "links/out").symlink_to("/etc/passwd")
    (repo / "links/in").symlink_to("../settings.local")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/x.local").write_text("outside\n")
    os.mkfifo(repo / "links/pipe")
    return repo


def create(repo: Path, at: Path, include: tuple[str, ...] | None) -> Workspace:
    return Workspace.create(Box.create(repo, at), git(repo, "rev-parse", "HEAD"), checkout=repo, include=include)


SECRET = "looks like a secret"


def test_named_files_are_copied_and_secrets_and_links_are_left_out_and_named(included: Path, tmp_path: Path) -> None:
    before = fingerprint(included / "data") | fingerprint(included / ".git")
    space = create(included, tmp_path / "box", (".env.test",))
    assert space.included == Included(
        copied=(".env.test", "data/set.csv", "pkg/deep.local", "plain.json", "settings.local", "venv/x.py"),
        left_out=(
            LeftOut(path=".env", reason=SECRET),
            LeftOut(path="account.json", reason="holds a private key"),
            LeftOut(path="certs/a.pem", reason=SECRET),
            LeftOut(path="huge", reason=f"is larger than {FILE_BYTES} bytes"),
            LeftOut(path="links/in", reason="is a link, or lies behind one"),
            LeftOut(path="links/out", reason="is a link, or lies behind one"),
        ),
    )
    assert space.list() == tuple(sorted([*FILES, ".worktreeinclude", *space.included.copied]))
    assert space.read("settings.local") == b"here\n"
    assert (space.tree / "settings.local").stat().st_mode & 0o7777 == 0o755
    assert space.read("app.py") == b"value = 1\n"
    assert fingerprint(included / "data") | fingerprint(included / ".git") == before
    space.close()


def test_nothing_of_it_comes_out_or_is_lost(included: Path, tmp_path: Path) -> None:
    (included / ".git/info/exclude").write_text("*.later\n")  # ignored by the user alone, so not by the commit
    (included / "a.later").write_text("x")
    (included / ".worktreeinclude").write_text(f"{PATTERNS}*.later\n")
    git(included, "commit", "-qam", "more")
    (included / ".git/info/exclude").write_text("")
    git(included, "config", "core.excludesFile", "/nonexistent")
    (included / ".git/info/exclude").write_text("*.later\n")
    space = create(included, tmp_path / "box", ())
    (space.box.root / "excludes").write_bytes(b"")  # even where no rule says that they are to be ignored
    for name in space.included.copied:
        space.write(name, b"changed by the agent\n")
    (space.tree / "settings.local").unlink()
    (space.tree / "settings.local").mkdir()
    (space.tree / "settings.local/inside").write_text("x")
    base = space.box.tree_of(space.commit)
    assert "a.later" in space.included.copied
    assert space.extract().tree == base
    assert space.extract().left_out == ()
    space.reset(base)
    assert space.read("data/set.csv") == b"changed by the agent\n"
    told = space.included
    space.close()
    again = Workspace.open(space.box.root)
    assert again.included == told
    assert again.extract().tree == base
    again.destroy()


def test_it_is_the_commits_file_that_counts_and_only_where_it_is_asked_for(included: Path, tmp_path: Path) -> None:
    (included / ".worktreeinclude").write_text("*.log\n")
    space = create(included, tmp_path / "one", ())
    assert "x.log" not in space.included.copied
    space.close()
    space = create(included, tmp_path / "two", None)
    assert space.included == Included()
    assert space.list() == tuple(sorted([*FILES, ".worktreeinclude"]))
    space.close()


def test_a_link_above_a_file_leads_nowhere(included: Path, tmp_path: Path) -> None:
    (included / "data").rename(included / "elsewhere")
    (included / "data").symlink_to(tmp_path / "outside")
    (included / ".gitignore").write_text(IGNORE + "/data\n")
    space = create(included, tmp_path / "box", ())
    assert not any(name.startswith("data") for name in space.included.copied)
    assert not os.path.lexists(space.tree / "data")
    space.close()


@pytest.mark.parametrize(
    ("path", "secret"),
    [
        (".env", True), (".ENV.production", True), ("x/prod.env", True), ("a/Server.KEY", True), ("id_ed25519", True),
        ("my-credentials.txt", True), ("client_secret.json", True), (".npmrc", True), ("sub/.pypirc", True),
        (".netrc", True), ("gcp-service-account-1.json", True), ("k.p12", True), ("secrets/x.txt", True),
        (".ssh/known_hosts", True), ("settings.json", False), ("keyboard.py", False), ("environment.yml", False),
        ("data/identity.csv", False), ("tests/fixtures/a.bin", False),
    ],
)  # fmt: skip
def test_names_that_look_like_secrets(path: str, secret: bool) -> None:
    assert looks_secret(path) is secret
