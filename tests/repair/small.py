"""Runs small modules in this process: each check is a test, traced for its lines and stopped when it goes on."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from types import FrameType
from typing import Any

from swe_agent.repair.asking import Bounds, TryPatches
from swe_agent.repair.candidate import Patch, RepairResult, Trial
from swe_agent.repair.search import repair
from swe_agent.repair.spectrum import Frame, Spectrum, Traced

MOST_STEPS = 20_000
PATH = "m.py"


class TooLong(Exception):
    pass


def run_check(source: str, check: str) -> Traced:
    """Executes the module and then the check within it; lines and frames of the module alone are kept."""
    lines: set[int] = set()
    steps = 0

    def on_event(frame: FrameType, event: str, arg: Any) -> Any:
        nonlocal steps
        if frame.f_code.co_filename != PATH:
            return None
        if event == "line":
            steps += 1
            lines.add(frame.f_lineno)
            if steps > MOST_STEPS:
                raise TooLong
        return on_event

    scope: dict[str, Any] = {}
    before = sys.gettrace()
    try:
        exec(compile(source, PATH, "exec"), scope)
        sys.settrace(on_event)
        exec(check, scope)
    except Exception as error:
        sys.settrace(before)
        return Traced(
            id=check,
            outcome="failed",
            lines={PATH: frozenset(lines)},
            exception=type(error).__name__,
            message=str(error),
            frames=tuple(frames_of(error)),
        )
    finally:
        sys.settrace(before)
    return Traced(id=check, outcome="passed", lines={PATH: frozenset(lines)})


def frames_of(error: Exception) -> list[Frame]:
    found = []
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == PATH:
            found.append(Frame(path=PATH, line=trace.tb_lineno, function=trace.tb_frame.f_code.co_name))
        trace = trace.tb_next
    return found


def spectrum_of(source: str, checks: Sequence[str]) -> Spectrum:
    return Spectrum(cases=tuple(run_check(source, check) for check in checks))


def trier(source: str, checks: Sequence[str]) -> TryPatches:
    def try_one(patch: Patch, tests: Sequence[str]) -> Trial:
        edited = patch.texts({PATH: source}).get(PATH, source)
        cases = [run_check(edited, check) for check in tests or checks]
        if any(case.exception == "TooLong" for case in cases):
            return Trial(outcomes={}, ended=False)
        return Trial(outcomes={case.id: case.outcome for case in cases})

    def try_all(patches: Sequence[Patch], tests: Sequence[str], lookahead: int | None = None) -> Sequence[Trial]:
        trials: list[Trial] = []
        left = len(patches) if lookahead is None else lookahead
        helped = False
        for patch in patches:
            if helped and not left:
                break
            left -= helped
            trials.append(try_one(patch, tests))
            helped = helped or bool(trials[-1].passed)
        return trials

    return try_all


def repaired(source: str, checks: Sequence[str], *, bounds: Bounds = Bounds()) -> RepairResult:  # noqa: B008 - frozen
    spectrum = spectrum_of(source, checks)
    return repair({PATH: source}, spectrum, spectrum.failing, trier(source, checks), lambda: False, bounds=bounds)
