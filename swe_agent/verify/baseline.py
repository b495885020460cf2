"""The run before any edit: what was red already, what cannot make up its mind, and whether there is a run at all."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass

from swe_agent.core.verdict import TestRun
from swe_agent.verify.command import TestCommand
from swe_agent.verify.run import could_not_run, selects


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    command: TestCommand | None
    run: TestRun | None
    flaky: tuple[str, ...] = ()
    note: str = ""
    """Why no run can be relied on; empty where one can."""


def baseline(command: TestCommand | None, run: Callable[[TestCommand, tuple[str, ...]], TestRun]) -> Baseline:
    """Run once; run what was red a second time: red that turns green without a change is flaky, not evidence."""
    if command is None:
        return Baseline(command=None, run=None, note="no test command was found; name one with `--test`")
    first = run(command, ())
    if why := could_not_run(first):
        return Baseline(command=command, run=None, note=f"{why} ({shlex.join(first.command)})")
    if first.timed_out:
        return Baseline(command=command, run=first, note=f"the tests did not end within {first.seconds:.0f} s")
    if not first.cases:
        return Baseline(command=command, run=first, note="single tests cannot be told apart in its output")
    red = tuple(case.id for case in first.cases if case.red)
    if not red or not selects(command) or len(red) > 50:
        return Baseline(command=command, run=first)
    second = run(command, red).outcomes()
    flaky = tuple(test for test in red if test in second and second[test].outcome == "passed")
    return Baseline(command=command, run=first, flaky=flaky)
