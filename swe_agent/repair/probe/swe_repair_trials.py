"""Tries edits inside the sandbox, under the project's own Python (3.8 or later); standard library only.

    PYTHONPATH=<this folder> python -m swe_repair_trials <plan>

Forks a process for each set of edits, which never reach the disk: start-up is paid once, and what hangs is ended. A
program that a trial's test starts sees the files as they are. Prints one line a trial.

The later a trial's process is forked, the less it has to do. There are three points, from the last to the first:

- The tests are loaded, and the edits are put into functions that nothing has called yet (`swe_repair_swaps`), if tests
  answer there as they did before.
- pytest's session begins, without a module of the project but for `conftest.py`: a trial begins with the collection,
  and its import system serves the edited text.
- pytest is imported: a trial begins with its start.

A plan may ask for other things than trials: `trace`, for what the tests run with the first of the edits, recorded as
`swe_repair_probe` does; `compare`, for what the edits answer to inputs near the tests' own (`swe_repair_inputs`).
"""

from __future__ import annotations

import base64
import importlib
import importlib.machinery
import json
import os
import signal
import sys
import threading
import unittest
import zlib
from contextlib import redirect_stderr, redirect_stdout, suppress
from functools import partial
from pathlib import Path
from typing import Any

import swe_repair_inputs as inputs  # type: ignore[import-not-found] # beside this file in the sandbox, not a package there
import swe_repair_probe as probe  # type: ignore[import-not-found] # beside this file in the sandbox, not a package there
import swe_repair_swaps as swapping  # type: ignore[import-not-found]
from swe_repair_children import (  # type: ignore[import-not-found]
    NOT_ENDED,
    Telling,
    forked,
    heard,
    in_silence,
    ours,
    serve_edited,
)

MARK_TRIAL = "swe-repair-trial:"
MARK_INPUTS = "swe-repair-inputs:"
IS_SLOW = 3
"""How the process ends that was to configure pytest once, and may not."""


class Queue:
    """Trials that are still to be made. After one that helps only some more are, for whoever asked wants to look at it;
    the rest is told to have been left out."""

    def __init__(self, plan: dict[str, Any]) -> None:
        self.tests: list[str] = plan["tests"]
        self.lookahead: int = plan["lookahead"]
        self.left = list(range(len(plan["trials"])))
        self.last = len(self.left)
        self.known: set[str] = set()

    def __iter__(self) -> Any:
        """Those that are left now, in order, up to the last that is to be made."""
        return (number for number in list(self.left) if number <= self.last)

    def heard(self, number: int, told: dict[str, Any]) -> bool:
        """Tells it; whether it helps."""
        preload(told["modules"], self.known)
        said = {"number": number, **{key: told[key] for key in ("outcomes", "reached", "ended")}}
        probe.write_line(MARK_TRIAL, probe.pack(said))
        helps = told["ended"] and any(told["outcomes"].get(test) == "passed" for test in self.tests)
        self.made(number, helps)
        return bool(helps)

    def made(self, number: int, helps: bool) -> None:
        self.left.remove(number)
        if helps:
            self.last = min(self.last, number + self.lookahead)

    def end(self) -> None:
        if self.left:
            probe.write_line(MARK_TRIAL, probe.pack({"left_out": self.left}))


def answer(plan: dict[str, Any]) -> None:
    sys.dont_write_bytecode = True
    {"trials": trials, "trace": traced, "compare": compared}[plan["what"]](plan)


def trials(plan: dict[str, Any]) -> None:
    """One line for each set of edits, as soon as it has run."""
    queue = Queue(plan)
    if queue.tests:
        swapped(plan, queue)
    if not any(True for _ in queue):
        queue.end()
    elif plan["runner"] != "pytest" or not configured_once(plan, queue):
        started_anew(plan, queue)


def swapped(plan: dict[str, Any], queue: Queue) -> None:
    """Those that can be made where the tests are loaded already, in a process of its own."""
    child, reading, writing = forked()
    if child == 0:
        in_silence(lambda: load(plan, Loaded(plan, queue, writing)))
    with os.fdopen(reading, "rb") as told:
        for line in told:
            queue.made(*json.loads(line))
    os.waitpid(child, 0)


def configured_once(plan: dict[str, Any], queue: Queue) -> bool:
    """Makes all in a process of its own, whose pytest is configured once. False where that may not be, or where it came
    to no good end."""
    child = os.fork()
    if child == 0:
        in_silence(lambda: run_pytest(plan, plan["tests"], Batch(plan, queue)))
    return os.waitpid(child, 0)[1] == 0


def started_anew(plan: dict[str, Any], queue: Queue) -> None:
    if plan["runner"] == "pytest":
        warm_pytest()
    # A project that is itself a plug-in of pytest was imported before it was edited: trials import it anew.
    tainted = modules_of_ours()
    for number in queue:
        child, reading, writing = forked()
        if child == 0:
            in_silence(partial(run_anew, plan, tainted, plan["trials"][number], Telling(writing)))
        queue.heard(number, heard(child, reading, plan["seconds"]))
    queue.end()


def modules_of_ours() -> list[str]:
    tree = probe.Tree(str(Path.cwd()))
    loaded = list(sys.modules.items())
    return [n for n, m in loaded if n != "__main__" and not n.startswith("swe_repair_") and ours(tree, m)]


def preload(names: list[str], known: set[str]) -> None:
    """What a trial imported from elsewhere is imported here, once, for all that follow."""
    for name in names:
        if name not in known and name not in sys.modules:
            known.add(name)
            with suppress(BaseException):
                importlib.import_module(name)


def warm_pytest() -> None:
    """Imports pytest and its plug-ins here, so that no trial has to; the project's own files are left alone."""
    import pytest

    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
        probe.IN_TRIAL.append(None)
        pytest.main(["--version", "--version", "--noconftest", "-c", os.devnull])
        probe.IN_TRIAL.clear()


def run_anew(plan: dict[str, Any], tainted: list[str], edits: list[Any], telling: Telling) -> None:
    for name in tainted:
        sys.modules.pop(name, None)
    serve_edited(edits)
    if plan["runner"] == "unittest":
        result = probe.run_unittest(plan["tests"] or plan["arguments"], None)
        telling.tell(result.outcomes, result.traces)
    else:
        run_pytest(plan, plan["tests"], Trial(plan, telling))


# --- where the tests are loaded -------------------------------------------------------------------------------------


class Loaded:
    """Trials by swapping, each a fork of this process once it has loaded the tests."""

    def __init__(self, plan: dict[str, Any], queue: Queue, writing: int) -> None:
        self.plan = plan
        self.queue = queue
        self.writing = writing
        self.started = swapping.Started()
        self.held: list[Any] = []
        """What a trial would let go of with this stack: that touches, and so copies, every page it lies on."""

    def in_a_trial(self, loaded: list[str]) -> tuple[list[str], Telling]:
        """Comes back in the forked processes alone, with the tests that each is to run."""
        codes = self.started.stop()
        tests, witnesses = self.plan["tests"], self.plan["witnesses"]
        # A thread does not live on in a fork.
        if not set(tests).union(witnesses) <= set(loaded) or threading.active_count() > 1:
            os._exit(0)
        swaps = swapping.Swaps(probe.Tree(str(Path.cwd())), codes)
        self.held += [swaps, codes]
        for asked, wrong in ((witnesses, False), (tests, True)):
            child, reading, writing = forked()
            if child == 0:
                return asked, self.edited([], [], writing)
            unedited = heard(child, reading, self.plan["seconds"])
            if any((unedited["outcomes"].get(test) == "passed") is wrong for test in asked):
                os._exit(0)
        made = {swapping.NOTHING: unedited, swapping.BROKEN: {**NOT_ENDED, "ended": True}}
        for number in self.queue:
            edits = self.plan["trials"][number]
            try:
                codes, effect = swaps.of(edits)
            except swapping.NotSwappable:
                continue
            if effect not in made:
                child, reading, writing = forked()
                if child == 0:
                    return tests, self.edited(edits, codes, writing)
                made[effect] = heard(child, reading, self.plan["seconds"])
            self.tell(number, made[effect])
        os._exit(0)

    def edited(self, edits: list[Any], codes: list[Any], writing: int) -> Telling:
        os.close(self.writing)  # what outlives a trial is not to keep it open
        serve_edited(edits)
        for function, code in codes:
            function.__code__ = code
        return Telling(writing)

    def tell(self, number: int, told: dict[str, Any]) -> None:
        helps = self.queue.heard(number, told)
        os.write(self.writing, json.dumps([number, helps]).encode() + b"\n")


def load(plan: dict[str, Any], loaded: Loaded) -> None:
    """The tests and a few that pass, by the project's runner."""
    asked = [*plan["tests"], *plan["witnesses"]]
    if plan["runner"] == "unittest":
        cases = list(probe.cases_of(probe.loaded_tests(asked)))
        tests, telling = loaded.in_a_trial([case.id() for case in cases])
        result = probe.result_of(unittest.TestSuite(case for case in cases if case.id() in tests))
        telling.tell(result.outcomes, result.traces)
    else:
        run_pytest(plan, asked, InLoaded(plan, loaded))


# --- pytest ---------------------------------------------------------------------------------------------------------


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

    def __init__(self, plan: dict[str, Any], queue: Queue) -> None:
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

    def __init__(self, plan: dict[str, Any], loaded: Loaded) -> None:
        super().__init__(plan, None)
        self.loaded = loaded

    def pytest_runtestloop(self, session: Any) -> Any:
        try:
            tests, self.telling = self.loaded.in_a_trial([item.nodeid for item in session.items])
        finally:
            if self.telling is None:
                os._exit(1)
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
        tree = probe.Tree(str(Path.cwd()))
        swaps = swapping.Swaps(tree, self.started.stop())
        self.variants = [codes_of(swaps, edits) for edits in self.plan["trials"]]
        self.copies = inputs.Copies(tree)
        edited = [function for codes in self.variants for function, _ in codes or ()]
        self.calls = inputs.Calls(self.copies, edited)
        self.calls.start()

    def tell(self, ended: bool = True) -> None:
        if self.calls is None:
            os._exit(0)  # the tests could not be loaded
        self.calls.stop()
        probe.write_line(MARK_INPUTS, probe.pack(inputs.compared(self.copies, self.calls, self.variants)))
        os._exit(0)


def codes_of(swaps: Any, edits: list[Any]) -> Any:
    try:
        return swaps.of(edits)[0]
    except swapping.NotSwappable:
        return None


def compared(plan: dict[str, Any]) -> None:
    comparing = Comparing(plan)
    if plan["runner"] == "pytest":
        run_pytest(plan, plan["tests"], comparing)
        return
    suite = probe.loaded_tests(plan["tests"])
    comparing.begin()
    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
        probe.result_of(suite)
    comparing.tell()


def traced(plan: dict[str, Any]) -> None:
    serve_edited(plan["trials"][0])
    if plan["runner"] == "unittest":
        probe.record_unittest(plan["tests"])
    else:
        import pytest

        pytest.main([*named(plan, plan["tests"]), *QUICK, f"--swe-repair-hangs={plan['seconds']}"])


def named(plan: dict[str, Any], tests: list[str]) -> list[str]:
    return [os.path.join(plan["root"], test) for test in tests] or plan["arguments"]


# Nobody reads why a trial's test failed, so nothing is spent on showing it.
QUICK = ("-q", "--tb=no", "--assert=plain", "-p", "no:faulthandler", "-p", "swe_repair_probe")


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


if __name__ == "__main__":
    answer(json.loads(zlib.decompress(base64.b64decode(sys.argv[1]))))
