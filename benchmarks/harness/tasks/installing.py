"""Packages into an environment, by uv, as of a day; and what is done where one of them cannot be had."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

LONGEST_BUILD = 900
OLDEST_BUILD_TOOLS = date(2019, 6, 1)
_UNBUILT = re.compile(r"[Ff]ailed to (?:download and )?build `?([A-Za-z0-9][\w.-]*?)(?:==|`|\s)")


class DoesNotBuild(Exception):
    """The text is the builder's reason."""


def install(venv: Path, until: date, lists: Sequence[Sequence[str]]) -> list[str]:
    """All lists at once, but for what an error names as not to be built; where they contradict each other, list by list
    and then line by line, so that one which cannot be had keeps no other away."""
    notes: list[str] = []
    left = [line for lines in lists for line in lines]
    while left and (said := pip(venv, until, left)):
        unbuilt = {distribution(name) for name in _UNBUILT.findall(said)}
        fewer = [line for line in left if distribution(line) not in unbuilt]
        if fewer == left:
            break
        notes += [f"{line}: not built" for line in left if line not in fewer]
        left = fewer
    else:
        return notes
    for lines in lists:
        if some := [line for line in lines if line in left]:
            notes += each(venv, until, some) if pip(venv, until, some) else []
    return notes


def each(venv: Path, until: date, lines: Iterable[str]) -> list[str]:
    """One by one, so that one which cannot be had keeps no other away; the reasons."""
    return [f"{line}: {said[-200:]}" for line in lines if (said := pip(venv, until, [line]))]


def distribution(line: str) -> str:
    """The name that a requirement begins with, as indexes spell it."""
    found = re.match(r"[A-Za-z0-9][\w.-]*", line)
    return re.sub(r"[-_.]+", "-", found[0]).lower() if found else ""


def pip(
    venv: Path,
    until: date,
    wanted: Sequence[str],
    *,
    constraints: Sequence[str] = (),
    variables: dict[str, str] | None = None,
) -> str:
    """ "" where it went well, else what was said."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("".join(f"{line}\n" for line in constraints))
        file.flush()
        more = ["--build-constraints", file.name] if constraints else []
        argv = ["pip", "install", "--quiet", "--python", str(venv / "bin/python"), "--exclude-newer", str(until)]
        for tool in ("setuptools", "wheel"):  # older ones than these know nothing of what builds a wheel now
            argv += ["--exclude-newer-package", f"{tool}={max(until, OLDEST_BUILD_TOOLS)}"]
        try:
            uv(*argv, *more, *wanted, variables=variables)
        except DoesNotBuild as error:
            return str(error) or "failed"
    return ""


def uv(*arguments: str, variables: dict[str, str] | None = None) -> None:
    env = {
        key: value for key, value in os.environ.items() if key not in ("VIRTUAL_ENV", "PYTHONPATH", "PIP_CONSTRAINT")
    }
    env |= {"UV_PYTHON_DOWNLOADS": "never", "UV_NO_CONFIG": "1", "UV_NO_PROGRESS": "1", **(variables or {})}
    try:
        done = subprocess.run(
            [_program(), *arguments],
            env=env,
            stdin=-3,
            stdout=-1,
            stderr=-2,
            timeout=LONGEST_BUILD,
            cwd=tempfile.gettempdir(),
        )
    except subprocess.TimeoutExpired as error:
        raise DoesNotBuild(f"uv did not end within {LONGEST_BUILD} s") from error
    if done.returncode:
        raise DoesNotBuild(done.stdout.decode(errors="replace").strip()[-3000:])


def _program() -> str:
    """uv beside this interpreter, or on PATH."""
    beside = Path(sys.executable).parent / "uv"
    found = str(beside) if beside.exists() else shutil.which("uv")
    if not found:
        raise DoesNotBuild("uv is missing: `pip install uv`")
    return found
