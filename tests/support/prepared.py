"""What many tests begin with, made once: a repository and the program's state about it. Each test gets a copy."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from program import FIXING, TASK, TIER, Program, script, shop

from swe_agent.testing.repository import RepoBuilder

MODEL = "scripted:.git/s.json"
"""By a relative name, so that tables look the same wherever the test runs."""
_SETTLED = ("box.json", "workspace.json", "alternates")


class Prepared:
    """Made below `folder` by the first who asks. `make` gets the folder that is to be a repository, of this name."""

    def __init__(self, folder: Path, make: Callable[[Path], object], name: str = "shop") -> None:
        self._folder, self._name = folder, name
        if not folder.exists():
            folder.mkdir(parents=True)
            try:
                with _at_home(folder):
                    make(folder / name)
            except BaseException:
                shutil.rmtree(folder)  # nobody is to copy half of it
                raise

    def copy(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """The copied repository. One that is copied gets a new id and leaves its boxes with the old one, on purpose;
        here the copy is made to be the original instead."""
        shutil.copytree(self._folder, root, symlinks=True)
        ours = root / self._name / ".git/swe-agent"
        settled = [path for name in _SETTLED for path in (root / "state").rglob(name)]
        for path in [*settled, *(ours / "trajectories").glob("*.jsonl")]:
            path.write_text(path.read_text().replace(str(self._folder), str(root)))
        if (ours / "id").exists():
            there = (git_dir := root / self._name / ".git").stat()
            bound = json.dumps([str(git_dir.resolve()), there.st_dev, there.st_ino])
            (ours / "id").write_text(json.dumps({**json.loads((ours / "id").read_text()), "bound_to": bound}))
        RepoBuilder(root / self._name).git("update-index", "-q", "--refresh")  # copied files are new ones to git
        for name, value in _state(root).items():
            monkeypatch.setenv(name, value)
        return root / self._name


def _state(root: Path) -> dict[str, str]:
    return {"XDG_STATE_HOME": str(root / "state"), "XDG_CACHE_HOME": str(root / "cache")}


@contextmanager
def _at_home(root: Path) -> Iterator[None]:
    """As in a test, though it is made for all of a session."""
    sealed = {"HOME": str(root), "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (sealed | _state(root)).items():
            patch.setenv(name, value)
        yield


def proposed(path: Path) -> None:
    """The shop with a finished proposal of a model's."""
    repo = shop(path)
    script(repo.path / ".git/s.json", FIXING)
    ran = Program(repo.path).run("run", TASK, "--model", MODEL, "--sandbox", TIER)
    assert ran.code == 0, ran.stderr


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return Prepared(tmp_path_factory.getbasetemp() / "prepared", proposed)


@pytest.fixture
def ready(prepared: Prepared, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    """The program where a proposal waits."""
    return Program(prepared.copy(tmp_path / "copy", monkeypatch))


@pytest.fixture
def job(ready: Program) -> str:
    (log,) = (ready.cwd / ".git/swe-agent/trajectories").glob("*.jsonl")
    return log.stem
