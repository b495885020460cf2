"""Trials that were made are not made again, whatever became of the process that made them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from swe_agent.jobs.remembered import Remembered
from swe_agent.repair.candidate import Patch, RepairResult, Trial
from swe_agent.repair.search import repair
from swe_agent.repair.spectrum import Frame, Reached

from .small import PATH, spectrum_of, trier

SOURCE = "def f(x):\n    return x - 1\n\n\ndef g(x):\n    return x < 3\n"
CHECKS = ("assert f(1) == 2", "assert f(4) == 5", "assert g(3)", "assert not g(4)")


class Stopped(Exception):
    pass


def searched(file: Path, most: int) -> tuple[RepairResult, int]:
    """A search that is stopped when so many batches were tried, and how many it tried."""
    spectrum = spectrum_of(SOURCE, CHECKS)
    made = 0

    def some(patches: Sequence[Patch], tests: Sequence[str], lookahead: int | None = None) -> Sequence[Trial]:
        nonlocal made
        made += 1
        if made > most:
            raise Stopped
        return trier(SOURCE, CHECKS)(patches[:2], tests, lookahead)

    return repair({PATH: SOURCE}, spectrum, spectrum.failing, Remembered(some, file), lambda: False), made


def test_a_search_that_was_stopped_goes_on_from_there(tmp_path: Path) -> None:
    whole, batches = searched(tmp_path / "whole", 1000)
    assert batches > 3
    for most in (1, 2, batches - 1):
        file = tmp_path / f"{most}"
        with pytest.raises(Stopped):
            searched(file, most)
        again, left = searched(file, 1000)
        assert (again.fixes, again.patch, again.ended) == (whole.fixes, whole.patch, whole.ended)
        assert left <= batches - most
    assert searched(tmp_path / "whole", 0) == (whole, 0)


def test_a_torn_line_is_no_trial(tmp_path: Path) -> None:
    file = tmp_path / "trials"
    whole, _ = searched(file, 1000)
    data = file.read_bytes()
    for length in (len(data) - 9, len(data) // 2, 3, 0):
        file.write_bytes(data[:length])
        again, left = searched(file, 1000)
        # Where batches end decides how many are tried after the last that matters, and nothing else.
        assert (again.fixes, again.patch) == (whole.fixes, whole.patch)
        assert left > 0
        assert searched(file, 0) == (again, 0), "what was written behind the torn line can be read"


def test_all_that_a_trial_said_is_kept(tmp_path: Path) -> None:
    place = Frame(path="ä.py", line=3, function="f\udce4")
    trial = Trial(outcomes={"t": "failed"}, reached={"t": Reached(outermost=place, innermost=place)}, ended=False)
    patch = Patch(edits=(("m.py", 0, 1, "\udce4"),))
    assert Remembered(lambda *_: [trial], tmp_path / "t")([patch], ["t"]) == [trial]
    assert Remembered(lambda *_: [], tmp_path / "t")([patch], ["t"], 0) == [trial]
    assert Remembered(lambda *_: [], tmp_path / "t")([patch], []) == [], "of other tests nothing is known"
