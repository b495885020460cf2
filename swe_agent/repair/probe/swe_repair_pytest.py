"""How trials are made by pytest. Runs in the sandbox, under the project's own Python (3.7 or later); standard library
only, and pytest where the project has it."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import swe_repair_probe as probe  # type: ignore[import-not-found] # beside this file in the sandbox, not a package there
import swe_repair_swaps as swapping  # type: ignore[import-not-found]
from swe_repair_children import Telling, forked, heard, ours, serve_edited  # type: ignore[import-not-found]

MARK_INPUTS = "swe-repair-inputs:"
IS_SLOW = 3
"""How the process ends that was to configure pytest once, and may not."""
# Nobody reads why a trial's test failed, so nothing is spent on showing it.
QUICK = ("-q", "--tb=no", "--assert=plain", "-p", "no:faulthandler", "-p", "swe_repair_probe")


class Trial:
    """What listens in pytest to one trial."""

    def __init__(self, plan: dict[str, Any], telling: Telling | None) -> None:
        self.plan = plan
        self.telling = telling
        self.outcomes: dict[str, dict[str, str]] = {}
        self.traces: dict[str, Any] = {}

    def tell(self, ended: bool = True) -> None:
        assert self.telling is not None
        outcomes = {test: case["outcome"] for test, case in self.outcomes.items()}
        self.telling.tell(outcomes, self.traces, ended)

    def ring(self, *_: Any) -> None:
        self.tell(ended=False)

    def pytest_exception_interact(self, node: Any, call: Any, report: Any) -> None:
        if report.when == "call" and report.nodeid in self.plan["tests"]:
            self.traces[report.nodeid] = call.excinfo.tb

    def pytest_runtest_call(self) -> Any:
        signal.signal(signal.SIGPROF, self.ring)
        signal.setitimer(signal.ITIMER_PROF, self.plan["each"])  # of CPU: what waits is ended with its trial
        yield
        signal.setitimer(signal.ITIMER_PROF, 0)

    def pytest_runtest_logreport(self, report: Any) -> None:
        probe.note_report(self.outcomes.setdefault(report.nodeid, {"outcome": "passed"}), report)

    def pytest_collectreport(self, report: Any) -> None:
        if report.failed:
            self.outcomes[report.nodeid] = {"outcome": "error"}

    def pytest_sessionfinish(self) -> None:
        # Ends here: what follows (caches, reports) would write into the tree.
        self.tell()


class Batch(Trial):
    """All trials, each a fork of a pytest whose session has begun: this one's hook comes before that which collects,
    and lets go on to that in the children alone."""

    def __init__(self, plan: dict[str, Any], queue: Any) -> None:
        super().__init__(plan, None)
        self.queue = queue

    def pytest_collection(self, session: Any) -> Any:
        if any(name.rpartition(".")[2] != "conftest" for name in modules_of_ours()):
            os._exit(IS_SLOW)  # what has been imported could not be edited any more
        for number in self.queue:
            child, reading, writing = forked()
            if child == 0:
                self.begin(self.plan["trials"][number], writing)
                return None
            self.queue.heard(number, heard(child, reading, self.plan["seconds"]))
        self.queue.end()
        os._exit(0)

    def begin(self, edits: list[Any], writing: int) -> None:
        try:
            serve_edited(edits)
            self.telling = Telling(writing)
        finally:
            if self.telling is None:
                os._exit(1)


class InLoaded(Trial):
    """The same after the collection."""

    def __init__(self, plan: dict[str, Any], loaded: Any) -> None:
        super().__init__(plan, None)
        self.loaded = loaded

    def pytest_runtestloop(self, session: Any) -> Any:
        try:
            tests, self.telling = self.loaded.in_a_trial([item.nodeid for item in session.items])
        finally:
            if self.telling is None:
                os._exit(0)
        session.items[:] = [item for item in session.items if item.nodeid in tests]
        return None


class Comparing(Trial):
    """Takes down what the tests call the edited functions with, and asks the edits."""

    def __init__(self, plan: dict[str, Any]) -> None:
        super().__init__(plan, None)
        self.started = swapping.Started()
        self.calls: Any = None

    def ring(self, *_: Any) -> None:
        raise probe.TookTooLong("it did not end")

    def pytest_runtestloop(self, session: Any) -> Any:
        self.begin()
        return None

    def begin(self) -> None:
        # Here, so that trials need not load what they do not use.
        import swe_repair_inputs as inputs  # type: ignore[import-not-found]

        tree = probe.Tree(probe.ROOT)
        swaps = swapping.Swaps(tree, self.started.stop())
        self.variants = [codes_of(swaps, edits) for edits in self.plan["trials"]]
        edited = [function for codes in self.variants for function, _ in codes or ()]
        self.calls = inputs.Calls(inputs.Copies(tree), edited)
        self.calls.start()

    def tell(self, ended: bool = True) -> None:
        self.compare()
        os._exit(0)

    def compare(self) -> None:
        if self.calls is not None:  # else the tests could not be loaded
            self.calls.stop()
            probe.write_line(MARK_INPUTS, probe.pack(self.calls.compared(self.variants)))


def codes_of(swaps: Any, edits: list[Any]) -> Any:
    try:
        return swaps.of(edits)[0]
    except swapping.NotSwappable:
        return None


def named(plan: dict[str, Any], tests: list[str]) -> list[str]:
    """The tests, or what was given in the first run, with the options of that."""
    start = plan["start"]
    tests = [os.path.join(start["root"], test) for test in tests] or start["arguments"]
    return [*start["options"], *tests]


def run_pytest(plan: dict[str, Any], tests: list[str], plugin: Trial) -> None:
    import pytest

    # Marked here and not where they are written: pytest is not there for everyone.
    pytest.hookimpl(hookwrapper=True)(Trial.pytest_runtest_call)
    pytest.hookimpl(tryfirst=True)(Trial.pytest_sessionfinish)
    pytest.hookimpl(tryfirst=True)(Batch.pytest_collection)
    pytest.hookimpl(tryfirst=True)(InLoaded.pytest_runtestloop)
    pytest.hookimpl(tryfirst=True)(Comparing.pytest_runtestloop)
    probe.IN_TRIAL.append(plugin)
    sys.argv = ["pytest", *named(plan, tests)]
    pytest.main([*named(plan, tests), *QUICK], plugins=[plugin])
    if plugin.telling is not None:
        plugin.tell()


def warm_pytest() -> None:
    """Imports pytest and its plug-ins here, so that no trial has to; the project's own files are left alone."""
    import pytest

    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
        probe.IN_TRIAL.append(None)
        pytest.main(["--version", "--version", "--noconftest", "-c", os.devnull])
        probe.IN_TRIAL.clear()


def modules_of_ours() -> list[str]:
    tree = probe.Tree(probe.ROOT)
    loaded = list(sys.modules.items())
    return [n for n, m in loaded if n != "__main__" and not n.startswith("swe_repair_") and ours(tree, m)]
