"""Trials side by side come to what they come to one after the other."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from swe_agent.jobs.trying import Trials
from swe_agent.repair.languages import PYTHON
from swe_agent.repair.spectrum import Spectrum
from swe_agent.workspace.workspace import Ran

from .projects import Project, project

LIB = "def double(x):\n    return x + 1\n"
TEST = (
    "from lib import double\n\n\n"
    "def test_it():\n    assert double(5) == 10\n\n\n"
    "def test_one():\n    assert double(1) == 2\n"
)
T = "test_lib.py::"


def trials(here: Project, spectrum: Spectrum, lanes: int, started: list[int]) -> Trials:
    def run(argv: Sequence[str], environment: dict[str, str], seconds: float) -> Ran:
        began = time.monotonic()
        started.append(1)
        done = here.run([*argv], **environment)
        took = time.monotonic() - began
        return Ran(status=done.returncode, output=done.stdout, seconds=took, timed_out=False, tier="none")

    return Trials(run, PYTHON, "python", spectrum, lanes=lanes)


@pytest.mark.parametrize("lookahead", [None, 0, 3])
def test_lanes_change_nothing_but_the_time(lookahead: int | None, tmp_path: Path) -> None:
    here = project(tmp_path, {"lib.py": LIB, "test_lib.py": TEST})
    spectrum = here.recorded()
    assert spectrum.failing == (f"{T}test_it",)
    patches = [here.patch({"lib.py": LIB.replace("+ 1", f"+ {n}")}) for n in range(2, 14)]
    said = {}
    for lanes in (1, 2, 5):
        started: list[int] = []
        tried = trials(here, spectrum, lanes, started)(patches, spectrum.failing, lookahead)
        said[lanes] = [trial.outcomes.get(f"{T}test_it") for trial in tried]
        assert len(started) == lanes
    until = 12 if lookahead is None else 4 + lookahead
    assert said == dict.fromkeys((1, 2, 5), ["failed", "failed", "failed", "passed", *["failed"] * 8][:until])


def test_the_whole_suite_runs_alone(tmp_path: Path) -> None:
    here = project(tmp_path, {"lib.py": LIB, "test_lib.py": TEST})
    patches = [here.patch({"lib.py": LIB.replace("+ 1", f"* {n}")}) for n in (2, 3)]
    started: list[int] = []
    tried = trials(here, here.recorded(), 4, started)(patches, ())
    assert [len(trial.passed) for trial in tried] == [2, 0]
    assert len(started) == 1
