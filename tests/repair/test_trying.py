"""Trials side by side come to what they come to one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from .projects import project

LIB = "def double(x):\n    return x + 1\n"
TEST = (
    "from lib import double\n\n\n"
    "def test_it():\n    assert double(5) == 10\n\n\n"
    "def test_one():\n    assert double(1) == 2\n"
)
T = "test_lib.py::"


@pytest.mark.parametrize("lookahead", [None, 0, 3])
def test_lanes_change_nothing_but_the_time(lookahead: int | None, tmp_path: Path) -> None:
    here = project(tmp_path, {"lib.py": LIB, "test_lib.py": TEST})
    spectrum = here.recorded()
    assert spectrum.failing == (f"{T}test_it",)
    patches = [here.patch({"lib.py": LIB.replace("+ 1", f"+ {n}")}) for n in range(2, 14)]
    said = {}
    for lanes in (1, 5):
        started: list[Sequence[str]] = []
        tried = here.lab(spectrum, lanes, started)(patches, spectrum.failing, lookahead)
        said[lanes] = [trial.outcomes.get(f"{T}test_it") for trial in tried]
        assert len(started) == lanes
    until = 12 if lookahead is None else 4 + lookahead
    assert said == dict.fromkeys((1, 5), ["failed", "failed", "failed", "passed", *["failed"] * 8][:until])


def test_the_whole_suite_runs_alone(tmp_path: Path) -> None:
    here = project(tmp_path, {"lib.py": LIB, "test_lib.py": TEST})
    patches = [here.patch({"lib.py": LIB.replace("+ 1", f"* {n}")}) for n in (2, 3)]
    started: list[Sequence[str]] = []
    tried = here.lab(here.recorded(), 4, started)(patches, ())
    assert [len(trial.passed) for trial in tried] == [2, 0]
    assert len(started) == 1
