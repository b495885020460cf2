"""Fixtures; and a skip, with the reason, where nothing can be launched."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sandbox_support import FILES, Maker, git, make_repo

from sandbox import Box, Dependency, Policy, Workspace
from sandbox.doctor import probe


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    marked = [item for item in items if item.get_closest_marker("namespaces")]
    if marked and not (report := probe()).namespaced:
        for item in marked:
            item.add_marker(pytest.mark.skip(reason=f"no namespaces: {report.reason}"))


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
