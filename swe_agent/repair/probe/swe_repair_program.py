"""Programs that run tests by unittest, whichever they are: `python -m unittest`, a project's own script, Django's
`manage.py test`. What they do is listened to where all of them pass, in the methods of `unittest.TestResult` and
`unittest.TestSuite`; for trials they are run again as they were started, with fewer tests. Runs in the sandbox, under
the project's own Python (3.7 or later); standard library only.
"""

from __future__ import annotations

import atexit
import os
import runpy
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

# Its parts, for it may just be in the course of being imported itself.
from unittest import result as results
from unittest import suite as suites

import swe_repair_probe as probe  # type: ignore[import-not-found] # beside this file in the sandbox, not a package there

OUTCOMES = {"addFailure": "failed", "addError": "error", "addSkip": "skipped", "addExpectedFailure": "skipped",
            "addUnexpectedSuccess": "failed", "addSubTest": "failed"}  # fmt: skip


class Listener:
    """Outcomes by test id, of the tests that the program itself runs; those that a test runs are its own business."""

    def __init__(self) -> None:
        self.outcomes: dict[str, str] = {}
        self.traces: dict[str, Any] = {}
        """Of those that failed."""
        self.running = ""
        self.result: Any = None

    def started(self, result: Any, test: Any) -> None:
        if self.running:
            return
        self.running, self.result = test.id(), result
        self.outcomes[self.running] = "passed"
        self.begins(self.running)

    def stopped(self, result: Any, test: Any) -> None:
        if result is self.result and test.id() == self.running:
            self.ends(self.running)
            self.running = ""

    def noted(self, result: Any, test: Any, outcome: str, error: Any) -> None:
        if self.running and result is not self.result:
            return
        name = getattr(test, "test_case", test).id()
        self.outcomes[name] = outcome
        if error:
            self.traces[name] = error[2]
            self.raised(name, error[1])

    def begins(self, test: str) -> None:
        """Called last before a test runs."""

    def ends(self, test: str) -> None:
        """Called first behind a test."""

    def raised(self, test: str, error: BaseException) -> None:
        """Called for what makes a test fail."""


class Recorder(Listener):
    """Lines and errors too."""

    def __init__(self) -> None:
        super().__init__()
        self.recording = probe.Recording()
        self.clock = probe.Hangs()

    def begins(self, test: str) -> None:
        self.clock.start()
        self.recording.begin(test)

    def ends(self, test: str) -> None:
        lines = self.recording.end()
        if self.clock.stop():
            self.result.stop()
        self.recording.ran(test, lines, self.outcomes[test])

    def raised(self, test: str, error: BaseException) -> None:
        self.recording.raised(test, error)
        self.clock.heard(error)

    def tell(self) -> None:
        for test, outcome in self.outcomes.items():
            self.recording.case(test)["outcome"] = outcome  # of what failed without having begun, too
        self.recording.tell("program", "", [])


class InTrial(Listener):
    """`each` test has so many seconds of CPU; `telling` tells of the first that takes more."""

    def __init__(self, each: float) -> None:
        super().__init__()
        self.each = each
        self.telling: Any = None

    def begins(self, test: str) -> None:
        signal.signal(signal.SIGPROF, self.ring)
        signal.setitimer(signal.ITIMER_PROF, self.each)

    def ends(self, test: str) -> None:
        signal.setitimer(signal.ITIMER_PROF, 0)

    def ring(self, *_: Any) -> None:
        self.tell(ended=False)

    def tell(self, ended: bool = True) -> None:
        self.telling.tell(self.outcomes, self.traces, ended)


# --- where all of them pass -----------------------------------------------------------------------------------------


def listen(listener_of: Any) -> None:
    """Let the listener that `listener_of()` is, if there is one, hear what results are told."""
    result: Any = results.TestResult
    start, stop = result.startTest, result.stopTest

    def startTest(self: Any, test: Any) -> None:
        start(self, test)
        listener = listener_of()
        if listener:
            listener.started(self, test)

    def stopTest(self: Any, test: Any) -> None:
        listener = listener_of()
        if listener:
            listener.stopped(self, test)
        stop(self, test)

    result.startTest, result.stopTest = startTest, stopTest
    for name, outcome in OUTCOMES.items():
        setattr(result, name, _noting(getattr(result, name), name, outcome, listener_of))


def _noting(own: Any, name: str, outcome: str, listener_of: Any) -> Any:
    def add(self: Any, test: Any, *more: Any) -> Any:
        listener = listener_of()
        if listener and name == "addSubTest":
            if more[1]:
                listener.noted(self, more[0], outcome, more[1])
        elif listener:
            listener.noted(self, test, outcome, more[0] if name in ("addFailure", "addError") else None)
        return own(self, test, *more)

    return add


def record() -> None:
    """From now on, unless pytest is what runs the tests; told when the process ends."""
    found: list[Recorder] = []
    process = os.getpid()

    def recorder() -> Recorder | None:
        if os.getpid() != process or (probe.OWNED and not found):
            return None
        if not found:
            probe.own("unittest")
            found.append(Recorder())
            atexit.register(tell)
        return found[0]

    def tell() -> None:
        if os.getpid() == process:
            found[0].tell()

    listen(recorder)
    Parts(lambda there: None if probe.OWNED and not found else probe.wanted(there))


def cases_of(suite: Any) -> Any:
    """The single tests of a suite, in order."""
    for part in suite:
        if isinstance(part, suites.BaseTestSuite):
            yield from cases_of(part)
        else:
            yield part


class Parts:
    """What is run of each suite that is part of no other. `chosen` gets the ids in a suite and says which to run, or
    None for all; `over` hears that it has been run."""

    def __init__(self, chosen: Any, over: Any = lambda: None) -> None:
        self.chosen = chosen
        self.over = over
        self.is_within = False
        for kind in (suites.BaseTestSuite, suites.TestSuite):
            kind.run = self.instead(kind.run)  # type: ignore[method-assign] # that is what this is for

    def instead(self, own: Any) -> Any:
        def run(suite: Any, result: Any, *more: Any) -> Any:
            if self.is_within:
                return own(suite, result, *more)
            cases = list(cases_of(suite))
            wanted = self.chosen([case.id() for case in cases])
            if wanted is not None:
                suite = suites.TestSuite(case for case in cases if case.id() in wanted)
            self.is_within = True
            try:
                return own(suite, result, *more)
            finally:
                self.is_within = False
                self.over()

        return run


def run_again(program: dict[str, Any]) -> None:
    """What was started, in this process, until it ends."""
    with suppress(SystemExit):
        sys.argv = [program.get("script", "-m"), *program["arguments"]]
        if "module" in program:
            runpy.run_module(program["module"], run_name="__main__", alter_sys=True)
        elif "script" in program:
            sys.path[0] = str(Path(program["script"]).resolve().parent)
            runpy.run_path(program["script"], run_name="__main__")
