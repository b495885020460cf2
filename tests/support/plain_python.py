"""A Python with pytest and nothing else, for the projects that the program works on in tests.

The environment that runs the tests has plugins for pytest (Hypothesis, xdist, syrupy, ...), and every pytest that is
started with it imports them all: that is more than half of its time, and the program starts a thousand. What is needed
is copied from there, with its compiled files, for a sandbox lets nobody write them later.

Most of those thousand are about the same few files, and nearly all of what they take is loading pytest. So what pytest
says of these is asked once (`remember`) and told again (`told_again`); in the full form it is asked each time.
"""

from __future__ import annotations

import marshal
import os
import shutil
import subprocess
import tempfile
import venv
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import distribution
from pathlib import Path

import told_again

from sandbox.environment import QUIET
from swe_agent.verify.run import PYTEST_ADDOPTS

PACKAGES = ("pytest", "pluggy", "iniconfig", "packaging", "pygments")
FULL = os.environ.get("HYPOTHESIS_PROFILE") == "full"
_made: list[Path] = []


def make(folder: Path) -> Path:
    """The folder of its programs."""
    venv.EnvBuilder(symlinks=True, with_pip=False).create(folder)
    site = _site(folder)
    for name in PACKAGES:
        found = distribution(name)
        tops = {Path(file.parts[0]) for file in found.files or () if file.parts[0] not in ("..", "__pycache__")}
        for top in tops:
            source = Path(str(found.locate_file(top)))
            if source.is_dir():
                shutil.copytree(source, site / top)
            else:
                shutil.copy2(source, site / top)
    _made.append(folder)
    return folder / "bin"


def remember(asked: Iterable[tuple[Mapping[str, str], Sequence[str]]]) -> None:
    """Ask pytest about each of these projects, with these arguments, for all who start a Python of ours later."""
    for folder in () if FULL else _made:
        known: told_again.Answers = {}
        for project, arguments in asked:
            files = {path: text.encode() for path, text in project.items()}
            known.setdefault((PYTEST_ADDOPTS, *arguments), []).append((files, *_said(folder, files, arguments)))
        site = _site(folder)
        (site / told_again.ANSWERS).write_bytes(marshal.dumps(known))
        shutil.copy2(str(told_again.__file__), site)
        (site / "told-again.pth").write_text("import told_again; told_again.main()\n")
        subprocess.run([folder / "bin/python", "-c", "pass"], check=True)  # compiles it


def _said(folder: Path, files: told_again.Files, arguments: Sequence[str]) -> tuple[int, bytes]:
    with tempfile.TemporaryDirectory() as where:
        for path, content in files.items():
            place = Path(where, path)
            place.parent.mkdir(exist_ok=True)
            place.write_bytes(content)
        done = subprocess.run(
            [folder / "bin/python", "-m", "pytest", *arguments],
            cwd=where,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            env={**QUIET, "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "PYTEST_ADDOPTS": PYTEST_ADDOPTS},
            check=False,
        )
        return done.returncode, done.stdout.replace(os.fsencode(where), told_again.HERE)


def _site(folder: Path) -> Path:
    [site] = folder.glob("lib/python3*/site-packages")
    return site
