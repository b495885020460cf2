"""Managers of git's hooks from the registries, and the same check in the words of each.

The check is a script of the project: it leaves a line in the file that $MARK names, and refuses a commit that brings a
file called STOP. Packages are fetched once for all workers of a run; skipped and named where they cannot be had.
"""

from __future__ import annotations

import subprocess
import sys
import venv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import npm_packages
import pytest

EVENTS = ("pre-commit", "pre-push")
CODE = 7
"""What the check ends with where it refuses."""
CHECK = {
    "check.sh": f"""\
echo "$1" >> "$MARK"
[ "$1" = pre-commit ] && git diff --cached --name-only | grep -qx STOP && exit {CODE}
exit 0
"""
}
_PYTHON = ("pre-commit==4.7.0", "prek==0.5.11", "lefthook==2.2.2")
_NODE = "husky@9.1.7"
NAMES = ("pre-commit", "prek", "lefthook", "husky")


@dataclass(frozen=True, slots=True, kw_only=True)
class Manager:
    """`files` are those of the project that tell it what to run. `code` is what its script ends with where the check
    refuses. `keeps`: a script that it finds in its place it puts aside, and runs."""

    name: str
    on: Sequence[str]
    off: Sequence[str]
    files: Mapping[str, str]
    code: int = 1
    keeps: bool = False

    def install(self, top: Path) -> None:
        _run(top, self.on)

    def uninstall(self, top: Path) -> None:
        _run(top, self.off)


def _run(top: Path, words: Sequence[str]) -> None:
    done = subprocess.run(words, cwd=top, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def hooks_of_a_framework(entries: str) -> dict[str, str]:
    """What pre-commit and prek read; `entries` is a list at the left margin."""
    indented = "".join(f"      {line}\n" for line in entries.splitlines())
    types = ", ".join(EVENTS)
    text = f"default_install_hook_types: [{types}]\nrepos:\n  - repo: local\n    hooks:\n{indented}"
    return {".pre-commit-config.yaml": text}


def named(name: str, factory: pytest.TempPathFactory) -> Manager:
    if name == "husky":
        npm_packages.run(factory.getbasetemp(), "node", "--version")
        program = npm_packages.unpacked(factory, _NODE) / "bin.js"
        return Manager(
            name=name,
            on=("node", str(program)),
            off=("git", "config", "--unset", "core.hooksPath"),  # it has no command for that: its manual names this one
            files={f".husky/{event}": f"sh check.sh {event}\n" for event in EVENTS},
            code=CODE,
        )
    program = _from_pypi(factory) / name
    words = [f"sh check.sh {event}" for event in EVENTS]
    if name == "lefthook":
        rows = [
            f"{event}:\n  commands:\n    check:\n      run: {run}\n" for event, run in zip(EVENTS, words, strict=True)
        ]
        files = {"lefthook.yml": "".join(rows)}
    else:
        rows = [
            f"- {{id: {event}, name: {event}, language: system, entry: {run}, stages: [{event}], "
            "pass_filenames: false, always_run: true}\n"
            for event, run in zip(EVENTS, words, strict=True)
        ]
        files = hooks_of_a_framework("".join(rows))
    on, off = (str(program), "install"), (str(program), "uninstall")
    return Manager(name=name, on=on, off=off, files=files, keeps=name != "lefthook")


def _from_pypi(factory: pytest.TempPathFactory) -> Path:
    """The folder of their programs, in an environment of their own."""

    def install(where: Path) -> None:
        venv.EnvBuilder(symlinks=True, with_pip=False).create(where / "venv")
        python = str(where / "venv/bin/python")
        # Wheels alone: nothing is built here. What is run of them is compiled then.
        how = ("--quiet", "--disable-pip-version-check", "--no-compile", "--only-binary", ":all:")
        npm_packages.run(where, sys.executable, "-m", "pip", "--python", python, "install", *how, *_PYTHON)

    return npm_packages.once(factory, "hook-managers", install) / "venv/bin"
