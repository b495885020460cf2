"""A project's own wheel, reduced to what its tree does not hold: metadata, entry points and programs stay installed.

The code itself is then found in the tree beside the environment, wherever that has been copied to, so that a test sees
the edits that were made there. What a build has generated (a version file, an extension) is laid into the tree.
"""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from email.parser import HeaderParser
from pathlib import Path, PurePosixPath

from benchmarks.harness.tasks.metadata import TESTING

PATH_FILE = "_tree_beside.pth"
_PATH_LINE = "import os, sys; sys.path[len(sys.path) - 1:len(sys.path) - 1] = "
"""The last entry is the folder of the file that is being read. Written for Python 3.6 too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """`roots` are the folders of the tree that hold its packages; `required` is what it says it needs to run."""

    name: str
    roots: tuple[str, ...]
    required: tuple[str, ...]
    testing: tuple[str, ...]
    requires_python: str


def site_packages(environment: Path) -> Path:
    return next(environment.glob("lib/python3*/site-packages"))


def reduce(environment: Path, tree: Path, files: frozenset[str], made: Path) -> Project | None:
    """Take the code of the one installed project out of the environment; None where nothing is installed.

    `files` were in the tree before the build, which may have put more there.
    """
    site = site_packages(environment)
    stated = next((path for path in site.glob("*.dist-info") if (path / "direct_url.json").exists()), None)
    if stated is None:
        return None
    kept = f"{stated.name}/"
    with (stated / "RECORD").open(encoding="utf-8", newline="") as file:
        listed = [row[0] for row in csv.reader(file) if row]
    code = [path for path in listed if not path.startswith((kept, "..")) and (site / path).is_file()]
    where = {path: root for path in code for root in _roots(tree) if str(PurePosixPath(root, path)) in files}
    tops = {path.partition("/")[0]: root for path, root in where.items()}
    for path in code:
        root = tops.get(path.partition("/")[0])
        if path not in where and root is not None and not path.endswith(".pyc"):
            place = made / root / path
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(site / path, place)
        if root is not None:
            (site / path).unlink()
    for top in tops:
        if (site / top).is_dir():
            shutil.rmtree(site / top)
    return _stated(stated / "METADATA", tuple(dict.fromkeys(where.values())))


def _roots(tree: Path) -> Iterator[str]:
    yield from ("", "src", "lib")
    yield from sorted(path.name for path in tree.iterdir() if path.is_dir() and not path.name.startswith("."))


def _stated(path: Path, roots: tuple[str, ...]) -> Project:
    head = HeaderParser().parsestr(path.read_text(encoding="utf-8", errors="replace"))
    required, testing = [], []
    for line in head.get_all("Requires-Dist", []):
        extra = re.search(r"extra\s*==\s*['\"]([^'\"]+)['\"]", line)
        if extra is None:
            required.append(line)
        elif extra[1].lower() in TESTING:
            testing.append(_without_extra(line))
    return Project(
        name=head.get("Name", ""),
        roots=roots or ("",),
        required=tuple(required),
        testing=tuple(testing),
        requires_python=head.get("Requires-Python", ""),
    )


def _without_extra(line: str) -> str:
    """
    >>> _without_extra("mock; (python_version < '3.9') and extra == 'test'"), _without_extra('nose ; extra == "test"')
    ("mock; (python_version < '3.9')", 'nose')
    """
    bare = re.sub(r"\s*(and|or)\s*extra\s*==\s*['\"][^'\"]+['\"]|extra\s*==\s*['\"][^'\"]+['\"]\s*(and\s*)?", "", line)
    return re.sub(r"\s*;\s*$", "", bare)


def point_beside(environment: Path, roots: tuple[str, ...]) -> None:
    """Have the interpreter look into the tree in which the environment lies, before it looks at what is installed."""
    program = f"[os.path.normpath(os.path.join(os.path.dirname(sys.prefix), root)) for root in {roots!r}]"
    line = f"{_PATH_LINE}{program}\n"
    (site_packages(environment) / PATH_FILE).write_text(line, encoding="utf-8")
