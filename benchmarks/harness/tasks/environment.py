"""Environments as of a day: a virtual environment with what a tree and its tests need, kept in a cache, copied beside
trees. Built from what the tree says of itself and from what errors say is lacking; no project has rules of its own."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from fcntl import LOCK_EX, flock
from pathlib import Path

from benchmarks.harness.tasks import metadata, wheel
from benchmarks.harness.tasks.installing import distribution, each, install, pip, uv
from benchmarks.harness.tasks.material import Material
from benchmarks.harness.tasks.pythons import Python

RECIPE = 5
"""Of another recipe, what lies in a cache is not used."""
NAME = ".venv"
"""Of the environment beside a tree: what agents and people call one."""
_NOT_NEEDED = frozenset(
    [
        "ruff",
        "pre-commit",
        "twine",
        "tox",
        "nox",
        "build",
        "furo",
        "flit",
        "mypy",
        "black",
        "flake8",
        "isort",
        "sphinx-rtd-theme",
    ]
)
"""Tools of a developer's that no test imports, where the tests have no list of their own."""
_TAG = re.compile(r"^tag_(build|date|svn_revision)\s*=.*\n", re.MULTILINE)
_VERSION_VARIABLES = (
    "SETUPTOOLS_SCM_PRETEND_VERSION",
    "PBR_VERSION",
    "PDM_BUILD_SCM_VERSION",
    "POETRY_DYNAMIC_VERSIONING_BYPASS",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """`folder` holds `venv`, `made` (what the build put into the tree) and `built.json` (this, without the folder)."""

    folder: Path
    python: str
    until: str
    roots: tuple[str, ...]
    name: str = ""
    added: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def venv(self) -> Path:
        return self.folder / "venv"

    def beside(self, tree: Path) -> None:
        """Lay into a tree what the build made of it, and the environment as `.venv`."""
        if (self.folder / "made").exists():
            shutil.copytree(self.folder / "made", tree, dirs_exist_ok=True)
        subprocess.run(["cp", "-a", "--reflink=auto", str(self.venv), str(tree / NAME)], check=True)


def build(material: Material, python: Python, cache: Path) -> Environment:
    """From the cache, or made. Raises DoesNotBuild."""
    task = material.task
    day = date.fromisoformat(task.date) if task.date else date.today()
    until = max(day + timedelta(days=1), python.packages_from)
    with tempfile.TemporaryDirectory(prefix="tree-") as scratch:
        tree = Path(scratch) / "tree"
        tree.mkdir()
        material.lay(tree)
        stated = metadata.read(tree)
        key = hashlib.sha256(
            json.dumps(
                [RECIPE, task.repository, task.base, stated.text, python.name, str(until), task.requirements]
            ).encode()
        ).hexdigest()[:20]
        folder = cache / "environments" / key
        folder.mkdir(parents=True, exist_ok=True)
        with _locked(folder):
            if found := _kept(folder):
                return found
            for name in ("venv", "made"):
                shutil.rmtree(folder / name, ignore_errors=True)
            return _save(_made(folder, tree, stated, material, python, until))


def add(environment: Environment, wanted: Sequence[str]) -> Environment:
    """The same with more in it; what cannot be had is noted."""
    with _locked(environment.folder):
        now = _kept(environment.folder) or environment
        fresh = [one for one in wanted if one not in now.added]
        notes = each(now.venv, date.fromisoformat(now.until), fresh)
        return _save(dataclasses.replace(now, added=(*now.added, *fresh), notes=(*now.notes, *notes)))


def _kept(folder: Path) -> Environment | None:
    try:
        found = json.loads((folder / "built.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    lists = {name: tuple(found.pop(name)) for name in ("roots", "added", "notes")}
    return Environment(folder=folder, **found, **lists)


def _save(environment: Environment) -> Environment:
    values = {key: value for key, value in dataclasses.asdict(environment).items() if key != "folder"}
    (environment.folder / "built.json").write_text(json.dumps(values, indent=1), encoding="utf-8")
    return environment


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    with (folder / "lock").open("w") as file:
        flock(file, LOCK_EX)
        yield


def _made(
    folder: Path, tree: Path, stated: metadata.Metadata, material: Material, python: Python, until: date
) -> Environment:
    venv = folder / "venv"
    files = frozenset(path.relative_to(tree).as_posix() for path in tree.rglob("*") if not path.is_dir())
    uv("venv", "--quiet", "--relocatable", "--python", str(python.path), str(venv))
    notes = _install_project(venv, tree, material.version, until)
    project = wheel.reduce(venv, tree, files, folder / "made")
    roots = project.roots if project else ("", *(("src",) if (tree / "src").is_dir() else ()))
    groups: list[Sequence[str]] = [material.task.requirements, *_needed(stated.groups)]
    groups = [project.required, project.testing, *groups] if project else [stated.runtime, *groups]
    own_pytest = project is not None and project.name.lower() == "pytest"
    lists = [_unless_own(group, project) for group in groups] + ([] if own_pytest else [["pytest"]])
    notes += install(venv, until, lists)
    wheel.point_beside(venv, roots)
    return Environment(
        folder=folder, python=python.name, until=str(until), roots=roots, name=project.name if project else "",
        notes=tuple(notes),
    )  # fmt: skip


def _needed(groups: Iterable[Sequence[str]]) -> Iterator[list[str]]:
    for group in groups:
        yield [line for line in group if distribution(line) not in _NOT_NEEDED]


def _unless_own(lines: Iterable[str], project: wheel.Project | None) -> list[str]:
    own = distribution(project.name) if project else ""
    return [line for line in lines if distribution(line) != own]


def _install_project(venv: Path, tree: Path, version: str, until: date) -> list[str]:
    """Its wheel without its requirements. Tried as of the day, then with build tools that other words of the error ask
    for; where nothing helps the tree is used as it is, without metadata."""
    variables = {name: version for name in _VERSION_VARIABLES}
    _without_tags(tree / "setup.cfg")
    tried: list[str] = []
    ways: list[tuple[str, ...]] = [(), ("setuptools<58",), ("setuptools<81",), ("setuptools<81", "cython<3", "numpy<2")]
    for way in ways:
        said = pip(venv, until, ["--no-deps", str(tree)], constraints=way, variables=variables)
        if not said:
            return []
        tried.append(f"{' '.join(way) or 'as of the day'}: {said}")
        if way == () and not re.search(r"use_2to3|pkg_resources|setuptools|[Cc]ython|numpy|egg_info|setup\.py", said):
            break
    return [f"the project was not built: {tried[0][-300:]}"]


def _without_tags(path: Path) -> None:
    """Setuptools of some years makes versions that are none out of `tag_build = .dev` and a date."""
    if path.exists():
        text = path.read_text(encoding="utf-8", errors="surrogateescape")
        path.write_text(_TAG.sub("", text), encoding="utf-8", errors="surrogateescape")
