"""What is not here is known before anything is made; where it is not certain, it may be here."""

import os
import shutil
import sys
from pathlib import Path

import pytest

from sandbox.dependencies import Dependency
from sandbox.programs import may_start

MODULE = ("python", "-m", "lint")


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation of Python at `usr`, and nothing else on PATH."""
    (tmp_path / "usr/bin").mkdir(parents=True)
    (tmp_path / "usr/lib/python3.12/site-packages").mkdir(parents=True)
    shutil.copy(os.path.realpath(sys.executable), tmp_path / "usr/bin/python3.12")
    (tmp_path / "usr/bin/python").symlink_to("python3.12")
    (tmp_path / "shop").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "usr/bin"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return tmp_path


def may(path: Path, *argv: str, lent: tuple[str, ...] = (), top: tuple[str, ...] = ()) -> bool:
    shop = path / "shop"
    dependencies = [Dependency(name=Path(name).name, source=shop / name, target=name) for name in lent]
    return may_start(argv, shop, dependencies, top)


def put(file: Path, text: str = "") -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def test_of_nothing_there_is_nothing(path: Path) -> None:
    assert not may(path, "lint")
    assert not may(path, "node_modules/.bin/lint")
    assert not may(path, *MODULE)
    put(path / "usr/lib/python3.12/site-packages/lint_extensions/__init__.py")
    assert not may(path, *MODULE)


def test_a_program_is_on_path_or_among_what_is_lent(path: Path) -> None:
    put(path / "shop/node_modules/.bin/lint")
    assert may(path, "node_modules/.bin/lint")
    assert not may(path, "lint")
    assert may(path, "lint", lent=("node_modules",))
    put(path / "usr/bin/lint")
    assert may(path, "lint")


def test_what_the_commit_has_itself_is_not_looked_into(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert may(path, "node_modules/.bin/lint", top=("node_modules",))
    assert may(path, *MODULE, top=("lint",))
    assert may(path, *MODULE, top=("lint.py",))
    monkeypatch.setenv("PATH", str(path / "shop/tools/bin"))
    assert may(path, "lint", top=("tools",))
    assert not may(path, "lint", top=("src",))


@pytest.mark.parametrize(
    "name", ["lint/__init__.py", "lint.py", "lint-1.2.dist-info/METADATA", "Lint.egg-link", "lint.cpython-312.so"]
)
def test_a_module_is_among_the_packages(path: Path, name: str) -> None:
    put(path / "usr/lib/python3.12/site-packages" / name)
    assert may(path, *MODULE)


def test_a_module_is_where_the_packages_lead_to(path: Path) -> None:
    packages = path / "usr/lib/python3.12/site-packages"
    put(packages / "own.pth", f"# own\nimport something\n{path / 'src'}\n")
    assert not may(path, *MODULE)
    put(path / "src/lint.py")
    assert may(path, *MODULE)
    (path / "src/lint.py").unlink()
    put(packages / "__editable___fork_1_finder.py", "MAPPING = {'lint': '/src/lint'}")
    assert may(path, *MODULE)


def test_a_virtual_environment_that_sees_the_rest(path: Path) -> None:
    put(path / "shop/.venv/pyvenv.cfg", f"home = {path / 'usr/bin'}\n")
    put(path / "shop/.venv/bin/activate")
    (path / "shop/.venv/bin/python").symlink_to(path / "usr/bin/python3.12")
    assert not may(path, *MODULE, lent=(".venv",))
    put(path / "shop/.venv/lib/python3.12/site-packages/lint.py")
    assert may(path, *MODULE, lent=(".venv",))


def test_a_script_may_start_any_interpreter(path: Path) -> None:
    (path / "usr/bin/python").unlink()
    put(path / "usr/bin/python", "#!/bin/sh\n")
    assert may(path, *MODULE)


def test_the_shims_of_pyenv_start_one_of_its_versions(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(path / "pyenv/shims/python", "#!/bin/sh\n")
    (path / "pyenv/versions/3.13.0/lib/python3.13/site-packages").mkdir(parents=True)
    monkeypatch.setenv("PATH", f"{path / 'pyenv/shims'}:{path / 'usr/bin'}")
    assert not may(path, *MODULE)
    put(path / "pyenv/versions/3.13.0/lib/python3.13/site-packages/lint.py")
    assert may(path, *MODULE)


def test_of_a_users_own_packages(path: Path) -> None:
    put(path / "home/.local/lib/python3.12/site-packages/lint.py")
    assert may(path, *MODULE)
