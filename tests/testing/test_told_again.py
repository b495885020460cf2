"""What pytest has said of the very same files is told again; of all others pytest is asked itself."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from plain_python import FULL
from program import MENDED, SHOP, UNSEEN, shop
from told_again import HERE, answer, files

from sandbox.environment import QUIET
from swe_agent.verify.run import PYTEST_ADDOPTS

COMMAND = ["python", "-m", "pytest"]
ENV = {**QUIET, "PYTEST_ADDOPTS": PYTEST_ADDOPTS}


def known(folder: Path) -> tuple[int, bytes] | None:
    told = {(PYTEST_ADDOPTS,): [({"a.py": b"a\n", "b/c.py": b""}, 1, b"in " + HERE + b"\n")]}
    return answer(COMMAND, ENV, str(folder), told)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    for name, content in {"a.py": b"a\n", "b/c.py": b"", ".git/config": b"x", "b/__pycache__/c.pyc": b"x"}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def test_the_same_files_have_the_same_answer(project: Path) -> None:
    assert known(project) == (1, f"in {project}\n".encode())


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: (folder / "a.py").write_text("b\n"),
        lambda folder: (folder / "a.py").unlink(),
        lambda folder: (folder / "conftest.py").touch(),
        lambda folder: (folder / ".hidden").touch(),
        lambda folder: (folder / "b/c.py").rename(folder / "b/d.py"),
        lambda folder: (folder / "link").symlink_to("b"),
        lambda folder: (folder / "link.py").symlink_to("a.py"),
    ],
)
def test_other_files_have_none(project: Path, change: Callable[[Path], object]) -> None:
    change(project)
    assert known(project) is None


@pytest.mark.parametrize(
    ("command", "env"),
    [
        ([*COMMAND, "-q"], ENV),
        (["python", "-m", "unittest"], ENV),
        (["python", "-X", "dev", "-m", "pytest"], ENV),
        (COMMAND, {**ENV, "PYTEST_ADDOPTS": ""}),
        (COMMAND, {**ENV, "PYTHONPATH": "."}),
        (COMMAND, {**ENV, "PYTEST_PLUGINS": "x"}),
    ],
)
def test_another_question_has_none(project: Path, command: list[str], env: dict[str, str]) -> None:
    found = files(str(project))
    assert found is not None
    assert answer(command, env, str(project), {(PYTEST_ADDOPTS,): [(found, 0, b"")]}) is None


def test_many_files_are_not_read(tmp_path: Path) -> None:
    for number in range(20):
        (tmp_path / f"{number}.py").touch()
    assert files(str(tmp_path)) is None


@pytest.mark.parametrize("project", [SHOP, MENDED, UNSEEN])
@pytest.mark.skipif(FULL, reason="pytest is asked each time")
def test_it_is_what_pytest_says(project: dict[str, str], tmp_path: Path) -> None:
    path = shop(tmp_path / "shop").write(project).path

    def said(**more: str) -> tuple[int, str]:
        done = subprocess.run(
            [shutil.which("python") or "", "-m", "pytest"],
            cwd=path,
            env={**ENV, "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", **more},
            stdout=subprocess.PIPE,
            check=False,
        )
        return done.returncode, re.sub(r" in [\d.]+s =", " =", done.stdout.decode())

    told, asked = said(), said(PYTHONUNBUFFERED="1")
    assert told == asked
    assert f"rootdir: {path}\n" in told[1]
