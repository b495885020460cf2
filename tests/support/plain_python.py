"""A Python with pytest and nothing else, for the projects that the program works on in tests.

The environment that runs the tests has plugins for pytest (Hypothesis, xdist, syrupy, ...), and every pytest that is
started with it imports them all: that is more than half of its time, and the program starts a thousand. What is needed
is copied from there, with its compiled files, for a sandbox lets nobody write them later.
"""

from __future__ import annotations

import shutil
import venv
from importlib.metadata import distribution
from pathlib import Path

PACKAGES = ("pytest", "pluggy", "iniconfig", "packaging", "pygments")


def make(folder: Path) -> Path:
    """The folder of its programs."""
    venv.EnvBuilder(symlinks=True, with_pip=False).create(folder)
    [site] = folder.glob("lib/python3*/site-packages")
    for name in PACKAGES:
        found = distribution(name)
        tops = {Path(file.parts[0]) for file in found.files or () if file.parts[0] not in ("..", "__pycache__")}
        for top in tops:
            source = Path(str(found.locate_file(top)))
            if source.is_dir():
                shutil.copytree(source, site / top)
            else:
                shutil.copy2(source, site / top)
    return folder / "bin"
