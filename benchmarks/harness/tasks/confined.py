"""Programs of trees that nobody has read, in the sandbox: without network, and nothing but the tree to be written.

The product's `sandbox` package does it through its command line.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

TOP = Path(__file__).resolve().parents[3]
TIMED_OUT, REFUSED = 124, 125
LONGEST_OUTPUT = 4_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """`status` is the command's own, or one of the two above."""

    status: int
    output: str
    seconds: float


def run(argv: Sequence[str], tree: Path, *, seconds: int, programs: Path | None = None) -> Ran:
    """`programs` is a folder that comes first on the path: that of an environment in the tree."""
    path = os.environ.get("PATH", os.defpath)
    env = {
        "PATH": f"{programs}{os.pathsep}{path}" if programs else path,
        "HOME": os.environ.get("HOME", "/"),
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(TOP),
        "PYTHONSAFEPATH": "1",  # a package of the tree's that is called `sandbox` is not the sandbox
    }
    inside = ["env", "PYTHONHASHSEED=0", "PYTHONDONTWRITEBYTECODE=1", "CI=1", *argv]
    full = [sys.executable, "-m", "sandbox", "run", "--timeout", str(seconds), "--write", ".", "--", *inside]
    with tempfile.TemporaryFile() as said:
        begun = time.monotonic()
        try:
            child = subprocess.run(full, cwd=tree, env=env, stdin=-3, stdout=said, stderr=-2, timeout=seconds + 60)
            status = child.returncode
        except subprocess.TimeoutExpired:
            status = TIMED_OUT
        said.seek(0)
        output = said.read(LONGEST_OUTPUT).decode(errors="replace")
        return Ran(status=status, output=output, seconds=time.monotonic() - begun)
