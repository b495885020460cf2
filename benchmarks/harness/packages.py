"""Small pure-Python packages with tests of their own, each unpacked in a folder of a directory, and how to get some.

What is fetched are source releases of a fixed list; their tests need pytest and nothing else.
"""

from __future__ import annotations

import shutil
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.harness.releases import Pair
from benchmarks.harness.releases import fetch as releases
from swe_agent.syntax.language import is_test_file
from swe_agent.testing.repository import ALONE

PACKAGES = {
    "aniso8601": "10.0.1",
    "cachetools": "5.5.2",
    "h11": "0.16.0",
    "inflection": "0.5.1",
    "isodate": "0.7.2",
    "mistune": "3.1.3",
    "munch": "4.0.0",
    "parse": "1.20.2",
    "pyflakes": "3.2.0",
    "semver": "3.0.4",
    "sqlparse": "0.5.3",
    "tabulate": "0.9.0",
    "toolz": "1.0.0",
    "uritemplate": "4.1.1",
    "wcwidth": "0.2.13",
    "webcolors": "24.11.1",
    "xmltodict": "0.14.2",
}
SETTINGS = f"[pytest]\npythonpath = . src\n{ALONE.replace(chr(34), '')}"
"""Instead of the package's own: plain pytest, without plug-ins of ours, on the sources as they lie there."""
_NOT_OURS = frozenset(("__pycache__", ".pytest_cache", ".tox", ".venv", "build", "dist"))
_NOT_TESTED = frozenset(("docs", "doc", "examples", "benchmarks", "scripts", "tools", "fuzz"))


@dataclass(frozen=True, kw_only=True)
class Package:
    """Not slotted: what is found in the folder is kept."""

    name: str
    folder: Path

    @cached_property
    def files(self) -> dict[str, bytes]:
        """By path: everything that a repository of the package holds, pytest's settings included."""
        found = {path: (self.folder / path).read_bytes() for path in _paths(self.folder)}
        return {**found, "pytest.ini": SETTINGS.encode()}

    @cached_property
    def tests(self) -> tuple[str, ...]:
        """What pytest is told to run: the outermost folders of tests, and files of tests at the top."""
        found: list[str] = []
        for path in sorted(self.files, key=lambda path: (path.count("/"), path)):
            folder, _, name = path.rpartition("/")
            if not (name.startswith("test_") and name.endswith(".py")) or _NOT_TESTED.intersection(folder.split("/")):
                continue
            place = folder or path
            if not any(f"{place}/".startswith(f"{other}/") for other in found):
                found.append(place)
        return tuple(found)

    @cached_property
    def modules(self) -> tuple[str, ...]:
        """Paths of what the tests are about: modules of importable packages, and one at the top named as the whole."""
        own = {f"{self.name.replace('-', '_')}.py"}
        tops = {path.rsplit("/", 1)[0] for path in self.files if path.endswith("/__init__.py")}
        found = []
        for path in sorted(self.files):
            below = path.removeprefix("src/")
            top = path[: len(path) - len(below)] + below.split("/")[0]
            if not path.endswith(".py") or is_test_file(path) or _NOT_TESTED.intersection(below.split("/")):
                continue
            if (top in tops or below in own) and not path.endswith("/_version.py"):
                found.append(path)
        return tuple(found)


def packages(directory: Path) -> list[Package]:
    """Those that have both modules and tests, by name."""
    folders = [path for path in sorted(directory.iterdir()) if path.is_dir() and not path.name.startswith(".")]
    found = [Package(name=folder.name, folder=folder) for folder in folders]
    return [package for package in found if package.tests and package.modules]


def fetch(directory: Path) -> list[str]:
    """Fills a directory from the package index; the names that it holds afterwards."""
    directory.mkdir(parents=True, exist_ok=True)
    pairs = [
        Pair(registry="pypi", package=name, old=version, new=version)
        for name, version in PACKAGES.items()
        if not (directory / name).exists()
    ]
    with TemporaryDirectory(prefix=".fetched-", dir=directory) as scratch:
        for pair, archive, _ in releases(pairs, Path(scratch)):
            unpacked = Path(scratch) / pair.package
            with tarfile.open(archive, "r:gz") as tar:
                tar.extractall(unpacked, filter="data")
            (inner,) = unpacked.iterdir()
            shutil.move(inner, directory / pair.package)
            print(f"{pair.package} {pair.new}", file=sys.stderr, flush=True)
    return [name for name in PACKAGES if (directory / name).is_dir()]


def _paths(folder: Path) -> Iterator[str]:
    for path in sorted(folder.rglob("*")):
        below = path.relative_to(folder)
        # What git is told to ignore may be what the tests need: releases hold files that were made for them.
        is_gits = any(part.startswith(".git") for part in below.parts)
        if path.is_file() and not path.is_symlink() and not is_gits and not _NOT_OURS.intersection(below.parts):
            yield below.as_posix()
