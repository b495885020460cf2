"""One repository with a finished proposal, made once; each test works on a copy of it and of its state."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from program import FIXING, TASK, TIER, Program, script, shop

MODEL = "scripted:.git/s.json"
"""By a relative name, so that tables look the same wherever the test runs."""
SETTLED = ("box.json", "workspace.json", "alternates")


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("prepared")
    home = {"HOME": str(root), "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    home |= {"XDG_STATE_HOME": str(root / "state"), "XDG_CACHE_HOME": str(root / "cache")}
    repo = shop(root / "shop")
    script(repo.path / ".git/s.json", FIXING)
    ran = Program(repo.path).run("run", TASK, "--model", MODEL, "--sandbox", TIER, env=home)
    assert ran.code == 0, ran.stderr
    return root


@pytest.fixture
def ready(prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    """The program on a copy. A copied repository gets a new id and leaves its boxes with the old one, on purpose;
    here the copy is made to be the original instead."""
    root = tmp_path / "copy"
    shutil.copytree(prepared, root, symlinks=True)
    settled = [path for name in SETTLED for path in (root / "state").rglob(name)]
    for path in [*settled, *(root / "shop/.git/swe-agent/trajectories").glob("*.jsonl")]:
        path.write_text(path.read_text().replace(str(prepared), str(root)))
    id_file, git_dir = root / "shop/.git/swe-agent/id", root / "shop/.git"
    there = git_dir.stat()
    bound = json.dumps([str(git_dir.resolve()), there.st_dev, there.st_ino])
    id_file.write_text(json.dumps({**json.loads(id_file.read_text()), "bound_to": bound}))
    monkeypatch.setenv("XDG_STATE_HOME", str(root / "state"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(root / "cache"))
    return Program(root / "shop")


@pytest.fixture
def fresh(tmp_path: Path) -> Program:
    """The program in a repository that it has not seen yet."""
    repo = shop(tmp_path / "shop")
    script(repo.path / ".git/s.json", FIXING)
    return Program(repo.path)


@pytest.fixture
def job(ready: Program) -> str:
    (log,) = (ready.cwd / ".git/swe-agent/trajectories").glob("*.jsonl")
    return log.stem
