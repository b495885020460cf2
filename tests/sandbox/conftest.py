"""Fixtures: a home with a secret in it, repositories, boxes and workspaces."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sandbox_support import FILES, Maker, git, make_repo

from sandbox import Box, Dependency, Policy, Workspace


@pytest.fixture(autouse=True)
def sealed(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """As for all tests, but with the home elsewhere than in `tmp_path`: tests here look at all that lies in it."""
    home = tmp_path_factory.mktemp("home of a tester")
    (home / ".ssh").mkdir()
    (home / ".ssh/id_ed25519").write_text("secret")
    monkeypatch.setenv("HOME", str(home))


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    # A space and letters beyond ASCII everywhere: nothing may ever depend on plain paths.
    return make_repo(tmp_path / "user code é" / "proj ект", FILES)


@pytest.fixture
def box(repo: Path, tmp_path: Path) -> Box:
    return Box.create(repo, tmp_path / "state ü" / "box 1")


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Maker]:
    """Make a workspace of HEAD of a repository."""
    made: list[Workspace] = []

    def create(repo: Path, dependencies: tuple[Dependency, ...] = (), commit: str = "HEAD") -> Workspace:
        box = Box.create(repo, tmp_path / "state ü" / f"box {len(made)} für")
        made.append(Workspace.create(box, git(repo, "rev-parse", commit), checkout=repo, dependencies=dependencies))
        return made[-1]

    yield create
    for space in made:
        space.close()


@pytest.fixture
def space(make: Maker, repo: Path) -> Workspace:
    return make(repo)


@pytest.fixture
def policy() -> Policy:
    return Policy()
