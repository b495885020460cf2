"""Interpreters of this machine, and which of them suits a tree of some date."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

Version = tuple[int, int]
RELEASED = {
    (3, 6): date(2016, 12, 23),
    (3, 7): date(2018, 6, 27),
    (3, 8): date(2019, 10, 14),
    (3, 9): date(2020, 10, 5),
    (3, 10): date(2021, 10, 4),
    (3, 11): date(2022, 10, 24),
    (3, 12): date(2023, 10, 2),
    (3, 13): date(2024, 10, 7),
    (3, 14): date(2025, 10, 7),
}
IN_USE_AFTER = timedelta(days=540)
"""So long after its release an interpreter is what most people have, and libraries have been mended for it."""
SETTLED_AFTER = timedelta(days=365)
"""So long after it there are packages that work with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Python:
    version: Version
    path: Path

    @property
    def name(self) -> str:
        return "{}.{}".format(*self.version)

    @property
    def packages_from(self) -> date:
        """Packages of an earlier day may not know this interpreter."""
        return RELEASED.get(self.version, date(2026, 1, 1)) + SETTLED_AFTER


@cache
def installed() -> tuple[Python, ...]:
    """The first of each version, oldest first: on PATH, and beside the shims of a version manager that lie there."""
    found: dict[Version, Python] = {}
    for entry in os.get_exec_path():
        folder = Path(entry)
        places = [folder, *sorted(folder.parent.glob("versions/*/bin"), reverse=True)]
        for place in places:
            for path in sorted(place.glob("python3.*")):
                named = re.fullmatch(r"python3\.(\d+)", path.name)
                if named and (3, int(named[1])) not in found and _runs(path, minor := int(named[1])):
                    found[3, minor] = Python(version=(3, minor), path=Path(os.path.realpath(path)))
    return tuple(found[version] for version in sorted(found))


def _runs(path: Path, minor: int) -> bool:
    """Shims of versions that are not active do not run; real ones say where they are, and can make environments."""
    program = "import sys, venv, ssl, sqlite3; print(sys.version_info[1], sys.prefix == sys.base_prefix)"
    try:
        said = subprocess.run([path, "-c", program], stdin=-3, stdout=-1, stderr=-3, timeout=20).stdout
    except (OSError, subprocess.SubprocessError):
        return False
    return said.split() == [str(minor).encode(), b"True"] and not _is_shim(path)


def _is_shim(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == b"#!"


def candidates(day: date, allowed: Sequence[Version] = (), specifier: str = "") -> list[Python]:
    """The best first: the newest that was in general use by then, if possible one that the tree names; then what is
    near to what was in general use, newer ones before older ones.

    `allowed` are versions that the tree's classifiers name, `specifier` its `requires-python`.
    """
    there = [python for python in installed() if admits(specifier, python.version)] or list(installed())
    in_use = [python for python in there if _age(python, day) >= IN_USE_AFTER] or there[:1]
    first = next((python for python in reversed(in_use) if python.version in allowed), in_use[-1])
    usual = in_use[-1].version[1]
    rest = sorted(there, key=lambda python: (abs(python.version[1] - usual), -python.version[1]))
    return [first, *(python for python in rest if python is not first)]


def _age(python: Python, day: date) -> timedelta:
    return day - RELEASED.get(python.version, date(2026, 1, 1))


def admits(specifier: str, version: Version) -> bool:
    """Whether `requires-python` admits a minor version. What cannot be read admits all.

    >>> admits(">=3.7, <3.12", (3, 11)), admits(">=3.9", (3, 8)), admits("!=3.0.*,>=2.7", (3, 6))
    (True, False, True)
    """
    for part in specifier.split(","):
        found = re.fullmatch(r"\s*(>=|<=|<|>|==|~=|!=)\s*(\d+)(?:\.(\d+))?(\.\d+|\.\*)*\s*", part)
        if not found:
            continue
        operator, major, minor = found[1], int(found[2]), int(found[3] or 0)
        other = (major, minor)
        exact = bool(found[3])
        fits = {
            ">=": version >= other,
            "<=": version <= other if exact else version[0] <= major,
            "<": version < other,
            ">": version > other if exact else version[0] > major,
            "~=": version >= other and version[0] == major,
            "==": version == other if exact else version[0] == major,
            "!=": version != other or not exact,
        }[operator]
        if not fits:
            return False
    return True
