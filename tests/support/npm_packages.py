"""Packages of npm's that judge us: fetched into a folder of the tests; skipped and named where they cannot be had."""

from __future__ import annotations

import fcntl
import os
import pwd
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest


def run(where: Path, *words: str, seconds: float = 120.0) -> str:
    """With the machine's own npm settings and cache, which the tests' sealed home does not have."""
    if shutil.which(words[0]) is None:
        pytest.skip(f"{words[0]} is not installed")
    environment = {**os.environ, "HOME": pwd.getpwuid(os.getuid()).pw_dir}
    try:
        done = subprocess.run(
            words, cwd=where, env=environment, capture_output=True, text=True, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired:
        pytest.skip(f"`{' '.join(words)}` does not end: is there a network?")
    if done.returncode:
        pytest.skip(f"`{' '.join(words)}` fails: {done.stderr.strip().splitlines()[-1:]}")
    return done.stdout


def packed(package: str, where: Path) -> Path:
    """The archive of a package."""
    return where / run(where, "npm", "pack", "--silent", package).split()[-1]


def installed(where: Path, *packages: str) -> Path:
    """The folder of its modules."""
    run(where, "npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", *packages)
    return where / "node_modules"


def once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """A folder that one worker of a run fills for all, as what is fetched is large. Where it cannot be had, nobody
    waits for that twice."""
    base = factory.getbasetemp()
    where = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / name
    where.mkdir(exist_ok=True)
    done, missing = where / "done", where / "missing"
    with (where / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if missing.exists():
            pytest.skip(missing.read_text("utf-8"))
        if not done.exists():
            try:
                make(where)
            except pytest.skip.Exception as skipped:
                missing.write_text(str(skipped), "utf-8")
                raise
            done.touch()
    return where


def unpacked(factory: pytest.TempPathFactory, package: str) -> Path:
    """The files of a package, without what it depends on."""

    def unpack(where: Path) -> None:
        archive = packed(package, where)
        run(where, "tar", "-xzf", str(archive))
        archive.unlink()

    return once(factory, f"npm-{re.sub(r'[^a-z0-9.]+', '-', package)}", unpack) / "package"
